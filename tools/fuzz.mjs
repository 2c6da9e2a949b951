// @ts-check
/**
 * npm run fuzz [-- CASES [SEED]]: the property tests of test/fuzz with many cases, for the night. The seed, which is new each time, is printed: with
 * it a failure comes again.
 */
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { ROOT } from "./lib/paths.mjs";
import { main, say } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";
import { filesBelow } from "./lib/stamp.mjs";

/** Properties in test/fuzz, which share the cases. */
const PROPERTIES = 9;

main(async () => {
  await setUp({ tests: true });
  const cases = Number(process.argv[2] ?? 100_000);
  const seed = process.argv[3] ?? String(Date.now() % 0x7fffffff);
  const files = filesBelow([join(ROOT, "test/fuzz")], (path) => path.endsWith(".test.mjs"));
  say(`${cases} cases, seed ${seed}`);
  const env = { ...process.env, FUZZ_RUNS: String(Math.ceil(cases / PROPERTIES)), FUZZ_SEED: seed };
  const args = ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files.map((path) => relative(ROOT, path))];
  return spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "inherit", "inherit"] }).status ?? 1;
});
