// @ts-check
/**
 * A tokenizer for JavaScript and TypeScript source: enough to find imports and native bodies without being fooled by comments,
 * strings, templates or regular expressions.
 */

/**
 * @typedef {object} Token
 * @property {"name" | "punctuation" | "string" | "template" | "number" | "regexp"} type
 * @property {string} text as written
 * @property {number} start
 * @property {number} end
 * @property {number} line from 1
 */

/** Words after which a slash starts a regular expression. */
const BEFORE_EXPRESSION = new Set(
  "return typeof case in of delete void throw new else do instanceof yield await".split(" "),
);
const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const NAME = /#?[\p{ID_Start}$_\\][\p{ID_Continue}$\\]*/uy;
const NUMBER = /(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d+)?\.?)n?/y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
/** A piece of template text, from a backquote or a closing brace on. */
const TEMPLATE = /[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;
const PUNCTUATION = /=>|\.\.\.|\?\.(?!\d)|[\s\S]/y;

/** In the order in which they are tried; the last one always matches. */
/** @type {[Token["type"], RegExp][]} */
const KINDS = [
  ["name", NAME],
  ["number", NUMBER],
  ["string", STRING],
  ["regexp", REGEXP],
  ["punctuation", PUNCTUATION],
];

/**
 * @param {string} source
 * @returns {Token[]} without white space and comments
 */
export function tokenize(source) {
  /** @type {Token[]} */
  const tokens = [];
  /** One entry per open brace: true where a template goes on after it. @type {boolean[]} */
  const braces = [];
  let at = 0;
  let line = 1;

  /** @param {RegExp} pattern */
  const match = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  /** @param {string} text */
  const advance = (text) => {
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) line++;
    at += text.length;
  };
  /**
   * @param {Token["type"]} type
   * @param {string} text
   */
  const add = (type, text) => {
    tokens.push({ type, text, start: at, end: at + text.length, line });
    advance(text);
  };
  const regexpMayStart = () => {
    const last = tokens.at(-1);
    if (!last) return true;
    if (last.type === "name") return BEFORE_EXPRESSION.has(last.text);
    return last.type === "punctuation" && ![")", "]", "}"].includes(last.text);
  };
  /** @param {string} problem @returns {never} */
  const fail = (problem) => {
    throw new SyntaxError(`line ${line}: ${problem}`);
  };
  /** @param {string} text */
  const addTemplate = (text) => {
    if (text.endsWith("${")) braces.push(true);
    add("template", text);
  };

  if (source.startsWith("#!")) at = source.indexOf("\n");
  while (at < source.length) {
    const skipped = match(SPACE) ?? match(COMMENT);
    if (skipped) {
      advance(skipped);
      continue;
    }
    const character = source[at];
    if (character === "`" || (character === "}" && braces.at(-1))) {
      if (character === "}") braces.pop();
      addTemplate(match(TEMPLATE) ?? fail("unfinished template"));
      continue;
    }
    for (const [type, pattern] of KINDS) {
      if (type === "regexp" && !(character === "/" && regexpMayStart())) continue;
      const text = match(pattern);
      if (!text) continue;
      if (text === "{") braces.push(false);
      else if (text === "}") braces.pop();
      add(type, text);
      break;
    }
  }
  return tokens;
}

/**
 * Index of the bracket that closes the one at `open`.
 * @param {Token[]} tokens
 * @param {number} open
 */
export function closing(tokens, open) {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const { type, text } = tokens[i];
    if (type === "template") {
      if (text.startsWith("}")) depth--;
      if (text.endsWith("${")) depth++;
    } else if (type === "punctuation") {
      if (text === "(" || text === "[" || text === "{") depth++;
      else if (text === ")" || text === "]" || text === "}") depth--;
    }
    if (depth === 0) return i;
  }
  throw new SyntaxError(`line ${tokens[open].line}: ${tokens[open].text} is never closed`);
}

/**
 * The value of a string token without escapes worth the name (specifiers, names of natives).
 * @param {Token} token
 */
export function stringValue(token) {
  return token.text.slice(1, -1).replace(/\\(.)/g, "$1");
}
