// @ts-check
/** Power that fails, spread evenly over everything that writes to flash; `npm run fault` tries every operation. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { campaign, evenly, HEADING, shares, tableLine, totals } from "../lib/cut-campaign.mjs";
import { FLOWS } from "./flows/all.mjs";

const CUTS = 200;

test("cuts are shared out by the roots of lengths, and spread from the first operation to the last", () => {
  assert.deepEqual(shares([100, 25, 4], 40), [24, 12, 4]);
  assert.deepEqual(shares([100, 50, 10, 3], 8), [2, 2, 2, 2]);
  assert.deepEqual(shares([10, 20], 1000), [10, 20]);
  assert.deepEqual(shares([], 10), []);
  assert.deepEqual(evenly(9, 5), [1, 3, 5, 7, 9]);
  assert.deepEqual(evenly(4, 4), [1, 2, 3, 4]);
  assert.deepEqual(evenly(7, 1), [7]);
});

test(`${CUTS} power cuts: a working image each time, the old settings or the new ones, and the flow goes on`, async (context) => {
  context.diagnostic(HEADING);
  const rows = await campaign(FLOWS, { cuts: CUTS, onRow: (row) => context.diagnostic(tableLine(row)) });
  const { passed, errors } = totals(rows);
  assert.deepEqual(
    errors.map(({ message }) => message),
    [],
  );
  assert.ok(passed >= CUTS, `${passed} passed`);
});
