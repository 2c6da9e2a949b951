// @ts-check
/** Streams by MQTT, with brokers that refuse, talk nonsense, break off, or say nothing. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { message, OddBroker, packet } from "../lib/broker.mjs";
import { Pki } from "../lib/pki.mjs";
import { StreamDevice } from "../lib/streams.mjs";

/** @typedef {import("../lib/broker.mjs").Said} Said */
/** @typedef {import("node:net").Socket} Socket */

/** So many seconds of the device are one here. */
const SPEED = 4;

/** @type {StreamDevice} */ let bed;
/** @type {OddBroker[]} */ const brokers = [];
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });

before(async () => {
  bed = await StreamDevice.start(root.cert, ["--speed", String(SPEED)]);
});
after(async () => {
  await bed?.close();
  for (const broker of brokers) broker.close();
  pki.close();
});

/** @param {(packet: Said, socket: Socket, connection: number) => void} answer */
async function odd(answer) {
  const broker = await OddBroker.start(answer);
  brokers.push(broker);
  return broker;
}

const CONNACK = packet(0x20, 0, 0);
/** What a broker answers that is as it should be. @param {Said} said @returns {Buffer | undefined} */
function good({ type, first, body }) {
  const topicLength = body.length > 1 ? body.readUInt16BE(0) : 0;
  const qos = (first >> 1) & 3;
  switch (type) {
    case "connect":
      return CONNACK;
    case "subscribe":
      return packet(0x90, body[0], body[1], body[body.length - 1]);
    case "unsubscribe":
      return packet(0xb0, body[0], body[1]);
    case "publish":
      if (qos > 0) return packet(qos === 1 ? 0x40 : 0x50, body[topicLength + 2], body[topicLength + 3]);
      return undefined;
    case "pubrel":
      return packet(0x70, body[0], body[1]);
    case "pingreq":
      return packet(0xd0);
    default:
      return undefined;
  }
}
/** @param {Said} said @param {Socket} socket */
function behave(said, socket) {
  const bytes = good(said);
  if (bytes) socket.write(bytes);
}

/** A stream of a broker, and how it has ended. @param {OddBroker} broker @param {string} type @param {object} [order] */
async function ended(broker, type, order = { connect: true }) {
  const stream = await bed.create(type, { values: { host: broker.place, name: "x" }, ...order });
  await bed.until(stream, "ALL_RETRIES_FAILED");
  const states = bed.states(stream);
  await bed.order({ stream, destroy: true });
  await bed.empty();
  return states;
}

const UNREACHABLE = "CREATING CONNECTING UNREACHABLE ALL_RETRIES_FAILED";

test("answers to CONNECT that are none, or refuse", async () => {
  for (const [bytes, state] of /** @type {[Buffer, string][]} */ ([
    ...[1, 2, 3].map((code) => [packet(0x20, 0, code), UNREACHABLE]),
    ...[4, 5].map((code) => [packet(0x20, 0, code), UNREACHABLE.replace("UNREACHABLE", "AUTH_FAILED")]),
    [packet(0x20, 0, 6), UNREACHABLE],
    [packet(0x20, 2, 0), UNREACHABLE],
    [packet(0x20, 1, 5), UNREACHABLE],
    // A session, where there can be none: we have no name.
    [packet(0x20, 1, 0), UNREACHABLE],
    [packet(0x20, 0), UNREACHABLE],
    [packet(0x20, 0, 0, 0), UNREACHABLE],
    [packet(0x21, 0, 0), UNREACHABLE],
    [packet(0xd0), UNREACHABLE],
    [packet(0x90, 0, 1, 0), UNREACHABLE],
    [message("in/x", "early"), UNREACHABLE],
    [packet(0x10, 0, 4, "MQTT", 4, 2, 0, 0, 0, 0), UNREACHABLE],
    [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), UNREACHABLE],
    [Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]), UNREACHABLE],
    [Buffer.alloc(5000), UNREACHABLE],
  ])) {
    const broker = await odd((_said, socket) => socket.write(bytes));
    assert.equal(await ended(broker, "mq0"), state, bytes.toString("hex", 0, 12));
  }
});

