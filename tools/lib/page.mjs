// @ts-check
/**
 * Makes one file of a page: its script, its sheet, its pictures and its texts go where they are named. Each connection costs a chip a
 * handshake, and a browser opens one for each file that it wants at the same time.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleScript, bundleStyle } from "./bundle.mjs";
import { shown } from "./paths.mjs";
import { Complaint } from "./run.mjs";

const SHEET = /[ \t]*<link rel="stylesheet" href="([\w-]+\.css)">\n/;
const SCRIPT = /[ \t]*<script type="module" src="([\w-]+\.js)"><\/script>\n/;
const ICON = /(<link rel="icon" href=")([\w-]+\.svg)"/;
const SPRITE = /<use href="([\w-]+\.svg)#/g;
/** An element without content that names its text, and attributes that name the label or the alternative of their element. */
const TEXT = /\s+data-t="(\w+)"([^<>]*)><\//g;
const LABEL = /\bdata-(label|alt)="(\w+)"/g;
const ENTITIES = /** @type {Record<string, string>} */ ({ "&": "&amp;", "<": "&lt;", '"': "&quot;" });

/** @param {string} text */
const escaped = (text) => text.replace(/[&<"]/g, (c) => ENTITIES[c]);

/** A source of a content security policy that stands for exactly this text. @param {string} text */
const source = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * @param {string} folder
 * @param {string} file of a page
 * @param {Record<string, unknown>} texts that its elements name
 * @returns {{ html: string, policy: string }} policy: what a content security policy has to allow for it
 */
export function inlinePage(folder, file, texts) {
  const read = (/** @type {string} */ name) => readFileSync(join(folder, name), "utf8");
  const complain = (/** @type {string} */ what) => new Complaint(`${shown(join(folder, file))}: ${what}`);
  let style = "";
  let script = "";
  const textOf = (/** @type {string} */ name) => {
    if (typeof texts[name] !== "string") throw complain(`there is no text ${name}`);
    return escaped(texts[name]);
  };
  let html = read(file)
    .replace(SHEET, (_all, name) => {
      style = `\n${bundleStyle(folder, name).text}`;
      return `<style>${style}</style>\n`;
    })
    .replace(SCRIPT, (_all, name) => {
      script = `\n${bundleScript(folder, name).text}`;
      return "<script></script>\n";
    })
    .replace(ICON, (_all, start, name) => `${start}data:image/svg+xml,${encodeURIComponent(read(name).trim())}"`)
    .replace(TEXT, (_all, name, rest) => `${rest}>${textOf(name)}</`)
    .replace(LABEL, (_all, kind, name) => `${kind === "alt" ? "alt" : "aria-label"}="${textOf(name)}"`);
  /** @type {Set<string>} */ const sprites = new Set();
  html = html.replace(SPRITE, (_all, name) => {
    sprites.add(name);
    return '<use href="#';
  });
  const pictures = [...sprites].map((name) =>
    read(name)
      .replace("<svg ", "<svg hidden ")
      .replace(/\s*<!--[\s\S]*?-->/g, ""),
  );
  html = html.replace(/<body[^>]*>\n/, (tag) => tag + pictures.join(""));
  const left = /\bdata-(?:t|label|alt)="\w+"/.exec(html);
  if (left) throw complain(`${left[0]} is not the last attribute of an empty element`);
  // Last, and as a function: what is in it is no pattern, and nothing above may change it.
  if (/<\/script|<!--/i.test(script)) throw complain("the script holds what ends a script");
  html = html.replace("<script></script>", () => `<script type="module">${script}</script>`);
  return { html, policy: `script-src ${source(script)}; style-src ${source(style)}` };
}
