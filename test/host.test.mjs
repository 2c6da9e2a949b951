// @ts-check
/**
 * The flash side of the virtual device by itself: programs in C that try what no run of a device reaches, as a power cut at each
 * operation or forged bytes at each place. Each line that such a program prints is a property that it has checked.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { BUILD, ROOT } from "../tools/lib/paths.mjs";

const PROGRAMS = ["nvs-format", "nvs-power-cut", "nvs-damage", "boot-select", "boot-damage", "rollback", "overlay"];
const PROPERTY = /^ok (.+): \d+ cases$/;
const OUT = join(BUILD, "test-host");
const TIMEOUT = 120_000;

const run = promisify(execFile);

before(() => run("make", ["-s", "-j2", "-C", join(ROOT, "test", "host"), `OUT=${OUT}`]), { timeout: TIMEOUT });

for (const program of PROGRAMS) {
  test(program, { timeout: TIMEOUT }, async (t) => {
    /** @type {{ stdout: string, stderr: string, code?: number | string | null, signal?: string | null }} */
    const { stdout, stderr, code = 0, signal = null } = await run(join(OUT, program)).catch((error) => error);
    const lines = stdout.split("\n").filter(Boolean);
    for (const line of lines) {
      const [, property = line] = PROPERTY.exec(line) ?? [];
      await t.test(property, () => assert.match(line, PROPERTY));
    }
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
    assert.notEqual(lines.length, 0, "the program has checked nothing");
  });
}
