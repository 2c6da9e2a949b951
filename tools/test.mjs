// @ts-check
/**
 * npm test [-- FILE …]: sets everything up, runs the checks, then all test files (or those given) under node:test. Ends with the
 * runner's totals.
 */
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { ROOT } from "./lib/paths.mjs";
import { main } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";
import { filesBelow } from "./lib/stamp.mjs";

/** Devices are mostly idle, but the machine may have no more than two cores. */
const CONCURRENCY = 2;
/** Milliseconds that a file may take; node gives it to each test, too. */
const TIMEOUT = 240_000;

main(async () => {
  await setUp({ tests: true });
  const given = process.argv.slice(2);
  const files =
    given.length > 0
      ? given
      : filesBelow([join(ROOT, "test")], (path) => path.endsWith(".test.mjs")).map((path) => relative(ROOT, path));
  const node = (/** @type {string[]} */ args) =>
    spawnSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] }).status ?? 1;
  const checks = given.length > 0 ? 0 : node(["tools/check.mjs"]);
  const tests = node([
    "--test",
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TIMEOUT}`,
    "--test-reporter=spec",
    ...files,
  ]);
  return checks || tests;
});
