// @ts-check
/**
 * Rewrites classes over natives into the engine's own syntax for host classes, as the SDK's compiler does:
 *
 *     class X extends Native("d") { constructor(o) { super(); native("c").call(this, o); } m(a) { return native("m").call(this, a); } }
 *     class X @ "d" { constructor(o) @ "c"; m(a) @ "m"; }
 *
 * A method is then the C function itself instead of byte code that looks it up by name. Only bodies that are nothing but the call,
 * with the method's own parameters in their order, mean the same in both forms; any other use of `native` is an error.
 */
import { closing, stringValue, tokenize } from "./tokens.mjs";

/** @typedef {import("./tokens.mjs").Token} Token */
/** @typedef {{ start: number, end: number, text: string }} Edit */

/**
 * @param {string} source emitted JavaScript
 * @param {string} name of the file, for errors
 */
export function rewriteNatives(source, name) {
  if (!/\b[nN]ative\b/.test(source)) return source;
  const tokens = tokenize(source);
  /** @type {Edit[]} */
  const edits = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i].text === "class" && tokens[i].type === "name" && tokens[i - 1]?.text !== ".")
      rewriteClass(tokens, i, edits);
  }
  let result = "";
  let at = 0;
  for (const edit of edits.sort((a, b) => a.start - b.start)) {
    result += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  result += source.slice(at);
  refuseLeftovers(result, name);
  return result;
}

/**
 * @param {Token[]} tokens
 * @param {number} at index of `class`
 * @param {Edit[]} edits
 */
function rewriteClass(tokens, at, edits) {
  let head = at + 1;
  if (tokens[head].type === "name" && tokens[head].text !== "extends") head++;
  let open = head;
  while (tokens[open].text !== "{") open = tokens[open].text === "(" ? closing(tokens, open) + 1 : open + 1;
  const isNative =
    texts(tokens, head, 4) === "extends Native ( S" && open === head + 5 && tokens[head + 4].text === ")";
  const close = closing(tokens, open);
  for (let i = open + 1; i < close; i++) {
    if (tokens[i].text === "{" || tokens[i].text === "[") i = closing(tokens, i);
    else if (tokens[i].text === "(") {
      const end = closing(tokens, i);
      if (tokens[end + 1].text !== "{") {
        i = end;
        continue;
      }
      const bodyEnd = closing(tokens, end + 1);
      const isConstructor = tokens[i - 1].text === "constructor" && tokens[i - 2].text !== "static";
      const isPlain = tokens[i - 2].text !== "async" && tokens[i - 2].text !== "*";
      const native = isPlain ? nativeBody(tokens, i, end, bodyEnd, isConstructor && isNative) : undefined;
      if (native) edits.push({ start: tokens[end + 1].start, end: tokens[bodyEnd].end, text: `@ ${native};` });
      if (native && isConstructor && isNative) {
        edits.push({ start: tokens[head].start, end: tokens[head + 4].end, text: `@ ${quoted(tokens[head + 3])}` });
      }
      i = bodyEnd;
    }
  }
}

/**
 * The quoted name of the native that a body only calls, or undefined.
 * @param {Token[]} tokens
 * @param {number} open of the parameters
 * @param {number} end of the parameters; the body's brace follows
 * @param {number} bodyEnd
 * @param {boolean} derived the body starts with `super();`
 */
function nativeBody(tokens, open, end, bodyEnd, derived) {
  let i = end + 2;
  if (derived) {
    if (texts(tokens, i, 4) !== "super ( ) ;") return undefined;
    i += 4;
  } else if (tokens[i].text === "return") i++;
  if (texts(tokens, i, 8) !== "native ( S ) . call ( this") return undefined;
  const callEnd = closing(tokens, i + 6);
  const last = tokens[callEnd + 1].text === ";" ? callEnd + 2 : callEnd + 1;
  if (last !== bodyEnd) return undefined;
  const parameters = tokens.slice(open + 1, end).map((token) => token.text);
  const given = tokens.slice(i + 8, callEnd).map((token) => token.text);
  const expected = parameters.length > 0 ? [",", ...parameters] : [];
  if (given.join(" ") !== expected.join(" ")) return undefined;
  return quoted(tokens[i + 2]);
}

/**
 * Some tokens as words, with S for any string.
 * @param {Token[]} tokens
 * @param {number} at
 * @param {number} count
 */
function texts(tokens, at, count) {
  return tokens
    .slice(at, at + count)
    .map((token) => (token.type === "string" ? "S" : token.text))
    .join(" ");
}

/** @param {Token} token */
function quoted(token) {
  return JSON.stringify(stringValue(token));
}

/**
 * @param {string} source
 * @param {string} name
 */
function refuseLeftovers(source, name) {
  const tokens = tokenize(source);
  for (let i = 0; i < tokens.length; i++) {
    const { text, type, line } = tokens[i];
    if (
      type === "name" &&
      (text === "native" || text === "Native") &&
      tokens[i + 1]?.text === "(" &&
      tokens[i - 1]?.text !== "."
    ) {
      throw new Error(
        `${name}: emitted line ${line}: ${text}(…) stands where it can't become a host ${text === "native" ? "function" : "class"}; ` +
          "a native body is nothing but the call with the method's own parameters",
      );
    }
  }
}
