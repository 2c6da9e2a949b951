// @ts-check
/** Where things lie. */
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
/** Everything that is generated. */
export const BUILD = join(ROOT, "build");
/** The engine's sources: `xs/` and `modules/data/`. */
export const ENGINE = join(BUILD, "xs", "moddable");
/** Emitted JavaScript, in the folders of its sources. */
export const JS = join(BUILD, "js");
export const IMAGES = join(BUILD, "images");
export const ASSETS = join(BUILD, "assets");
/** Keys and the like that images for a chip carry, as files; `modules/platform/esp32/manifest.json` names it. */
export const TRUST = join(ASSETS, "trust");
export const DEVICE = join(BUILD, "host", "lws-xs-device");
export const PARTITIONS = join(ROOT, "partitions.csv");
export const SDK_TYPES = join(ROOT, "modules", "platform", "sdk.d.ts");

/**
 * A path as a person at the repository would type it.
 * @param {string} path
 */
export function shown(path) {
  const short = relative(ROOT, path);
  return short.startsWith("..") ? path : short;
}
