// @ts-check
/** What a source file imports. */
import { closing, stringValue, tokenize } from "./tokens.mjs";

/**
 * @typedef {object} Import
 * @property {string} specifier
 * @property {number} line
 * @property {boolean} typeOnly it leaves no trace in the emitted code
 */

/** @typedef {import("./tokens.mjs").Token} Token */

const THENABLE = new Set(["then", "catch", "finally"]);

/**
 * @param {string} source JavaScript or TypeScript
 * @returns {Import[]} static imports, re-exports, dynamic imports of literal strings, and `import("…").Type`
 */
export function importsOf(source) {
  const tokens = tokenize(source);
  /** @type {Import[]} */
  const found = [];
  /** @param {number} i */
  const is = (i, /** @type {string} */ text) => tokens[i]?.text === text;

  /**
   * @param {Token} token
   * @param {boolean} typeOnly
   */
  const add = (token, typeOnly) => found.push({ specifier: stringValue(token), line: token.line, typeOnly });

  /** Finds `from "…"` after the bindings that start at `i`. @param {number} i */
  const from = (i) => {
    for (; i < tokens.length; i++) {
      if (is(i, "{")) i = closing(tokens, i);
      else if (is(i, "from") && tokens[i + 1]?.type === "string") return tokens[i + 1];
      else if (is(i, ";")) break;
    }
    return undefined;
  };

  for (let i = 0; i < tokens.length; i++) {
    const { type, text } = tokens[i];
    if (type !== "name" || is(i - 1, ".") || is(i - 1, "?.")) continue;
    const next = tokens[i + 1];
    if (!next) break;
    if (text === "import") {
      if (next.type === "string") add(next, false);
      else if (next.text === "(") {
        if (tokens[i + 2]?.type === "string") {
          const end = closing(tokens, i + 1);
          const isType = is(i - 1, "typeof") || (is(end + 1, ".") && !THENABLE.has(tokens[end + 2]?.text));
          add(tokens[i + 2], isType);
        }
      } else if (next.type === "name" || next.text === "{" || next.text === "*") {
        const typeOnly =
          next.text === "type" && !is(i + 2, ",") && !(is(i + 2, "from") && tokens[i + 3]?.type === "string");
        const source = from(i + 1);
        if (source) add(source, typeOnly);
      }
    } else if (text === "export") {
      const typeOnly = next.text === "type";
      const start = typeOnly ? i + 2 : i + 1;
      if (is(start, "*")) {
        const source = from(start);
        if (source) add(source, typeOnly);
      } else if (is(start, "{")) {
        const end = closing(tokens, start);
        if (is(end + 1, "from") && tokens[end + 2]?.type === "string") add(tokens[end + 2], typeOnly);
      }
    }
  }
  return found;
}

/** Words before a parenthesis that make the brace after it a plain block. */
const BLOCK_HEADS = new Set(["if", "for", "while", "switch", "catch", "with", "await"]);

/**
 * Lines with a `for await` outside any function: the engine crashes on them.
 * @param {string} source
 */
export function moduleLevelForAwaits(source) {
  const tokens = tokenize(source);
  /** Per open bracket: whether it is, or lies in, a function or class body. @type {boolean[]} */
  const inside = [];
  /** Token before the parenthesis that closed last. */
  let beforeParenthesis = "";
  /** @type {string[]} */
  const heads = [];
  /** @type {number[]} */
  const lines = [];
  for (let i = 0; i < tokens.length; i++) {
    const { text, type, line } = tokens[i];
    const before = tokens[i - 1]?.text ?? ";";
    if (type === "name" && text === "for" && tokens[i + 1]?.text === "await" && !inside.at(-1)) lines.push(line);
    if (type === "template") {
      if (text.startsWith("}")) inside.pop();
      if (text.endsWith("${")) inside.push(inside.at(-1) ?? false);
    }
    if (type !== "punctuation") continue;
    if (text === "(" || text === "[") {
      inside.push(inside.at(-1) ?? false);
      heads.push(before);
    } else if (text === ")" || text === "]") {
      inside.pop();
      beforeParenthesis = heads.pop() ?? "";
    } else if (text === "{") {
      const isBlock =
        [";", "{", "}", "else", "do", "try", "finally", "=", "(", ",", ":", "return"].includes(before) ||
        (before === ")" && BLOCK_HEADS.has(beforeParenthesis));
      inside.push((inside.at(-1) ?? false) || !isBlock);
    } else if (text === "}") inside.pop();
  }
  return lines;
}
