// @ts-check
/**
 * Reads manifests in the syntax of mcconfig, as far as the tools need it: which file a module specifier stands for, and which files an
 * image carries as resources. What lies in the SDK (`$(MODDABLE)`, `$(MODULES)`) is the device's own affair and is left out.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { shown } from "./paths.mjs";
import { Complaint } from "./run.mjs";

/**
 * @typedef {object} Rule
 * @property {string} target specifier or path, perhaps ending in `*`
 * @property {string} source absolute path, perhaps ending in `*`
 */
/** @typedef {{ modules: Rule[], data: Rule[] }} Manifest */

/**
 * @param {string} file
 * @returns {Manifest} with everything it includes, the including file's rules first
 */
export function readManifest(file) {
  /** @type {Manifest} */
  const manifest = { modules: [], data: [] };
  gather(file, manifest, new Set());
  return manifest;
}

/**
 * @param {string} file
 * @param {Manifest} manifest
 * @param {Set<string>} seen
 */
function gather(file, manifest, seen) {
  if (seen.has(file)) return;
  seen.add(file);
  let json;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Complaint(`${shown(file)}: ${error instanceof Error ? error.message : error}`);
  }
  const folder = dirname(file);
  for (const part of /** @type {("modules" | "data")[]} */ (["modules", "data"])) {
    for (const [target, sources] of Object.entries(json[part] ?? {})) {
      for (const source of [sources].flat()) {
        if (!String(source).startsWith("$(")) manifest[part].push({ target, source: resolve(folder, source) });
      }
    }
  }
  for (const include of [json.include ?? []].flat()) {
    if (!include.startsWith("$(")) gather(resolve(folder, include), manifest, seen);
  }
}

/**
 * The source file of a module: `.ts`, or `.js` as it is; undefined when no rule names it.
 * @param {Manifest} manifest
 * @param {string} specifier
 */
export function moduleSource(manifest, specifier) {
  for (const { target, source } of manifest.modules) {
    let path;
    if (target === specifier) path = source;
    else if (target.endsWith("*") && specifier.startsWith(target.slice(0, -1))) {
      const name = specifier.slice(target.length - 1);
      if (name.includes("/")) continue;
      path = source.slice(0, -1) + name;
    } else continue;
    for (const suffix of [".ts", ".js"]) if (existsSync(path + suffix)) return path + suffix;
  }
  return undefined;
}

/**
 * The SDK knows a file of an image by its last name alone, so rules write "@" for a "/" in its path.
 * @param {Manifest} manifest
 * @returns {Map<string, string>} resource path → file
 */
export function dataFiles(manifest) {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const { target: rule, source } of manifest.data) {
    const target = rule.replaceAll("@", "/");
    if (basename(source) === "*") {
      const folder = dirname(source);
      if (!existsSync(folder)) throw new Complaint(`no folder ${shown(folder)} for the data ${target}`);
      for (const name of readdirSync(folder).sort()) {
        if (name.startsWith(".") || statSync(join(folder, name)).isDirectory()) continue;
        files.set(target.replace("*", name), join(folder, name));
      }
    } else {
      if (!existsSync(source)) throw new Complaint(`no file ${shown(source)} for the data ${target}`);
      files.set(extname(target) ? target : target + extname(source), source);
    }
  }
  return files;
}
