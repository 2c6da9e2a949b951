// @ts-check
/** Each page of the setup image goes out as one file, so that its first load takes one connection; beside it is what its policy allows. */
import { fileURLToPath } from "node:url";
import { inlinePage } from "../tools/lib/page.mjs";
import { T } from "./www/strings.js";

export const sourcesOnly = true;

/** @returns {Record<string, Buffer>} */
export function assets() {
  const pages = ["index", "factory"].map((name) => {
    const { html, policy } = inlinePage(fileURLToPath(new URL("www", import.meta.url)), `${name}.html`, T);
    return { [`${name}.html`]: Buffer.from(html), [`${name}.policy`]: Buffer.from(policy) };
  });
  return Object.assign({}, ...pages);
}
