// @ts-check
/** Runs the unit image, whose cases run inside of the engine, and turns its report into subtests. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../tools/lib/device.mjs";
import { runCases } from "./lib/unit.mjs";

/** @type {Device} */
let device;
before(() => {
  // All cases together are more than an image may be: the heap is larger than a chip's.
  device = new Device({ factory: null, ota_0: "unit", args: ["--js-heap", "196608"] });
});
after(() => device?.close());

test("cases inside of the engine", { timeout: 60_000 }, (t) => runCases(t, device, 60));

test("log levels as the console shows them", () => {
  const shown = device.lines
    .map((line) => /^([EWNID]) \(\d+\) levels: (\d+ \w+)$/.exec(line)?.slice(1).join(" "))
    .filter(Boolean);
  const words = ["err", "warn", "notice", "info", "debug"];
  const expected = [0, 1, 2, 4, 8, 16, 31].flatMap((bits) =>
    words.filter((_, bit) => bits & (1 << bit)).map((word) => `${word[0].toUpperCase()} ${bits} ${word}`),
  );
  assert.deepEqual(shown, expected);
});

test("the console keeps its lines, whatever an image logs", () => {
  const hostile = device.lines.filter((line) => line.includes("levels: é"));
  assert.equal(hostile.length, 1);
  assert.match(hostile[0], /second.*third/);
  assert.equal(hostile[0].includes("\u001b"), false);
});
