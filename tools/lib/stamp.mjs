// @ts-check
/** Stamp files: the hash of what a result was made from, kept beside it, so that work is done once. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { BUILD, ROOT } from "./paths.mjs";

/**
 * Files below the given files and folders that `wanted` accepts, sorted, absolute. What does not exist is left out.
 * @param {string[]} places
 * @param {(path: string) => boolean} [wanted]
 * @returns {string[]}
 */
export function filesBelow(places, wanted = () => true) {
  /** @type {string[]} */
  const found = [];
  /** @param {string} path */
  const visit = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path)) if (!name.startsWith(".")) visit(join(path, name));
    } else if (wanted(path)) found.push(path);
  };
  for (const place of places) visit(place);
  return [...new Set(found)].sort();
}

/**
 * One hash over names and contents of files and over further words.
 * @param {string[]} files
 * @param {string[]} [words]
 */
export function hashOf(files, words = []) {
  const hash = createHash("sha256");
  for (const word of words) hash.update(`${word}\0`);
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${relative(ROOT, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/** @param {string} name */
const stampFile = (name) => join(BUILD, "stamps", name);

/**
 * @param {string} name
 * @param {string} hash
 */
export function isStamped(name, hash) {
  const file = stampFile(name);
  return existsSync(file) && readFileSync(file, "utf8") === hash;
}

/**
 * @param {string} name
 * @param {string} hash
 */
export function stamp(name, hash) {
  const file = stampFile(name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, hash);
}
