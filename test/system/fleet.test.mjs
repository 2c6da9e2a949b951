// @ts-check
/** Two hundred units that all find their network at once, when the power comes back: their looks at the update server are spread over the time that is meant for it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { readChip } from "../lib/chip.mjs";
import { NETWORK } from "../lib/client.mjs";
import { Pki } from "../lib/pki.mjs";
import { pullDevice } from "../lib/pull.mjs";
import { accessPoint } from "../lib/radio.mjs";
import { imageOf, UpdateServer } from "../lib/update-server.mjs";

const UNITS = 200;
/** How many run at the same time: each counts its own time from when it is on its network. */
const AT_ONCE = 40;
/** The time of devices runs so many times faster than ours. */
const SPEED = 40;
/** An address: a name server is no part of this. */
const HOST = "127.0.0.1";
/** Milliseconds within which a unit looks. */
const WINDOW = 60_000;
/** Handshakes of many devices on few cores take long, by a device's clock. */
const PATIENT = 3_600_000;
const OPTIONS = {
  first: WINDOW,
  retries: [PATIENT],
  http: { connectTimeout: PATIENT, answerTimeout: PATIENT, bodyTimeout: PATIENT },
};

/** @type {UpdateServer} */ let server;
/** The chip of each of them. @type {Buffer} */ let flash;
/** @type {Device} */ let one;
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });

before(async () => {
  server = await UpdateServer.start(pki.make({ name: "server", names: [`IP:${HOST}`] }, root));
  server.offer({ app: imageOf("echo", "9.1.0") });
  one = pullDevice({ server, authority: root.cert, host: HOST, options: OPTIONS });
  flash = readChip(one);
});
after(() => {
  one?.close();
  server?.close();
  pki.close();
});

/** When a device looks: milliseconds of its own time from its address on. @param {number} number */
async function delayOf(number) {
  const mac = `240AC4${number.toString(16).padStart(6, "0")}`;
  const args = ["--speed", String(SPEED), "--mac", mac, "--clock", "real"];
  const device = new Device({ flash, air: accessPoint(NETWORK, 1), args });
  try {
    await device.powerOn();
    const [, joined] = await device.waitForLine(/\((\d+)\) wifi: joined/);
    const [, looked] = await device.waitForLine(/\((\d+)\) pull: checking/, { timeout: 60_000 });
    await device.waitForLine(/pull: fresh/, { timeout: 60_000 });
    return Number(looked) - Number(joined);
  } finally {
    await device.close();
  }
}

test("looks of a fleet are spread, none comes in a crowd", { timeout: 180_000 }, async (t) => {
  /** @type {number[]} */ const delays = [];
  for (let from = 1; from <= UNITS; from += AT_ONCE)
    delays.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => delayOf(from + i)))));
  assert.equal(server.requests.length, UNITS);
  const bins = Array(10).fill(0);
  for (const each of delays) bins[Math.min(Math.floor((10 * each) / WINDOW), 9)]++;
  t.diagnostic(`units in each tenth of the window: ${bins.join(" ")}`);
  // 20 are expected in each tenth: outside of these bounds lies less than one run in a million.
  assert.ok(
    bins.every((count) => count > 1 && count < 45),
    `${bins}`,
  );
  const sorted = delays.toSorted((a, b) => a - b);
  assert.ok(sorted[0] < WINDOW / 10 && sorted[UNITS - 1] > (9 * WINDOW) / 10 && sorted[UNITS - 1] < 1.5 * WINDOW);
  const crowd = Math.max(
    ...sorted.map((start) => sorted.filter((each) => each >= start && each < start + 1000).length),
  );
  assert.ok(crowd <= 16, `${crowd} units within a second, where 3 are expected`);
});
