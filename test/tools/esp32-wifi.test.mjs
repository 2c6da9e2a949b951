// @ts-check
/** The scan of boards, over a stand-in for the driver. Each mistake that it could make is made on purpose once, and is found. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../../tools/lib/paths.mjs";

const SCAN = join(ROOT, "modules", "platform", "esp32", "radio", "wifi-scan.c");
const TOOLS = join(ROOT, "test", "tools");
const FAKES = join(TOOLS, "esp32-fakes");
const FLAGS = ["-std=gnu17", ...[FAKES, join(TOOLS, "esp32-headers")].flatMap((path) => ["-I", path])];

const folder = mkdtempSync(join(tmpdir(), "lws-xs-scan-"));
after(() => rmSync(folder, { recursive: true }));

/** @param {string} from @param {string} to */
function compiled(from = "", to = "") {
  const text = readFileSync(SCAN, "utf8");
  if (from) assert.equal(text.split(from).length, 2, `wifi-scan.c has "${from}" once`);
  const copy = join(folder, "wifi-scan.c");
  const program = join(folder, "scan");
  writeFileSync(copy, `#line 1 "wifi-scan.c"\n${text.replace(from, to)}`);
  const sources = [copy, join(FAKES, "engine.c"), join(TOOLS, "esp32-wifi", "scan.c")];
  const strict = from ? ["-w"] : ["-Wall", "-Wextra", "-Werror"];
  execFileSync("gcc", [...FLAGS, ...strict, "-o", program, ...sources], { stdio: "pipe" });
  return () => execFileSync(program, { encoding: "utf8", stdio: "pipe" });
}

test("every network is told of once, and no scan leaves anything behind", () => {
  assert.equal(compiled()(), "whole\n");
});

/** @type {Record<string, [from: string, to: string]>} */
const MISTAKES = {
  "the callback is kept": ["\txsForget(scan.callback);", ""],
  "a scan that is refused counts as running": ["\t\tstop(the);\n\t\txsUnknownError", "\t\txsUnknownError"],
  "the end of an older scan is taken for that of this one": [" || (uintptr_t)refcon != scan.number", ""],
  "a scan that was cancelled tells what it found": ["!scan.running || ", ""],
  "each scan listens once more": ["listens = true", "listens = false, (void)!listens"],
  "two scans at once": ["\tif (scan.running)\n\t\txsUnknownError", "\tif (0)\n\t\txsUnknownError"],
  "passive scans are active": ["&& !xsmcTest(xsVar(0)))", "&& 0)"],
};

for (const [name, [from, to]] of Object.entries(MISTAKES)) {
  test(`found: ${name}`, () => {
    assert.throws(compiled(from, to));
  });
}
