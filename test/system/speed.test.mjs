// @ts-check
/** A device whose time runs faster than the world's. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { DEVICE } from "../../tools/lib/paths.mjs";
import { fetch } from "../lib/fetch.mjs";

const SPEED = 50;
const CLOCK = 1_800_000_000;
/** Milliseconds of the world that a measurement may be late. */
const LATE = 400;

/** @type {Device} */
let device;
/** @type {string} */
let url;
before(async () => {
  device = new Device({ factory: null, ota_0: "limits", args: ["--speed", String(SPEED), "--clock", String(CLOCK)] });
  await device.powerOn();
  await device.waitForAddress("access point");
  url = device.apUrl(82);
});
after(() => device?.close());

/** Milliseconds that the device says to have been on: by the control socket, by the console's stamps, by the clock of JavaScript. */
const TIMES = {
  figures: async () => (await device.figures()).uptime,
  console: async () => {
    const mark = device.mark();
    await device.control("restart");
    const [, stamp] = await device.waitForLine(/^. \((\d+)\) boot: /, { after: mark });
    await device.waitForLine(/access point .* is at http:/, { after: mark });
    return Number(stamp);
  },
  date: async () => {
    const answer = await fetch(url);
    await answer.text();
    return Date.parse(answer.headers.get("date") ?? "") - 1000 * CLOCK;
  },
};

for (const [name, read] of Object.entries(TIMES)) {
  test(`the device's time runs ${SPEED} times as fast: ${name}`, async () => {
    const start = performance.now();
    const first = await read();
    await delay(600);
    const before = performance.now();
    const second = await read();
    const end = performance.now();
    const passed = second - first;
    // Dates know no milliseconds.
    assert.ok(passed >= SPEED * (before - start - LATE) - 1000, `${passed} ms`);
    assert.ok(passed <= SPEED * (end - start) + 1000, `${passed} ms`);
  });
}

test("timers are the device's", async () => {
  const start = performance.now();
  assert.equal((await fetch(`${url}/slow/4000`)).status, 200);
  const passed = performance.now() - start;
  assert.ok(passed >= 4000 / SPEED && passed < 4000 / SPEED + LATE, `${passed} ms`);
});

test("a speed is a number from 1 to 1000", () => {
  for (const speed of ["0", "1001", "-1", "2.5", "x", ""]) {
    const { status, stderr } = spawnSync(DEVICE, ["--flash", "none", "--speed", speed], { encoding: "utf8" });
    assert.equal(status, 64, speed);
    assert.match(stderr, /--speed/);
  }
});
