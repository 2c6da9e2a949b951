// @ts-check
/** Networks told over the serial line, by the codec of Improv's own client. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readImage } from "../../tools/lib/image.mjs";
import { AirDevice } from "../lib/air.mjs";
import { openImprov } from "../lib/improv-sdk.mjs";
import { served } from "../lib/place.mjs";
import { accessPoint, HOSTILE, OPEN, PLAIN } from "../lib/radio.mjs";
import { image } from "../lib/upload.mjs";

const { app, version } = readImage(image("factory"));
/** @type {AirDevice} */ let device;
/** @type {Awaited<ReturnType<typeof openImprov>>} */ let improv;
before(async () => {
  const air = [accessPoint(HOSTILE, 1), accessPoint(PLAIN, 2), accessPoint(OPEN, 3)];
  device = new AirDevice([], air, { speed: 5 });
  await device.powerOn();
  improv = await openImprov(device);
});
after(async () => {
  await improv?.end();
  await device?.close();
});

test("the client finds the unit and what it is", async () => {
  assert.deepEqual(await improv.client.initialize(5000), {
    firmware: app,
    version,
    chipFamily: "ESP32",
    name: "lws-000001",
    osName: null,
    osVersion: null,
  });
  assert.equal(improv.client.state, 2);
});

test("it lists the networks", async () => {
  /** @type {{ name: string, secured: boolean }[]} */ let found = [];
  for (let tries = 0; tries < 20 && found.length < 3; tries++) {
    found = await improv.client.scan();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const wanted = [HOSTILE, PLAIN, OPEN].map(({ ssid, passphrase }) => `${ssid} ${passphrase !== ""}`).sort();
  assert.deepEqual(found.map(({ name, secured }) => `${name} ${secured}`).sort(), wanted);
});

test("a wrong passphrase is told, and one that can't be one", async () => {
  await assert.rejects(improv.client.provision(PLAIN.ssid, "not this one", 20_000), /UNABLE_TO_CONNECT/);
  await assert.rejects(improv.client.provision(PLAIN.ssid, "short", 20_000), /UNABLE_TO_CONNECT/);
  await assert.rejects(improv.client.provision("n".repeat(33), "", 20_000), /UNABLE_TO_CONNECT/);
});

test("the right one is joined, and the client is told where the unit is", async () => {
  await improv.client.provision(PLAIN.ssid, PLAIN.passphrase, 20_000);
  assert.equal(improv.client.nextUrl, `http://${PLAIN.address}/`);
  assert.equal(improv.client.state, 4);
  await device.at(PLAIN.address);
  await improv.client.requestCurrentState();
  assert.equal(improv.client.nextUrl, `http://${PLAIN.address}/`);
});

test("what is no packet is passed over, and what is no command is answered", async () => {
  const answer = async (/** @type {Buffer} */ bytes) => {
    await device.control("serial");
    await device.control(`serial ${bytes.toString("hex")}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return Buffer.from((await device.control("serial")).data, "hex");
  };
  await improv.end();
  const packet = (/** @type {number[]} */ ...data) => {
    const bytes = Buffer.from([...Buffer.from("IMPROV"), 1, 3, data.length, ...data]);
    return Buffer.concat([bytes, Buffer.of(bytes.reduce((all, byte) => all + byte, 0) & 255)]);
  };
  const error = (/** @type {Buffer} */ bytes) => {
    assert.equal(bytes.toString("latin1", 0, 9), "IMPROV\x01\x02\x01");
    return bytes[9];
  };
  const broken = packet(2, 0);
  broken[broken.length - 1] ^= 1;
  assert.equal(error(await answer(broken)), 1);
  assert.equal(error(await answer(packet(2, 5))), 1);
  assert.equal(error(await answer(packet(99, 0))), 2);
  assert.equal(error(await answer(packet(1, 3, 9, 65, 66))), 1);
  assert.equal((await answer(Buffer.from("hello IMPRO\n"))).length, 0);
  const state = await answer(Buffer.concat([Buffer.from("IMIMPROV"), packet(2, 0).subarray(6)]));
  assert.equal(state.toString("latin1", 0, 10), "IMPROV\x01\x01\x01\x04");
});

test("where a debugger has the line, the unit serves without it", async () => {
  const taken = new AirDevice([], [accessPoint(PLAIN, 1)], { factory: "loud" });
  try {
    await taken.powerOn();
    await taken.waitForLine(/^W .*improv: .*in use/);
    await served(`https://${taken.apAddress}:${443 + taken.portBase}`, /data-page="setup"/);
  } finally {
    await taken.close();
  }
});
