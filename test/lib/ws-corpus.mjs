// @ts-check
/** Reads the WebSocket corpus: Markdown files whose `ws` and `result` blocks test/corpus/ws/README.md describes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, deflateRawSync } from "node:zlib";
import { frame } from "./ws.mjs";

const OPCODES = new Map(Object.entries({ continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }));
const RESERVED = new Map(Object.entries({ rsv1: 4, rsv2: 2, rsv3: 1 }));

/**
 * @typedef {object} Case
 * @property {string} title
 * @property {string} prose
 * @property {number} line
 * @property {Map<string, string | undefined>} fields of the handshake, besides the usual ones
 * @property {Buffer[]} frames
 * @property {boolean} fin the client ends its side behind the frames
 * @property {string[]} result
 */

/** What a quoted payload stands for. @param {string} text */
export function unquote(text) {
  const inner = text.slice(1, -1).replace(/\\\{([^*]*)\*(\d+)\}/g, (_, what, count) => what.repeat(Number(count)));
  const pieces = inner.split(/(\\x[0-9a-f]{2}|\\.)/i).map((part) => {
    if (/^\\x/i.test(part)) return Buffer.from(part.slice(2), "hex");
    return Buffer.from(part.startsWith("\\") ? part.slice(1).replace("n", "\n") : part);
  });
  return Buffer.concat(pieces);
}

/** The payload that a line ends in. @param {string} text */
export function payload(text) {
  const [, quoted, hex, code, reason] =
    /^(?:("(?:[^"\\]|\\.)*")|hex((?: [0-9a-f]{2})*)|code (\d+)(?: ("(?:[^"\\]|\\.)*"))?)?$/.exec(text) ?? fail(text);
  if (quoted) return unquote(quoted);
  if (code) {
    const head = Buffer.from([Number(code) >> 8, Number(code) & 255]);
    return reason ? Buffer.concat([head, unquote(reason)]) : head;
  }
  return Buffer.from((hex ?? "").replaceAll(" ", ""), "hex");
}

/** @param {string} what @returns {never} */
function fail(what) {
  throw new Error(`not understood: ${what}`);
}

/** A message as a client compresses it (RFC 7692 §7.2.1). @param {Buffer} data */
export function compress(data) {
  const all = deflateRawSync(data, { windowBits: 10, finishFlush: constants.Z_SYNC_FLUSH });
  return data.length > 0 ? all.subarray(0, -4) : Buffer.from([0]);
}

/** The bytes of a line of a `ws` block. @param {string} line */
function encode(line) {
  if (line.startsWith("bytes ")) return payload(line.replace("bytes", "hex"));
  const words = /^((?:(?!hex|code)[a-z0-9=.]+ ?)+)(.*)$/.exec(line) ?? fail(line);
  /** @type {NonNullable<Parameters<typeof frame>[2]>} */
  const options = { fin: true, rsv: 0 };
  let opcode = -1;
  let data = payload(words[2]);
  for (const word of words[1].trim().split(" ")) {
    const [name, value] = word.split("=");
    if (OPCODES.has(name)) opcode = Number(OPCODES.get(name));
    else if (name === "opcode") opcode = Number(value);
    else if (name === "more") options.fin = false;
    else if (RESERVED.has(name)) options.rsv = Number(options.rsv) | Number(RESERVED.get(name));
    else if (name === "unmasked") options.masked = false;
    else if (name === "wide") options.wide = value === "2" ? 2 : 8;
    else if (name === "length") options.length = Number(value);
    else if (name === "mask") options.mask = Buffer.from(value, "hex");
    else if (name === "deflate") {
      const [from, to] = (value ?? "..").split("..");
      data = compress(data).subarray(Number(from || 0), to ? Number(to) : undefined);
      if (opcode !== 0) options.rsv = Number(options.rsv) | 4;
    } else fail(line);
  }
  return frame(opcode, data, options);
}

/** @param {string} text of a file @returns {Case[]} */
function parse(text) {
  /** @type {Case[]} */
  const cases = [];
  let block = "";
  /** @type {Case | undefined} */
  let it;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("## ")) {
      it = { title: line.slice(3), prose: "", line: index + 1, fields: new Map(), frames: [], fin: false, result: [] };
      cases.push(it);
    } else if (line.startsWith("```")) block = line.slice(3);
    else if (!it || line === "") continue;
    else if (block === "") it.prose += `${line} `;
    else if (block === "result") it.result.push(line);
    else if (block !== "ws") fail(`block ${block}`);
    else if (line === "fin") it.fin = true;
    else if (/^[A-Z][A-Za-z-]+:/.test(line)) {
      const [, name, value] = /^([^:]+): ?(.*)$/.exec(line) ?? fail(line);
      it.fields.set(name, it.fields.has(name) ? `${it.fields.get(name)}\r\n${name}: ${value}` : value);
    } else if (line.startsWith("no ")) it.fields.set(line.slice(3), undefined);
    else it.frames.push(encode(line));
  }
  return cases;
}

/** @param {string} folder @returns {[string, Case[]][]} */
export function readWsCorpus(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .sort()
    .map((name) => [name.slice(0, -3), parse(readFileSync(join(folder, name), "utf8"))]);
}
