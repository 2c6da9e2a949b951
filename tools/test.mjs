// @ts-check
/**
 * npm test [-- FILE …]: sets everything up, runs the checks, then all test files (or those given) under node:test. Ends with the
 * runner's totals.
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { ROOT } from "./lib/paths.mjs";
import { main } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";
import { filesBelow } from "./lib/stamp.mjs";

/** Half of the tests mostly wait, so that three at a time keep a machine of two cores busy. */
const CONCURRENCY = 3;
/** Milliseconds that a file may take. */
const TIMEOUT = 240_000;

/**
 * Spreads the files of each folder evenly over the whole run: browsers and power cuts want processors, what is tried with one device waits.
 * @param {string[]} files
 */
function mixed(files) {
  /** @type {Map<string, string[]>} */ const folders = new Map();
  for (const file of files) folders.set(dirname(file), [...(folders.get(dirname(file)) ?? []), file]);
  const placed = [...folders.values()].flatMap((folder) =>
    folder.map((file, i) => ({ file, place: (i + 0.5) / folder.length })),
  );
  return placed.sort((a, b) => a.place - b.place).map(({ file }) => file);
}

/** Runs test files as `node --test` does, which would sort them. @param {string[]} files @returns {Promise<boolean>} whether all passed */
async function passes(files) {
  let isPassed = true;
  const tests = run({ files, concurrency: CONCURRENCY, timeout: TIMEOUT });
  tests.on("test:fail", () => {
    isPassed = false;
  });
  await pipeline(tests, new spec(), process.stdout, { end: false });
  return isPassed;
}

main(async () => {
  process.chdir(ROOT);
  await setUp({ tests: true });
  const given = process.argv.slice(2);
  if (given.length > 0) return (await passes(given)) ? 0 : 1;
  const checks = spawnSync(process.execPath, ["tools/check.mjs"], { stdio: ["ignore", "inherit", "inherit"] });
  const files = filesBelow([join(ROOT, "test")], (path) => path.endsWith(".test.mjs"));
  return (await passes(mixed(files))) && checks.status === 0 ? 0 : 1;
});
