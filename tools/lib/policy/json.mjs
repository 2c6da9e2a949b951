// @ts-check
/** JSON (RFC 8259) with the place of everything, so that a complaint about a policy can point at it. */

/**
 * @typedef {object} Place
 * @property {number} line from 1 on
 * @property {number} column from 1 on
 * @property {string} path as `s[2].telemetry.port`; "" for the whole
 */
/** @typedef {Place & { key: string, value: Json }} Member its place is that of the key */
/**
 * @typedef {Place & (
 *   { kind: "object", members: Member[] } | { kind: "array", items: Json[] } | { kind: "string", value: string } |
 *   { kind: "number", value: number, text: string } | { kind: "boolean", value: boolean } | { kind: "null" })} Json
 */

/** What is wrong with a text, and where. */
export class JsonError extends Error {
  /** @param {string} text @param {Place} place */
  constructor(text, place) {
    super(text);
    this.place = place;
  }
}

const DEPTH = 16;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** @type {Record<string, string>} */
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
/** @type {[string, { kind: "boolean", value: boolean } | { kind: "null" }][]} */
const WORDS = [
  ["true", { kind: "boolean", value: true }],
  ["false", { kind: "boolean", value: false }],
  ["null", { kind: "null" }],
];

/** @param {string} path @param {string} key */
function memberPath(path, key) {
  if (!/^[\w$-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

class Reader {
  #at = 0;
  #line = 1;
  #lineStart = 0;

  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  /** @param {string} path @returns {Place} where the next character is */
  place(path) {
    return { line: this.#line, column: this.#at - this.#lineStart + 1, path };
  }

  /** @param {string} path @param {string} wanted @returns {never} */
  #fail(path, wanted) {
    const found = this.#at < this.text.length ? JSON.stringify(this.text[this.#at]) : "the end of the text";
    throw new JsonError(`${wanted} expected instead of ${found}`, this.place(path));
  }

  #skipBlanks() {
    for (; /[ \t\r\n]/.test(this.text[this.#at] ?? ""); this.#at++) {
      if (this.text[this.#at] !== "\n") continue;
      this.#line++;
      this.#lineStart = this.#at + 1;
    }
  }

  /** @param {string} character */
  #takes(character) {
    this.#skipBlanks();
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** @param {string} path @param {number} depth @returns {Json} */
  value(path, depth = 0) {
    this.#skipBlanks();
    const place = this.place(path);
    if (depth > DEPTH) throw new JsonError("this is nested too deeply", place);
    const first = this.text[this.#at];
    if (first === "{") return { ...place, kind: "object", members: this.#members(path, depth) };
    if (first === "[") return { ...place, kind: "array", items: this.#items(path, depth) };
    if (first === '"') return { ...place, kind: "string", value: this.#string(path) };
    for (const [word, node] of WORDS) {
      if (!this.text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return { ...place, ...node };
    }
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.text);
    if (!number) this.#fail(path, "a value");
    this.#at += number[0].length;
    return { ...place, kind: "number", value: Number(number[0]), text: number[0] };
  }

  /** @param {string} path @param {number} depth */
  #members(path, depth) {
    /** @type {Member[]} */
    const members = [];
    this.#at++;
    if (this.#takes("}")) return members;
    do {
      this.#skipBlanks();
      const place = this.place(path);
      if (this.text[this.#at] !== '"') this.#fail(path, "a name in double quotes");
      const key = this.#string(path);
      place.path = memberPath(path, key);
      if (members.some((member) => member.key === key)) throw new JsonError(`"${key}" is there twice`, place);
      if (!this.#takes(":")) this.#fail(place.path, '":"');
      members.push({ ...place, key, value: this.value(place.path, depth + 1) });
    } while (this.#takes(","));
    if (!this.#takes("}")) this.#fail(path, '"," or "}"');
    return members;
  }

  /** @param {string} path @param {number} depth */
  #items(path, depth) {
    /** @type {Json[]} */
    const items = [];
    this.#at++;
    if (this.#takes("]")) return items;
    do items.push(this.value(`${path}[${items.length}]`, depth + 1));
    while (this.#takes(","));
    if (!this.#takes("]")) this.#fail(path, '"," or "]"');
    return items;
  }

  /** @param {string} path */
  #string(path) {
    let result = "";
    for (this.#at++; this.text[this.#at] !== '"'; this.#at++) {
      const character = this.text[this.#at] ?? "";
      if (character < " ") this.#fail(path, "a character of a string, or its end,");
      if (character !== "\\") {
        result += character;
        continue;
      }
      const code = this.text[++this.#at] ?? "";
      const digits = code === "u" ? /^[\dA-Fa-f]{4}/.exec(this.text.slice(this.#at + 1, this.#at + 5)) : null;
      if (digits) this.#at += 4;
      else if (!(code in ESCAPES)) this.#fail(path, "an escape");
      result += digits ? String.fromCharCode(Number.parseInt(digits[0], 16)) : ESCAPES[code];
    }
    // Half of a pair of surrogates is no character: it could not be written as UTF-8.
    if (/[\ud800-\udfff]/u.test(result)) this.#fail(path, "the other half of a character");
    this.#at++;
    return result;
  }

  end() {
    this.#skipBlanks();
    if (this.#at < this.text.length) this.#fail("", "nothing more");
  }
}

/** @param {string} text @returns {Json} */
export function parseJson(text) {
  const reader = new Reader(text.replace(/^\uFEFF/, ""));
  const value = reader.value("");
  reader.end();
  return value;
}
