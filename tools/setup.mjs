// @ts-check
/** node tools/setup.mjs [--tests]: everything that a start (or a test run) needs, and nothing else. */
import { main } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

main(() => setUp({ tests: process.argv.includes("--tests") }));
