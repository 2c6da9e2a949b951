// @ts-check
/** One peer that wants everything, where a port gives each two connections. The image is test/images/limits, port 82. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { Attackers, atRest, ELSEWHERE, fillPool, withstand } from "../lib/attack.mjs";

const WANTED = 60;
const DURATION = 3000;

/** @type {Device} */
let device;
before(async () => {
  device = new Device({ factory: null, ota_0: "limits" });
  await device.powerOn();
  await device.waitForAddress("access point");
  const first = new Attackers();
  await insist(first, 500);
  first.close();
  await fillPool(device.apUrl(80));
  await atRest(device);
});
after(() => device?.close());

/** Wants sixty connections, each again when it is closed; resolves with how many refusals there were. */
async function insist(/** @type {Attackers} */ attackers, /** @type {number} */ duration) {
  const { hostname, port } = new URL(device.apUrl(82));
  let refused = 0;
  const again = () => {
    if (attackers.isOver) return;
    const socket = connect({ host: hostname, port: Number(port), localAddress: ELSEWHERE });
    socket.on("error", () => {});
    socket.on("data", (data) => {
      if (data.toString("latin1").startsWith("HTTP/1.1 503 ")) refused++;
    });
    socket.once("close", () => setTimeout(again, 10));
    attackers.all.push(socket);
  };
  for (let i = 0; i < WANTED; i++) again();
  await delay(duration);
  return refused;
}

test("60 connections of one peer, beyond its cap of two, each of which comes back", { timeout: 40_000 }, (t) =>
  withstand(device, t, { url: device.apUrl(82), path: "/hello.txt" }, async (attackers) => {
    const refused = await insist(attackers, DURATION);
    assert.equal(refused > WANTED, true, `${refused} refused`);
    return `${attackers.lost} were closed in ${DURATION} ms, ${refused} with 503`;
  }),
);