test("nonsense on a connection that stands", async () => {
  for (const bytes of [
    CONNACK,
    packet(0x00),
    packet(0xf0, 1),
    packet(0xe0),
    packet(0xc0),
    packet(0x82, 0, 1, 0, 1, "a", 0),
    packet(0x36, 0, 1, "a", 0, 1),
    packet(0x38, 0, 1, "a"),
    packet(0x32, 0, 1, "a", 0, 0),
    packet(0x30, 0),
    packet(0x30, 0, 0, 1),
    packet(0x30, 0, 9, "a"),
    packet(0x32, 0, 1, "a", 1),
    packet(0x30, 0, 3, "a/+"),
    packet(0x30, 0, 1, 0xff),
    packet(0x30, 0, 2, "a", 0),
    packet(0x40, 0, 0),
    packet(0x40, 0, 1, 0),
    packet(0x60, 0, 1),
    packet(0x90, 0, 1, 3),
    packet(0x90, 0, 1, 0, 0),
    packet(0xd0, 0),
    Buffer.from([0xd0, 0x80, 0x80, 0x80, 0x80, 0]),
  ]) {
    /** @type {import("node:net").Socket | undefined} */ let wire;
    const broker = await odd((said, socket) => {
      behave(said, socket);
      wire = socket;
    });
    const stream = await bed.create("mq0", { values: { host: broker.place, name: "x" }, connect: true });
    await bed.until(stream, "CONNECTED");
    wire?.write(bytes);
    await bed.until(stream, "DISCONNECTED");
    await bed.order({ stream, destroy: true });
    assert.match(bed.states(stream), /^CREATING CONNECTING CONNECTED DISCONNECTED/, bytes.toString("hex"));
  }
  await bed.empty();
});

test("byte by byte, and what is not asked for is passed over", async () => {
  const broker = await odd(async (said, socket) => {
    const bytes = Buffer.concat([
      good(said) ?? Buffer.alloc(0),
      ...(said.type === "subscribe"
        ? [
            message("else/where", "no"),
            message(`in/x/${"y".repeat(300)}`, "no", 1, 9),
            packet(0x40, 9, 9),
            packet(0xb0, 9, 9),
          ]
        : []),
      ...(said.type === "subscribe" ? [message("in/x/a", "yes", 2, 300), packet(0x62, 1, 44)] : []),
    ]);
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await delay(0);
    }
  });
  const stream = await bed.create("mq2", { values: { host: broker.place, name: "x" }, connect: true });
  await bed.until(stream, "rx");
  while (!broker.kinds.includes("pubcomp")) await bed.order({});
  await bed.order({ stream, text: "hello" });
  await bed.until(stream, "QOS_ACK_REMOTE");
  assert.equal(broker.kinds, "connect subscribe puback pubrec pubcomp publish pubrel");
  assert.equal(bed.received(stream), 3);
  await bed.order({ stream, destroy: true });
  await bed.empty();
  while (!broker.kinds.endsWith("unsubscribe disconnect")) await delay(5);
});

test("ends at every point: by a FIN and by a reset", async () => {
  const points = ["connect", "subscribe", "publish", "pubrel"];
  for (const point of points) {
    for (const cut of [0, 1, 3]) {
      const broker = await odd((said, socket, connection) => {
        const bytes = good(said);
        if (said.type !== point || connection > 2) {
          if (bytes) socket.write(bytes);
        } else {
          socket.write((bytes ?? Buffer.alloc(0)).subarray(0, cut));
          if (connection === 1) socket.end();
          else setTimeout(() => socket.resetAndDestroy(), 5);
        }
      });
      const stream = await bed.create("mq2", { values: { host: broker.place, name: "x" }, text: "hello" });
      // Without a session, what was not acknowledged is not known to have arrived.
      const isLost = point === "publish" || point === "pubrel";
      await bed.until(stream, isLost ? "QOS_NACK_REMOTE" : "QOS_ACK_REMOTE");
      await bed.order({ stream, destroy: true });
      await bed.order({});
      const legal =
        /^CREATING POLL CONNECTING( UNREACHABLE CONNECTING| CONNECTED( QOS_N?ACK_REMOTE)? DISCONNECTED CONNECTING)* CONNECTED( QOS_N?ACK_REMOTE)+( DISCONNECTED)* DESTROYING$/;
      assert.match(bed.states(stream), legal, `${point} ${cut}`);
    }
  }
  await bed.empty();
});

