// @ts-check
/** `npm run bench`: measures and prints tables, or with --json one object of the named figures alone. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./lib/paths.mjs";
import { setUp } from "./lib/setup.mjs";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});
if (values.help) {
  process.stdout.write(
    "npm run bench [-- --json]\n\nMeasures byte codes and bytes on the virtual device, beside their budgets (test/bench/budget.json), then CPU per\n" +
      "request beside a plain Node server, and the rate of an update beside that of a body that nobody keeps. With --json: the byte codes and bytes alone.\n",
  );
  process.exit(0);
}
await setUp({ tests: true });
const { measure } = await import("../test/bench/measure.mjs");
const figures = await measure();
if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
else {
  /** @type {Record<string, number>} */
  const budget = JSON.parse(readFileSync(join(ROOT, "test", "bench", "budget.json"), "utf8"));
  /** @param {[string, ...(string | number)[]][]} rows */
  const print = (rows) => {
    for (const [name, ...cells] of rows) {
      process.stdout.write(`${name.padEnd(30)}${cells.map((cell) => String(cell).padStart(10)).join("")}\n`);
    }
  };
  print([["figure", "measured", "budget"]]);
  print(Object.entries(figures).map(([name, figure]) => [name, figure, budget[name] ?? ""]));
  const { yardstick } = await import("../test/bench/yardstick.mjs");
  const rows = await yardstick();
  process.stdout.write(`\nCPU per request on this machine (${cpus()[0]?.model.trim()}, Node ${process.version})\n`);
  print([["", "device µs", "Node µs", "ratio"]]);
  print(rows.map(({ name, device, node, ratio }) => [name, device.toFixed(0), node.toFixed(0), ratio.toFixed(2)]));
  const { compareRates } = await import("../test/bench/install.mjs");
  const { install, discard, ratio } = await compareRates();
  const megabytes = (/** @type {number} */ rate) => (rate / 1e6).toFixed(1);
  process.stdout.write("\nUploads by TLS, MB for each second of the device's CPU\n");
  print([
    ["", "installed", "discarded", "ratio"],
    ["image of 2.2 MB", megabytes(install), megabytes(discard), ratio.toFixed(2)],
  ]);
}
