// @ts-check
/** The workflow for chips: written in the part of YAML that a small reader here knows, it runs commands that there are. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TARGETS } from "../../tools/lib/esp32/targets.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";

const TEXT = readFileSync(join(ROOT, ".github", "workflows", "chip.yml"), "utf8");

/** @typedef {string | Yaml[] | { [key: string]: Yaml }} Yaml */

/**
 * Maps, lists, flow lists, literal blocks and plain scalars: more is not to be used.
 * @param {string} text
 * @returns {any}
 */
function parseYaml(text) {
  const lines = text.split("\n").filter((line) => !/^\s*(?:#|$)/.test(line));
  let at = 0;
  const indentOf = (/** @type {string} */ line) => line.length - line.trimStart().length;
  /** @param {string} value @param {number} indent @returns {Yaml} */
  const scalar = (value, indent) => {
    if (value === "|") {
      const block = [];
      while (at < lines.length && indentOf(lines[at]) > indent) block.push(lines[at++].trim());
      return block.join("\n");
    }
    if (value === "") return at < lines.length && indentOf(lines[at]) > indent ? node(indentOf(lines[at])) : "";
    const list = /^\[(.*)\]$/.exec(value);
    if (list) return list[1].split(",").map((each) => each.trim());
    assert.doesNotMatch(value, /^[&*!>%@`"'{|]|: |\s#/, value);
    return value;
  };
  /** @param {number} indent @returns {Yaml} */
  const node = (indent) => {
    if (lines[at].trimStart().startsWith("- ")) {
      const list = [];
      while (at < lines.length && indentOf(lines[at]) === indent && lines[at].trimStart().startsWith("- ")) {
        lines[at] = lines[at].replace("- ", "  ");
        list.push(node(indent + 2));
      }
      return list;
    }
    /** @type {{ [key: string]: Yaml }} */
    const map = {};
    while (at < lines.length && indentOf(lines[at]) === indent) {
      const [, key = "", value = ""] = /^\s*([\w-]+):(?: (.*))?$/.exec(lines[at]) ?? assert.fail(`line "${lines[at]}"`);
      assert.ok(!(key in map), `a second ${key}`);
      at++;
      map[key] = scalar(value.trim(), indent);
    }
    return map;
  };
  const whole = node(0);
  assert.equal(at, lines.length, `"${lines[at]}" is indented otherwise`);
  return whole;
}

const { jobs, on } = parseYaml(TEXT);
const steps = jobs.emulated.steps;
const script = steps.map((/** @type {any} */ { run = "" }) => run).join("\n");

test("it is read, and runs on changes", () => {
  assert.ok("pull_request" in on && "push" in on);
  assert.equal(jobs.emulated.container, "espressif/idf:v6.0");
  assert.ok(steps.every((/** @type {any} */ step) => step.run || /^actions\/[\w-]+@v\d+$/.test(step.uses)));
  assert.throws(() => parseYaml("a: 1\n   b: 2\n"), /indented otherwise/);
  assert.throws(() => parseYaml("a: b: c\n"), /b: c/);
  assert.throws(() => parseYaml("a: 1\na: 2\n"), /a second a/);
});

test("chips are those that an emulator has, and scripts are those of the package", () => {
  const emulated = TARGETS.filter(({ emulator }) => emulator).map(({ name }) => name);
  assert.deepEqual(jobs.emulated.strategy.matrix.chip, emulated);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const used = Array.from(script.matchAll(/npm run ([\w:]+)/g), ([, name]) => name);
  assert.ok(used.length > 3);
  for (const name of used) assert.ok(scripts[name], name);
  for (const [, name] of script.matchAll(/--image (\w+)/g))
    assert.ok(
      [name, `test/images/${name}`].some((folder) => existsSync(join(ROOT, folder, "manifest.json"))),
      name,
    );
});

test("it names no host", () => {
  assert.doesNotMatch(TEXT, /https?:|\b[\w-]+\.(?:com|org|io|dev|net)\b/);
});
