// @ts-check
/** Reads the corpus: cases written as Markdown (see test/corpus/README.md). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} Expected
 * @property {number} status
 * @property {boolean} head the response is one to HEAD
 * @property {[string, string][]} headers
 * @property {string[]} absent
 * @property {string | undefined} body
 * @property {Record<string, unknown> | undefined} json members that the body must have
 */

/**
 * @typedef {object} Case
 * @property {string} title
 * @property {number} line
 * @property {string} prose
 * @property {Buffer} bytes
 * @property {boolean} fin the client ends its side behind them
 * @property {Expected[]} responses
 * @property {"close" | "keep" | "wait"} ending
 */

/** @param {string} text */
function decode(text) {
  const repeated = text.replace(/\\\{(.*?)\*(\d+)\}/gs, (_, what, count) => what.repeat(Number(count)));
  return repeated.replace(/\\(x[0-9a-f]{2}|[rnt0\\])/g, (_, what) => {
    if (what.startsWith("x")) return String.fromCharCode(Number.parseInt(what.slice(1), 16));
    return { r: "\r", n: "\n", t: "\t", 0: "\0", "\\": "\\" }[/** @type {"r"} */ (what)];
  });
}

/** @param {string[]} lines of an http block */
function bytesOf(lines) {
  const fin = lines.at(-1) === "\\fin";
  const text = (fin ? lines.slice(0, -1) : lines)
    .map((line) => (/(?:^|[^\\])(?:\\\\)*\\$/.test(line) ? decode(line.slice(0, -1)) : `${decode(line)}\r\n`))
    .join("");
  return { bytes: Buffer.from(text, "latin1"), fin };
}

/** @param {string[]} lines of a result block */
function resultOf(lines) {
  /** @type {Expected[]} */
  const responses = [];
  const ending = /** @type {Case["ending"]} */ (lines.at(-1));
  if (!["close", "keep", "wait"].includes(ending)) throw new Error(`an ending is missing: ${lines}`);
  for (const line of lines.slice(0, -1)) {
    const status = /^(\d{3})( HEAD)?$/.exec(line);
    if (status) {
      const head = status[2] !== undefined;
      responses.push({ status: Number(status[1]), head, headers: [], absent: [], body: undefined, json: undefined });
      continue;
    }
    const response = responses.at(-1);
    if (!response) throw new Error(`no response to have ${line}`);
    const header = /^([A-Z][A-Za-z-]*): (.*)$/.exec(line);
    if (header) response.headers.push([header[1].toLowerCase(), header[2]]);
    else if (line.startsWith("no ")) response.absent.push(line.slice(3).toLowerCase());
    else if (line.startsWith("{")) response.json = JSON.parse(line);
    else if (line.startsWith("body ")) response.body = decode(line.slice(5));
    else throw new Error(`not understood: ${line}`);
  }
  return { responses, ending };
}

/** @param {string} text of a file @returns {Case[]} */
export function parseCases(text) {
  /** @type {Case[]} */
  const cases = [];
  const lines = text.split("\n");
  /** @type {Partial<Case> & { prose: string } | undefined} */
  let now;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    if (line.startsWith("## ")) now = { title: line.slice(3), line: at + 1, prose: "" };
    else if (line.startsWith("```") && now) {
      const end = lines.indexOf("```", at + 1);
      const block = lines.slice(at + 1, end);
      if (line === "```http") Object.assign(now, bytesOf(block));
      else {
        cases.push(/** @type {Case} */ ({ ...now, ...resultOf(block) }));
        now = undefined;
      }
      at = end;
    } else if (now) now.prose += `${line} `;
  }
  return cases;
}

/** All files of a folder of the corpus. @param {string} folder @returns {[string, Case[]][]} */
export function readCorpus(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => [name, parseCases(readFileSync(join(folder, name), "utf8"))]);
}
