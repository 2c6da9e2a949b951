// @ts-check
/** How Node loads Improv's client, which is made for bundlers: its files name each other without their endings, and are modules. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const PLACE = "/improv-wifi-serial-sdk/dist/";

/** @type {import("node:module").ResolveHook} */
export function resolve(specifier, context, next) {
  const isBare = specifier.startsWith("./") && !specifier.endsWith(".js") && context.parentURL?.includes(PLACE);
  return next(isBare ? `${specifier}.js` : specifier, context);
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, next) {
  if (!url.includes(PLACE)) return next(url, context);
  return { format: "module", shortCircuit: true, source: await readFile(fileURLToPath(url)) };
}
