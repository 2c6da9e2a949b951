// @ts-check
/** No figure may grow past its budget. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { measure } from "./measure.mjs";

/** Bytes that the device has: 112 kB without the stack of the engine, and 80 kB. */
const JS_HEAP = 102_400;
const NATIVE_HEAP = 81_920;
/** Bytes by which the JavaScript heap grows at a time: how much of a step is garbage is a matter of when. */
const STEP = 2048;

/** @type {Record<string, number>} */
const budget = JSON.parse(readFileSync(new URL("budget.json", import.meta.url), "utf8"));

test("byte codes and bytes stay within their budgets", async (context) => {
  const figures = await measure();
  for (const [name, figure] of Object.entries(figures)) {
    await context.test(`${name}: ${figure}`, () => {
      const limit = budget[name];
      assert.ok(limit !== undefined, `${name} has no budget`);
      assert.ok((figure > 0 || limit === 0) && figure <= limit, `${name} is ${figure}, its budget ${limit}`);
    });
  }
  await context.test("a file of 20 MB needs no more memory than one of 20 kB", () => {
    const { upload_peak_bytes_20k: small, upload_peak_bytes_20m: large } = figures;
    assert.ok(Math.abs(large - small) <= STEP, `${small} for 20 kB, ${large} for 20 MB`);
  });
  await context.test("setup in use leaves 30 % of both heaps", () => {
    assert.ok(figures.setup_open_js_bytes < 0.7 * JS_HEAP, `${figures.setup_open_js_bytes} of ${JS_HEAP}`);
    assert.ok(
      figures.setup_open_native_bytes < 0.7 * NATIVE_HEAP,
      `${figures.setup_open_native_bytes} of ${NATIVE_HEAP}`,
    );
  });
  assert.deepEqual(Object.keys(figures).sort(), Object.keys(budget).sort());
});
