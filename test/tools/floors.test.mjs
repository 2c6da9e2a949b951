// @ts-check
/** The floor check finds what it is there to find. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkFloors } from "../../tools/lib/floors.mjs";

/**
 * The violations in a small repository.
 * @param {Record<string, string>} files
 * @param {Record<string, string>} [emitted]
 * @returns {string[]}
 */
function violations(files, emitted) {
  const root = mkdtempSync(join(tmpdir(), "lws-xs-floors-"));
  try {
    for (const [folder, contents] of Object.entries({ "": files, "build/js": emitted ?? {} })) {
      for (const [name, text] of Object.entries(contents)) {
        const file = join(root, folder, name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    }
    const result = checkFloors(root, new Set(["timer"]), emitted && join(root, "build/js"));
    return result.violations.map(({ file, line, text }) => `${file}:${line}: ${text}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const PLATFORM = { "modules/platform/chip.ts": "export const chip = 1;\n" };

test("imports that go down, or stay in their own folder, are fine", () => {
  assert.deepEqual(
    violations({
      ...PLATFORM,
      "modules/core/log.ts": 'import Timer from "timer";\nimport { chip } from "lws/platform/chip";\n',
      "modules/core/wsi.ts": 'import { log } from "./log";\n',
      "modules/http/mount.ts": 'import { wsi } from "lws/core/wsi";\n',
      "plugins/echo.ts": 'import { mount } from "lws/http/mount";\n',
      "factory/app.ts": 'import { echo } from "plugins/echo";\nimport { chip } from "lws/platform/chip";\n',
      "main.ts": 'import start from "app";\n',
    }),
    [],
  );
});

test("an import that climbs is found, with its line", () => {
  assert.deepEqual(
    violations({
      "modules/core/context.ts":
        '/* a comment with import "lws/http/x" */\n\nimport { mount } from "lws/http/mount";\n',
      "modules/http/mount.ts": "export const mount = 1;\n",
    }),
    [
      "modules/core/context.ts:3: modules/core may not import modules/http/mount.ts: modules/http lies on a floor above",
    ],
  );
});

test("types, re-exports, dynamic and relative imports can climb as well", () => {
  const text = [
    'import type { A } from "lws/roles/h1";',
    'export * from "lws/roles/h1";',
    'export type { A as B } from "lws/roles/h1";',
    'const later = () => import("lws/roles/h1");',
    'import "../roles/h1";',
    'let a: import("lws/roles/h1").A;',
  ];
  const found = violations({ "modules/vfs/zip.ts": text.join("\n"), "modules/roles/h1.ts": "export type A = 1;\n" });
  assert.deepEqual(
    found.map((line) => line.slice(0, 21)),
    text.map((_, i) => `modules/vfs/zip.ts:${i + 1}:`),
  );
});

test("a neighbour on the same floor may not be imported", () => {
  const files = { "modules/http/a.ts": 'import "lws/system/b";\n', "modules/system/b.ts": "" };
  assert.match(violations(files)[0], /^modules\/http\/a\.ts:1: .*same floor$/);
});

test("a cycle is found, inside a folder too", () => {
  const files = {
    "modules/core/a.ts": 'import { b } from "./b";\n',
    "modules/core/b.ts": '\nimport { c } from "./c";\n',
    "modules/core/c.ts": '\n\nimport { a } from "./a";\n',
  };
  assert.deepEqual(violations(files), [
    "modules/core/c.ts:3: import cycle: modules/core/a.ts → modules/core/b.ts → modules/core/c.ts → modules/core/a.ts",
  ]);
});

test("imports of types alone make no cycle", () => {
  assert.deepEqual(
    violations({
      "modules/core/a.ts": 'import type { B } from "./b";\nexport interface A {}\n',
      "modules/core/b.ts": 'import { a } from "./a";\n',
    }),
    [],
  );
  const files = {
    "modules/core/a.ts": 'import { type B } from "./b";\n',
    "modules/core/b.ts": 'import { a } from "./a";\n',
  };
  assert.equal(violations(files).length, 1);
  const emitted = { "modules/core/a.js": "export {};\n", "modules/core/b.js": 'import { a } from "./a";\n' };
  assert.deepEqual(violations(files, emitted), []);
});

test("only firmware and declared specifiers of the SDK can be imported", () => {
  const found = violations({
    "modules/core/a.ts": 'import fs from "node:fs";\nimport { x } from "lws/core/missing";\n',
  });
  assert.equal(found.length, 2);
  assert.match(found[0], /^modules\/core\/a\.ts:1: "node:fs" is neither/);
});

test("only main imports app", () => {
  assert.equal(violations({ "plugins/a.ts": 'import "app";\n', "main.ts": 'import "app";\n' }).length, 1);
});

test("a file on no floor is found", () => {
  assert.deepEqual(violations({ "modules/attic/a.ts": "" }), ["modules/attic/a.ts:1: lies on no floor"]);
});

test("for await outside a function is found, inside one it is not", () => {
  const text = [
    "export async function f(source: AsyncIterable<number>): Promise<void> {",
    "  if (source) { for await (const x of source) use(`${x}`); }",
    "}",
    "const g = async () => { for await (const x of y) {} };",
    "class C { async m() { for await (const x of y) {} } }",
    "if (true) {",
    "  for await (const x of y) {}",
    "}",
  ];
  assert.deepEqual(violations({ "modules/core/a.ts": text.join("\n") }), [
    "modules/core/a.ts:7: for await outside a function crashes the engine",
  ]);
});
