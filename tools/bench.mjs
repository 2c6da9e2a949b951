// @ts-check
/** `npm run bench`: measures and prints a table, or with --json one object of named figures. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./lib/paths.mjs";
import { setUp } from "./lib/setup.mjs";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});
if (values.help) {
  process.stdout.write(
    "npm run bench [-- --json]\n\nMeasures byte codes and bytes on the virtual device, beside their budgets (test/bench/budget.json).\n",
  );
  process.exit(0);
}
await setUp();
const { measure } = await import("../test/bench/measure.mjs");
const figures = await measure();
if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
else {
  /** @type {Record<string, number>} */
  const budget = JSON.parse(readFileSync(join(ROOT, "test", "bench", "budget.json"), "utf8"));
  process.stdout.write(`${"figure".padEnd(28)}${"measured".padStart(10)}${"budget".padStart(10)}\n`);
  for (const [name, figure] of Object.entries(figures)) {
    process.stdout.write(
      `${name.padEnd(28)}${String(figure).padStart(10)}${String(budget[name] ?? "").padStart(10)}\n`,
    );
  }
}
