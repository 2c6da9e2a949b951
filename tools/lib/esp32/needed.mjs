// @ts-check
/**
 * mcconfig links every module that a manifest names. Here an image gets a manifest of its own that includes the one that people write, and leaves out
 * what the image never imports.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { resolveSpecifier, sdkSpecifiers } from "../graph.mjs";
import { importsOf } from "../imports.mjs";
import { moduleSource, readManifest } from "../manifest.mjs";
import { shown } from "../paths.mjs";
import { Complaint } from "../run.mjs";

const SOURCE = /(?<!\.d)\.ts$/;

/**
 * The sources that an image imports, those of types among them: the compiler asks for these.
 * @param {import("../manifest.mjs").Manifest} manifest
 */
function neededSources(manifest) {
  const sdk = sdkSpecifiers();
  /** @type {Set<string>} */
  const sources = new Set();
  /** @param {string} specifier @param {string} importer */
  const visit = (specifier, importer) => {
    if (sdk.has(specifier)) return;
    const source = moduleSource(manifest, specifier);
    if (!source) throw new Complaint(`${importer}: there is no module "${specifier}"`);
    if (sources.has(source)) return;
    sources.add(source);
    for (const each of importsOf(readFileSync(source, "utf8")))
      visit(resolveSpecifier(each.specifier, specifier), shown(source));
  };
  visit("main", "the image");
  return sources;
}

/** All sources that rules take. @param {import("../manifest.mjs").Manifest} manifest */
function namedSources({ modules }) {
  const sources = modules.flatMap(({ source }) => {
    const folder = dirname(source);
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => SOURCE.test(name)) : [];
    const wanted = basename(source);
    return names.filter((name) => wanted === "*" || name === `${wanted}.ts`).map((name) => join(folder, name));
  });
  return [...new Set(sources)].sort();
}

/**
 * Writes the manifest in which mcconfig is to be run: in a folder of the image's name, which it takes for its own results.
 * @param {string} manifest of the image
 * @param {string} folder
 * @returns {number} modules that are left out
 */
export function writeNeeded(manifest, folder) {
  const all = readManifest(manifest);
  const needed = neededSources(all);
  const from = (/** @type {string} */ path) => relative(folder, path);
  const unneeded = namedSources(all).filter((source) => !needed.has(source));
  const text = JSON.stringify({ include: [from(manifest)], modules: { "~": unneeded.map(from) } }, null, 2);
  const file = join(folder, "manifest.json");
  mkdirSync(folder, { recursive: true });
  // Its time tells make whether anything has changed.
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
  return unneeded.length;
}
