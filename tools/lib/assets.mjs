// @ts-check
/** Web assets: what an image serves. Texts are compressed, and large ones are there in that form alone. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleScript, bundleStyle } from "./bundle.mjs";
import { ASSETS, shown } from "./paths.mjs";
import { Complaint } from "./run.mjs";
import { filesBelow } from "./stamp.mjs";

const TEXTS = new Set([".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".xml", ".webmanifest"]);
/** Bytes of a gzip header without options, its flags, and that of an extra field (RFC 1952 §2.3). */
const GZIP_HEAD = 10;
const GZIP_FLAGS = 3;
const GZIP_EXTRA = 4;
/** 8 kB: a page of 128 kB grows by 3 kB for it, and takes 9 kB of native heap to inflate instead of 34 kB. */
const WINDOW_BITS = 13;
/** The byte of a gzip header that names the system it was made on (RFC 1952 §2.3.1). */
const GZIP_OS = 9;
const UNKNOWN_OS = 255;
/** Bytes of flash that a text in its own form may take beside its compressed one; who wants a larger one so has it inflated. */
const TWICE = 4096;

/**
 * Fills `build/assets/NAME/www` from the folder of an image: its `www`, and the files that the function `assets` of its `assets.mjs` makes. Files
 * that are listed there as `merged` take in those that they import, which are left out; with `sourcesOnly` nothing of `www` is served as it is.
 * @param {string} folder of the image
 * @param {string} name of the image
 */
export async function buildAssets(folder, name) {
  const source = join(folder, "www");
  if (!existsSync(source)) return;
  const target = join(ASSETS, name, "www");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const maker = join(folder, "assets.mjs");
  /** @type {{ assets?: () => Record<string, Buffer>, merged?: string[], sourcesOnly?: boolean }} */
  const { assets, merged = [], sourcesOnly = false } = existsSync(maker) ? await import(pathToFileURL(maker).href) : {};
  const bundles = new Map(
    merged.map((path) => [path, path.endsWith(".css") ? bundleStyle(source, path) : bundleScript(source, path)]),
  );
  const parts = new Set([...bundles.values()].flatMap((bundle) => bundle.parts));
  const write = (/** @type {string} */ path, /** @type {Buffer} */ bytes) => {
    const packed = TEXTS.has(extname(path)) ? compress(bytes) : bytes;
    const isPacked = packed.length < bytes.length;
    if (isPacked) writeFileSync(join(target, `${path}.gz`), packed);
    if (!isPacked || bytes.length <= TWICE) writeFileSync(join(target, path), bytes);
  };
  for (const file of sourcesOnly ? [] : filesBelow([source])) {
    const path = relative(source, file);
    if (dirname(path) !== ".") throw new Complaint(`${shown(file)}: assets lie in one folder`);
    const bundle = bundles.get(path);
    if (!bundle && parts.has(path)) continue;
    write(path, bundle ? Buffer.from(bundle.text) : readFileSync(file));
  }
  for (const [path, bytes] of Object.entries(assets?.() ?? {})) write(path, bytes);
}

/**
 * gzip that depends on nothing but its input, and tells the window that it needs: modules/vfs/gzip.ts reads that.
 * @param {Buffer} bytes
 */
export function compress(bytes) {
  const packed = gzipSync(bytes, { level: 9, windowBits: WINDOW_BITS });
  packed[GZIP_OS] = UNKNOWN_OS;
  packed[GZIP_FLAGS] |= GZIP_EXTRA;
  const mark = Buffer.from([5, 0, ...Buffer.from("WB"), 1, 0, WINDOW_BITS]);
  return Buffer.concat([packed.subarray(0, GZIP_HEAD), mark, packed.subarray(GZIP_HEAD)]);
}
