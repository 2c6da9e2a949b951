// @ts-check
/**
 * Merges the modules of a page into one script, and its style sheets into one: a chip has few connections, and each of them costs a
 * handshake. Takes what our own pages are written in: named imports from the same folder, exports at the start of a declaration.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { shown } from "./paths.mjs";
import { Complaint } from "./run.mjs";

/** @typedef {{ text: string, parts: string[] }} Bundle parts: the files that are in it, the entry among them */

const IMPORT = /^import\s*\{([^}]*)\}\s*from\s*"\.\/([\w-]+\.js)";\n/gm;
const EXPORT = /^export ((?:async )?function|class|const) (\w+)/gm;
/** A comment that has its lines to itself. */
const COMMENT = /^[ \t]*(?:\/\/.*|\/\*\*(?:[^*]|\*(?!\/))*\*\/[ \t]*)\n/gm;

/**
 * Each module becomes a function that returns what it exports; those that it imports come before it.
 * @param {string} folder @param {string} entry @returns {Bundle}
 */
export function bundleScript(folder, entry) {
  /** @type {string[]} */ const parts = [];
  /** @type {Set<string>} */ const open = new Set();
  let text = "";
  const variable = (/** @type {string} */ file) => `$${file.slice(0, -3).replaceAll("-", "_")}`;
  const add = (/** @type {string} */ file) => {
    if (parts.includes(file)) return;
    if (open.has(file))
      throw new Complaint(`${shown(join(folder, file))}: modules that import each other can't be merged`);
    open.add(file);
    const source = readFileSync(join(folder, file), "utf8").replace(COMMENT, "");
    let body = source.replace(IMPORT, (_all, names, from) => {
      add(from);
      return `const {${names.replace(/\bas\b/g, ":")}} = ${variable(from)};\n`;
    });
    const exported = Array.from(body.matchAll(EXPORT), ([, , name]) => name);
    body = body.replace(EXPORT, "$1 $2");
    if (/^(?:import|export)\b/m.test(body)) throw new Complaint(`${shown(join(folder, file))}: can't be merged`);
    text += `const ${variable(file)} = (() => {\n${body}return { ${exported.join(", ")} };\n})();\n`;
    parts.push(file);
  };
  add(entry);
  return { text, parts };
}

/** Sheets that are imported stand where the import does. @param {string} folder @param {string} entry @returns {Bundle} */
export function bundleStyle(folder, entry) {
  /** @type {string[]} */ const parts = [entry];
  const read = (/** @type {string} */ file) =>
    readFileSync(join(folder, file), "utf8").replace(/^\/\*[\s\S]*?\*\/\n/gm, "");
  const text = read(entry).replace(/^@import "([\w-]+\.css)";\n/gm, (_all, file) => {
    parts.push(file);
    return read(file);
  });
  return { text, parts };
}
