// @ts-check
/** Credit: what a stream's user has no room for stays where it is, to the byte. The image is test/images/streammore. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Broker } from "../lib/broker.mjs";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { StreamDevice } from "../lib/streams.mjs";
import { WsOrigin } from "../lib/ws-origin.mjs";

/** @type {StreamDevice} */ let bed;
const origins = new Origins();
const pki = new Pki();
/** @type {Broker[]} */ const brokers = [];

before(async () => {
  bed = await StreamDevice.start(pki.make({ name: "root", authority: true }).cert, [], "streammore");
});
after(async () => {
  await bed?.close();
  for (const broker of brokers) await broker.close();
  origins.close();
  pki.close();
});

/** @param {string} type @param {object} order */
const create = (type, order) => bed.create(type, { connect: true, ...order });
/** @param {number} stream */
async function destroy(stream) {
  await bed.order({ stream, destroy: true });
  await bed.empty();
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz".repeat(50);
/** Grants that are given one after the other. */
const GRANTS = [1, 1, 2, 7, 100, 39, 500, 300];

/** Gives credit, and looks that no more comes. @param {number} stream @param {number} first */
async function meter(stream, first) {
  let granted = first;
  for (const grant of [0, ...GRANTS]) {
    granted += grant;
    if (grant > 0) await bed.order({ stream, addCredit: grant });
    for (let i = 0; i < 200 && bed.received(stream) < granted; i++) await bed.order({});
    await delay(5);
    await bed.order({});
    assert.equal(bed.received(stream), granted);
  }
  return granted;
}

test("HTTP: to the byte, whatever frames the body, and over the end of an answer", async () => {
  const port = await origins.http(async (request, response) => {
    if (request.url === "/sized") response.setHeader("Content-Length", LETTERS.length);
    if (request.url === "/close") response.removeHeader("Transfer-Encoding");
    if (request.url === "/close") response.shouldKeepAlive = false;
    for (let at = 0; at < LETTERS.length; at += 37) response.write(LETTERS.slice(at, at + 37));
    response.end();
  });
  const host = `localhost:${port}`;
  for (const path of ["sized", "chunked", "close"]) {
    const stream = await create("plain", { values: { host, path }, credit: 3 });
    const granted = await meter(stream, 3);
    // What ends a body that has no length is behind it.
    const end = path === "sized" ? 0 : 1;
    await bed.order({ stream, addCredit: LETTERS.length - granted + end });
    await bed.until(stream, "QOS_ACK_REMOTE");
    assert.equal(bed.received(stream), LETTERS.length, path);
    // The next one begins with what is left.
    await bed.order({ stream, connect: true });
    await bed.until(stream, "CONNECTED", 2);
    await delay(20);
    await bed.order({ stream });
    assert.equal(bed.received(stream), LETTERS.length + end);
    await bed.order({ stream, addCredit: 2 });
    await bed.until(stream, end ? "rx 0 2 bc" : "rx 1 2 ab");
    await destroy(stream);
  }
});

test("WebSocket: to the byte, in messages of any kind", async () => {
  const origin = new WsOrigin(origins);
  const host = await origin.listen();
  for (const type of ["eager", "patient"]) {
    const stream = await create(type, { values: { host, path: "" }, credit: 3 });
    await bed.until(stream, "CONNECTED");
    origin.last.send(LETTERS.slice(0, 600));
    for (let at = 600; at < 1200; at += 50) {
      origin.last.send(LETTERS.slice(at, at + 50), { fin: at % 100 === 50, binary: false });
      origin.last.ping();
    }
    const granted = await meter(stream, 3);
    await bed.order({ stream, addCredit: 1200 - granted });
    await bed.gets(stream, 1200);
    const pieces = bed.heard(stream).filter((text) => text.startsWith("rx "));
    const texts = pieces.map((text) => text.split(" ")[3]);
    assert.equal(texts[0] + texts[1] + texts[2], "abcde".slice(0, texts[0].length + texts[1].length + texts[2].length));
    const flags = pieces.map((text) => Number(text.split(" ")[1]));
    assert.equal(flags.filter((flag) => flag & 1).length, flags.filter((flag) => flag & 2).length);
    await destroy(stream);
  }
  origin.close();
});

test("MQTT: to the byte, and to that of the poorer one of two that hear the same", async () => {
  const broker = await Broker.start();
  brokers.push(broker);
  const values = { host: broker.place, name: "x" };
  const rich = await create("mq", { values, credit: 2000 });
  const poor = await create("mq", { values, credit: 3 });
  for (const each of [rich, poor]) await bed.until(each, "CONNECTED");
  for (const size of [600, 0, 400]) await broker.publish("in/x", LETTERS.slice(0, size), 1);
  const granted = await meter(poor, 3);
  assert.equal(bed.received(rich), granted);
  await bed.order({ stream: poor, addCredit: 1000 - granted });
  await bed.gets(rich, 1000);
  for (const stream of [rich, poor]) {
    const pieces = bed.heard(stream).filter((text) => text.startsWith("rx "));
    assert.deepEqual([pieces[0], pieces.filter((text) => text === "rx 3 0 ").length], ["rx 1 3 abc", 1]);
    assert.equal(pieces.filter((text) => Number(text.split(" ")[1]) & 2).length, 3);
  }
  await bed.order({ stream: rich, destroy: true });
  await destroy(poor);
});
