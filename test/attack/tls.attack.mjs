// @ts-check
/** Handshakes that do not go on, that come to nothing, or that come all the time. The image is test/images/tls. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Attackers, atRest, ELSEWHERE, withstand } from "../lib/attack.mjs";
import { Pki } from "../lib/pki.mjs";
import { certify, openTls, startTls } from "../lib/tls.mjs";

/** The first bytes of a record with a hello. */
const HALF = Buffer.from([22, 3, 1, 2, 0, 1]);
const GARBAGE = Buffer.from([22, 3, 1, 0, 5, 1, 2, 3, 4, 5]);
const DURATION = 5000;

/** @type {import("../../tools/lib/device.mjs").Device} */
let device;
const pki = new Pki();
const first = pki.make({ name: "first.lan" });

before(async () => {
  device = await startTls();
  assert.equal(await certify(device, "first.lan", first), "");
  const warm = new Attackers();
  for (let i = 0; i < 40; i++) warm.open(device.apUrl(443), i % 2 ? HALF : GARBAGE);
  for (let i = 0; i < 5; i++) await ask();
  warm.close();
  await atRest(device);
});
after(async () => {
  await device?.close();
  pki.close();
});

/** One request of a well-behaved client, handshake included; resolves with its milliseconds. */
async function ask() {
  const start = Date.now();
  const raw = await openTls(device, { servername: "first.lan", ca: first.cert });
  const response = await raw.write("GET /1k.txt HTTP/1.1\r\nHost: first.lan\r\nConnection: close\r\n\r\n").response();
  assert.equal(response.status, 200);
  raw.close();
  return Date.now() - start;
}

/** Runs an attack beside such a client. @param {import("node:test").TestContext} t @param {(attackers: Attackers) => void} begin */
const stand = (t, begin) =>
  withstand(
    device,
    t,
    ask,
    async (attackers) => {
      begin(attackers);
      await delay(DURATION);
      const { nativePeak, nativeLimit } = await device.figures();
      return `${attackers.lost} were closed; native heap at most ${nativePeak} of ${nativeLimit}`;
    },
    atRest,
  );

test("100 hellos that do not go on, each of which comes back when it is closed", { timeout: 60_000 }, (t) =>
  stand(t, (attackers) => {
    for (let i = 0; i < 100; i++) attackers.insist(device.apUrl(443), HALF);
  }),
);

test("30 peers' worth of hellos that are none, each of which comes back", { timeout: 60_000 }, (t) =>
  stand(t, (attackers) => {
    for (let i = 0; i < 30; i++) attackers.insist(device.apUrl(443), GARBAGE);
  }),
);

test("whole handshakes all the time, four at once", { timeout: 60_000 }, (t) =>
  stand(t, (attackers) => {
    const again = async () => {
      while (!attackers.isOver) {
        const options = { servername: "first.lan", ca: first.cert, localAddress: ELSEWHERE };
        await openTls(device, options).then(
          (raw) => raw.close(),
          () => {},
        );
      }
    };
    for (let i = 0; i < 4; i++) void again();
  }),
);
