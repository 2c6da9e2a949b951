// @ts-check
/** A turn of the event loop that does not end, in byte code or in a native: the watchdog resets the device, which does without the new part then. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MODULE } from "../../tools/lib/archive.mjs";
import { assembleFlash } from "../../tools/lib/flash.mjs";
import { withDevice } from "../lib/chip.mjs";
import { install, partOver } from "../lib/overlay.mjs";
import { image } from "../lib/upload.mjs";

const echo = image("echo");

/** @type {[name: string, code: string, message: RegExp][]} */
const HANGS = [
  ["a loop", "for (;;);", /xs: watchdog$/],
  ["a regular expression that tries for ever", "/(a+)+$/.test(`${'a'.repeat(50)}b`);", /xs: watchdog$/],
  [
    "a native that does not return",
    "Array.prototype.includes.call({ length: Number.MAX_SAFE_INTEGER }, 1);",
    /xs: watchdog: a native does not return$/,
  ],
];

for (const [name, code, message] of HANGS) {
  test(`the watchdog ends ${name}`, { timeout: 60_000 }, async () => {
    const flash = assembleFlash({ ota_0: echo });
    const app = `${code}\nexport default function start() {}\n`;
    install(flash, "A", 1, partOver(echo, [{ kind: MODULE, name: "app", data: Buffer.from(app) }]));
    // However fast the device's time runs, the watchdog leaves a turn its time.
    await withDevice({ factory: null, flash, args: ["--speed", "1000"] }, async (device) => {
      await device.powerOn();
      await device.waitForLine(message, { timeout: 50_000 });
      await device.waitForLine(/has not proved itself: rolling back/);
      await device.waitForLine(/access point .* is at/);
      const { running, reset } = await device.control("status");
      assert.deepEqual([running, reset], ["ota_0", "watchdog"]);
    });
  });
}
