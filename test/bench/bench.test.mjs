// @ts-check
/** No figure may grow past its budget. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { measure } from "./measure.mjs";

/** @type {Record<string, number>} */
const budget = JSON.parse(readFileSync(new URL("budget.json", import.meta.url), "utf8"));

test("byte codes and bytes stay within their budgets", async (context) => {
  const figures = await measure();
  for (const [name, figure] of Object.entries(figures)) {
    await context.test(`${name}: ${figure}`, () => {
      const limit = budget[name];
      assert.ok(limit !== undefined, `${name} has no budget`);
      assert.ok(figure > 0 && figure <= limit, `${name} is ${figure}, its budget ${limit}`);
    });
  }
  await context.test("a file of 20 MB needs no more memory than one of 20 kB", () => {
    const { upload_peak_bytes_20k: small, upload_peak_bytes_20m: large } = figures;
    assert.ok(Math.abs(large - small) <= 1024, `${small} for 20 kB, ${large} for 20 MB`);
  });
  assert.deepEqual(Object.keys(figures).sort(), Object.keys(budget).sort());
});
