// @ts-check
/** Runs an image whose cases run inside of the engine, and turns its report into subtests. */
import assert from "node:assert/strict";

const CASE = /unit: (ok|FAILED) (.*)$/;
const END = /unit: (\d+) passed, (\d+) failed$|board: reset: (.*)/;

/**
 * Powers the device on.
 * @param {import("node:test").TestContext} t
 * @param {import("../../tools/lib/device.mjs").Device} device
 * @param {number} least cases that there are
 */
export async function runCases(t, device, least) {
  await device.powerOn();
  const [, passed, failed, reset] = await device.waitForLine(END, { timeout: 50_000 });
  assert.equal(reset, undefined, device.tail(20));
  let reported = 0;
  for (const line of device.lines) {
    const [, verdict, text] = CASE.exec(line) ?? [];
    if (!verdict) continue;
    reported++;
    await t.test(verdict === "ok" ? text : text.slice(0, text.indexOf(": ", text.indexOf(": ") + 1)), () => {
      assert.equal(verdict, "ok", text);
    });
  }
  assert.equal(reported, Number(passed) + Number(failed), "every case reported once");
  assert.equal(reported > least, true, `only ${reported} cases ran`);
}
