// @ts-check
/** The tokenizer is not fooled by what only looks like code. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf } from "../../tools/lib/imports.mjs";
import { tokenize } from "../../tools/lib/tokens.mjs";

/** @param {string} source */
const texts = (source) => tokenize(source).map((token) => token.text);

test("regular expressions and divisions are told apart", () => {
  assert.deepEqual(texts("a = b / c / d;"), ["a", "=", "b", "/", "c", "/", "d", ";"]);
  assert.deepEqual(texts("return /[/\"]'/g.test(x)"), ["return", "/[/\"]'/g", ".", "test", "(", "x", ")"]);
  assert.deepEqual(texts("(a) / 2"), ["(", "a", ")", "/", "2"]);
});

test("templates nest", () => {
  assert.deepEqual(texts("`a${`b${c}`}d` + {}"), ["`a${", "`b${", "c", "}`", "}d`", "+", "{", "}"]);
  assert.deepEqual(texts("`$ \\` ${x} }`"), ["`$ \\` ${", "x", "} }`"]);
});

test("comments and strings are skipped, lines are counted", () => {
  const tokens = tokenize('// "\n/* ` \n */ "a\\"b" /* */ c\n');
  assert.deepEqual(
    tokens.map(({ text, line }) => [text, line]),
    [
      ['"a\\"b"', 3],
      ["c", 3],
    ],
  );
});

test("all forms of import are found", () => {
  const source = `
import "side-effect";
import a from "default";
import * as b from "namespace";
import c, { d as e } from "mixed";
import type { F } from "types";
import type from "called-type";
import { type G } from "inline";
export { h } from "re-export";
export type { I } from "re-type";
export * as j from "star";
const k = await import("dynamic");
import("thenable").then(() => {});
type L = import("inline-type").L;
const m = import.meta.uri, n = o.import("no"), p = "import 'no'"; // import "no"
export const from = { from: "no" };
export default function () {}
`;
  assert.deepEqual(
    importsOf(source).map(({ specifier, typeOnly, line }) => `${line} ${specifier}${typeOnly ? " type" : ""}`),
    [
      "2 side-effect",
      "3 default",
      "4 namespace",
      "5 mixed",
      "6 types type",
      "7 called-type",
      "8 inline",
      "9 re-export",
      "10 re-type type",
      "11 star",
      "12 dynamic",
      "13 thenable",
      "14 inline-type type",
    ],
  );
});
