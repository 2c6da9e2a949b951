// @ts-check
/** npm run check: types, lint, formatting and floors. Everything is checked, also after a first failure. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "./lib/npm.mjs";
import { BUILD, ROOT } from "./lib/paths.mjs";
import { main, say } from "./lib/run.mjs";

const TSC = join(ROOT, "node_modules", "typescript", "lib", "tsc.js");
const BIOME = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");
/** What the compiler emits is the truth about imports: those of types alone are gone. */
const EMITTED = join(BUILD, "check");

/** @type {[string, string[]][]} */
const CHECKS = [
  ["types of the firmware", [TSC, "-p", "tsconfig.json", "--outDir", EMITTED, "--noEmitOnError", "false"]],
  ["types of the tools and tests", [TSC, "-p", "tsconfig.tools.json"]],
  ["types of the pages", [TSC, "-p", "tsconfig.pages.json"]],
  ["lint and format", [BIOME, "check", "--error-on-warnings", "."]],
  ["floors", [join(ROOT, "tools", "check-floors.mjs"), EMITTED]],
];

main(async () => {
  await installPackages();
  rmSync(EMITTED, { recursive: true, force: true });
  const failed = CHECKS.filter(([name, args]) => {
    const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
    if (status !== 0) say(`${name}: failed`);
    return status !== 0;
  });
  say(failed.length === 0 ? "all checks pass" : `failed: ${failed.map(([name]) => name).join(", ")}`);
  return failed.length === 0 ? 0 : 1;
});
