// @ts-check
/** Which modules an image contains: those that its entry reaches, and no other. */
import { existsSync, readFileSync } from "node:fs";
import { join, posix, relative } from "node:path";
import { importsOf } from "./imports.mjs";
import { moduleSource } from "./manifest.mjs";
import { rewriteNatives } from "./natives.mjs";
import { ROOT, SDK_TYPES, shown } from "./paths.mjs";
import { Complaint } from "./run.mjs";

/** Specifiers that the SDK (on the virtual device: the host) provides. */
export function sdkSpecifiers() {
  const text = readFileSync(SDK_TYPES, "utf8");
  return new Set(Array.from(text.matchAll(/^declare module "([^"]+)"/gm), (match) => match[1]));
}

/**
 * The specifier that `specifier` means in the module `importer`.
 * @param {string} specifier
 * @param {string} importer
 */
export function resolveSpecifier(specifier, importer) {
  if (!/^\.\.?\//.test(specifier)) return specifier;
  return posix.join(posix.dirname(importer), specifier);
}

/**
 * @param {import("./manifest.mjs").Manifest} manifest
 * @param {string} js folder of the emitted files
 * @returns {Map<string, string>} specifier → JavaScript text, in the order in which they are found from "main"
 */
export function collectModules(manifest, js) {
  const sdk = sdkSpecifiers();
  /** @type {Map<string, string>} */
  const modules = new Map();

  /**
   * @param {string} specifier
   * @param {string} importer shown when it is missing
   */
  const visit = (specifier, importer) => {
    if (modules.has(specifier) || sdk.has(specifier)) return;
    const source = moduleSource(manifest, specifier);
    if (!source) throw new Complaint(`${importer}: there is no module "${specifier}"`);
    const emitted = source.endsWith(".js") ? source : join(js, relative(ROOT, source).replace(/\.ts$/, ".js"));
    if (!existsSync(emitted)) throw new Complaint(`${shown(source)} was not compiled: no tsconfig.json names it`);
    const text = readFileSync(emitted, "utf8");
    modules.set(specifier, rewriteNatives(text, shown(source)));
    for (const found of importsOf(text)) visit(resolveSpecifier(found.specifier, specifier), shown(source));
  };
  visit("main", "image");
  return modules;
}
