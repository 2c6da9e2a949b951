// @ts-check
/** The pages of the setup image. */
import { readFileSync } from "node:fs";

/** @returns {Record<string, Buffer>} */
export function assets() {
  const names = ["factory.html", "factory.js", "favicon.svg", "index.html", "setup.css"];
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(new URL(`../../../factory/www/${name}`, import.meta.url))]),
  );
}
