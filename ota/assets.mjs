// @ts-check
/** What the application serves beside its own files: a text of 4 MB that fits the flash only because it is packed. */
import { longPage } from "../tools/lib/words.mjs";
import { makeZip } from "../tools/lib/zip.mjs";

/** @returns {Record<string, Buffer>} */
export function assets() {
  return { "wap.zip": makeZip([{ name: "wap.html", data: longPage(1_300_000) }]) };
}