test("a session that the broker knows: messages are repeated, in their order and as what they are", async () => {
  const broker = await odd((said, socket, connection) => {
    if (said.type === "connect") socket.write(packet(0x20, connection > 1 ? 1 : 0, 0));
    else if (connection === 1 && said.type === "publish") socket.destroy();
    else if (connection === 2 && said.type === "pubrel") socket.destroy();
    else behave(said, socket);
  });
  await bed.order({ mqtt: { id: "unit-9" } });
  const stream = await bed.create("mq2", { values: { host: broker.place, name: "x" }, text: "hello" });
  await bed.until(stream, "QOS_ACK_REMOTE");
  const sent = broker.said.filter(({ type }) => type.startsWith("pub"));
  assert.deepEqual(
    sent.map(({ type, first }) => `${type} ${first & 15}`),
    ["publish 4", "publish 12", "pubrel 2", "pubrel 2"],
  );
  assert.deepEqual(sent[0].body, sent[1].body);
  await bed.order({ stream, destroy: true, mqtt: {} });
  await bed.empty();
});

test("a message that came twice is heard once", async () => {
  const broker = await odd((said, socket) => {
    behave(said, socket);
    if (said.type === "subscribe") socket.write(message("in/x", "once", 2, 7));
    const pubrecs = broker.kinds.split("pubrec").length - 1;
    if (said.type === "pubrec")
      socket.write(
        pubrecs === 1
          ? Buffer.concat([Buffer.of(0x3c), message("in/x", "once", 2, 7).subarray(1)])
          : packet(0x62, 0, 7),
      );
  });
  const stream = await bed.create("mq2", { values: { host: broker.place, name: "x" }, connect: true });
  while (!broker.kinds.endsWith("pubrec pubrec pubcomp")) await bed.order({});
  assert.equal(bed.received(stream), 4);
  await bed.order({ stream, destroy: true });
  await bed.empty();
});

test("who gets no answer: to CONNECT, to SUBSCRIBE, to a message, to a ping", async () => {
  const mute = (/** @type {string} */ what) =>
    odd((said, socket) => {
      if (said.type !== what) behave(said, socket);
    });
  assert.equal(await ended(await mute("connect"), "mq0"), UNREACHABLE);
  assert.equal(await ended(await mute("subscribe"), "mq0"), UNREACHABLE);
  const deaf = await mute("publish");
  const stream = await bed.create("mq1", { values: { host: deaf.place, name: "x" }, text: "hello" });
  await bed.until(stream, "QOS_NACK_REMOTE");
  const flags = deaf.said.filter(({ type }) => type === "publish").map(({ first }) => first & 8);
  assert.deepEqual(flags, [0, 8, 8, 8]);
  await bed.order({ stream, destroy: true });
  const refusing = await odd((said, socket) => {
    if (said.type === "subscribe") socket.write(packet(0x90, said.body[0], said.body[1], 0x80));
    else behave(said, socket);
  });
  assert.equal(await ended(refusing, "mq0"), UNREACHABLE);
  await bed.empty();
});

test("pings, and a broker that falls silent", async () => {
  let isSilent = false;
  const broker = await odd((said, socket) => {
    if (!isSilent) behave(said, socket);
  });
  const stream = await bed.create("mq_life", { values: { host: broker.place, name: "x" }, connect: true });
  await bed.until(stream, "CONNECTED");
  const since = Date.now();
  while (!broker.kinds.includes("pingreq")) await delay(20);
  // 90 % of four seconds, less what was said meanwhile.
  const took = SPEED * (Date.now() - since);
  assert.ok(took > 3000 && took < 5000, `${took} ms`);
  isSilent = true;
  await bed.until(stream, "DISCONNECTED", 1, 8000);
  assert.equal(broker.said.filter(({ type }) => type === "pingreq").length, 2);
  await bed.order({ stream, destroy: true });
  await bed.empty();
});

test("a stream that takes nothing: the broker still hears of us, and its own silence is not held against it", async () => {
  const broker = await odd((said, socket) => {
    behave(said, socket);
    if (said.type === "subscribe")
      socket.write(Buffer.concat([message("in/x", "ab", 1, 1), message("in/x", "cd", 1, 2)]));
  });
  const stream = await bed.create("mq_life", { values: { host: broker.place, name: "x" }, connect: true, credit: 2 });
  await bed.until(stream, "rx");
  while ((broker.kinds.match(/pingreq/g) ?? []).length < 3) await delay(20);
  await bed.order({});
  assert.equal(bed.received(stream), 2);
  assert.equal(broker.kinds.match(/puback/g)?.length, 1);
  await bed.order({ stream, addCredit: 100 });
  await bed.until(stream, "rx", 2);
  assert.equal(bed.states(stream), "CREATING CONNECTING CONNECTED");
  await bed.order({ stream, destroy: true });
  await bed.empty();
});
