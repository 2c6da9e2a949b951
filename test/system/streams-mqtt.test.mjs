// @ts-check
/** Streams by MQTT, with a broker that is as brokers are. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Broker } from "../lib/broker.mjs";
import { Pki } from "../lib/pki.mjs";
import { rested } from "../lib/settle.mjs";
import { StreamDevice } from "../lib/streams.mjs";

/** @type {StreamDevice} */ let bed;
/** @type {Broker} */ let broker;
/** @type {Broker} */ let secure;
/** @type {Broker[]} */ const brokers = [];
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: "localhost" }, root);

before(async () => {
  bed = await StreamDevice.start(root.cert);
  broker = await Broker.start();
  secure = await Broker.start({}, pair);
  brokers.push(broker, secure);
});
after(async () => {
  await bed?.close();
  for (const each of brokers) await each.close();
  pki.close();
});

/** Waits for something. @param {() => unknown} what */
async function soon(what, patience = 5000) {
  const since = Date.now();
  while (!what()) {
    if (Date.now() - since > patience) throw new Error(`not so: ${what}\n${bed.device.tail(10)}`);
    await delay(5);
  }
}

/** @param {number} stream @param {string} state @param {number} [count] */
const until = (stream, state, count) => bed.until(stream, state, count);
/** @param {string} name @param {Broker} [at] */
const values = (name, at = broker) => ({ values: { host: at.place, name } });
/** Payload that a stream was given. @param {number} stream */
const taken = (stream) =>
  bed
    .heard(stream)
    .filter((text) => text.startsWith("rx "))
    .map((text) => text.split(" ").slice(3).join(" "));

for (const [type, qos] of /** @type {const} */ ([
  ["mq0", 0],
  ["mq1", 1],
  ["mq2", 2],
  ["mq_tls", 2],
])) {
  test(`${type}: there and back`, async () => {
    const at = type === "mq_tls" ? secure : broker;
    const stream = await bed.create(type, { ...values(type, at), text: "hello" });
    await soon(() => at.to(`out/${type}`).length === 1);
    const [heard] = at.heard.filter(({ topic }) => topic === `out/${type}`);
    assert.deepEqual([heard.text, heard.qos, heard.retain, heard.dup], ["hello", qos, false, false]);
    if (qos > 0) await until(stream, "QOS_ACK_REMOTE");
    await until(stream, "CONNECTED");
    assert.equal(bed.states(stream), `CREATING POLL CONNECTING CONNECTED${qos > 0 ? " QOS_ACK_REMOTE" : ""}`);
    const topic = type === "mq_tls" ? `in/${type}` : `in/${type}/a`;
    for (const each of /** @type {const} */ ([0, 1, 2])) await at.publish(topic, `hi ${each}`, each);
    await bed.until(stream, "rx", 3);
    assert.deepEqual(taken(stream), ["hi 0", "hi 1", "hi 2"]);
    // Without an end, without flags, without anything.
    await at.publish(topic, "", 1);
    await bed.until(stream, "rx", 4);
    assert.equal(bed.heard(stream).at(-1), "rx 3 0 ");
    await bed.order({ stream, destroy: true });
    await soon(() => at.unsubscribed.includes(type === "mq_tls" ? topic : `in/${type}/#`));
    await bed.empty();
  });
}

test("messages of any size: in pieces, gathered, or too large to be kept", async () => {
  const big = await bed.create("mq0", { ...values("big"), write: 50_000, piece: 900, length: 50_000 });
  await soon(() => broker.to("out/big").length === 1);
  assert.equal(broker.to("out/big")[0], "m".repeat(50_000));
  await bed.order({ stream: big, write: 3000, piece: 900 });
  await soon(() => broker.to("out/big").length === 2);
  assert.equal(broker.to("out/big")[1].length, 3000);
  await broker.publish("in/big/x", Buffer.alloc(60_000, "0123456789"), 2);
  await bed.gets(big, 60_000);
  const flags = bed
    .heard(big)
    .filter((text) => text.startsWith("rx "))
    .map((text) => Number(text.split(" ")[1]));
  assert.deepEqual([flags[0], flags.at(-1), new Set(flags.slice(1, -1))], [1, 2, new Set([0])]);
  for (const length of [0, 4000]) {
    const stream = await bed.create("mq1", { ...values("mid"), write: 4000, piece: 900, length });
    await until(stream, "QOS_ACK_REMOTE");
    assert.equal(broker.to("out/mid").pop()?.length, 4000);
    await bed.order({ stream, write: 5000, length: length && 5000 });
    await until(stream, "QOS_NACK_REMOTE");
    await bed.order({ stream, text: "still here" });
    await until(stream, "QOS_ACK_REMOTE", 2);
    await bed.order({ stream, destroy: true });
  }
  await bed.order({ stream: big, destroy: true });
  await bed.empty();
});

test("a message that is shorter than it was said to be ends the connection, for all", async () => {
  const other = await bed.create("mq1", { ...values("other"), connect: true });
  await until(other, "CONNECTED");
  const stream = await bed.create("mq0", { ...values("short"), write: 300, piece: 100, length: 500 });
  await until(stream, "DISCONNECTED");
  await until(other, "CONNECTED", 2);
  assert.equal(bed.states(other), "CREATING CONNECTING CONNECTED DISCONNECTED CONNECTING CONNECTED");
  assert.deepEqual(broker.to("out/short"), []);
  for (const each of [stream, other]) await bed.order({ stream: each, destroy: true });
  await bed.empty();
});

test("a topic that its values make impossible", async () => {
  const stream = await bed.create("mq_keep", { ...values("a/#"), text: "nobody" });
  await until(stream, "QOS_NACK_REMOTE");
  await bed.order({ stream, destroy: true });
  const other = await bed.create("mq1", { ...values("a+"), connect: true });
  await until(other, "UNREACHABLE");
  await bed.order({ stream: other, destroy: true });
  await bed.empty();
});

test("several streams share a connection, and each hears what is for it", async () => {
  const before = broker.clients.length;
  const streams = [];
  for (const name of ["one", "two", "two"]) streams.push(await bed.create("mq2", { ...values(name), text: name }));
  streams.push(await bed.create("mq_keep", { ...values("kept"), text: "kept" }));
  for (const stream of streams) await until(stream, "QOS_ACK_REMOTE");
  assert.equal(broker.clients.length - before, 1);
  const [one, two, too] = streams;
  await broker.publish("in/two", "to both", 1);
  await broker.publish("in/one/x/y", "to one", 2);
  await until(one, "rx");
  await until(two, "rx");
  await until(too, "rx");
  assert.deepEqual([taken(one), taken(two), taken(too)], [["to one"], ["to both"], ["to both"]]);
  const gone = broker.unsubscribed.length;
  await bed.order({ stream: two, destroy: true });
  await broker.publish("in/two", "to the last", 1);
  await until(too, "rx", 2);
  assert.equal(broker.unsubscribed.length, gone);
  await bed.order({ stream: too, destroy: true });
  await soon(() => broker.unsubscribed.length === gone + 1);
  for (const stream of [one, streams[3]]) await bed.order({ stream, destroy: true });
  await bed.empty();
  assert.equal(broker.clients.length - before, 1);
});

test("what the broker keeps comes first", async () => {
  const writer = await bed.create("mq_keep", { ...values("news"), text: "old news" });
  await until(writer, "QOS_ACK_REMOTE");
  assert.equal(broker.heard.find(({ topic }) => topic === "out/news")?.retain, true);
  await broker.publish("in/news/x", "kept", 1, true);
  const reader = await bed.create("mq1", values("news"));
  await until(reader, "rx");
  assert.deepEqual(taken(reader), ["kept"]);
  for (const stream of [writer, reader]) await bed.order({ stream, destroy: true });
  await bed.empty();
});

test("birth, and a will that another client hears: when the connection is lost, and not at an end in peace", async () => {
  const stream = await bed.create("mq_life", { ...values("me"), connect: true });
  await until(stream, "CONNECTED");
  assert.deepEqual(broker.to("life/me"), ["me is here"]);
  await bed.order({ stream, destroy: true });
  await bed.empty();
  await soon(() => broker.sockets.all.size === 0);
  assert.deepEqual(broker.to("life/me"), ["me is here"]);
  const another = await bed.create("mq_life", { ...values("me"), connect: true });
  await until(another, "CONNECTED");
  for (const socket of broker.sockets.all) socket.resetAndDestroy();
  await soon(() => broker.to("life/me").length === 3);
  assert.deepEqual(broker.to("life/me"), ["me is here", "me is here", "me is lost"]);
  await until(another, "DISCONNECTED");
  await bed.order({ stream: another, destroy: true });
  await bed.empty();
});

test("a broker that is away for a while: a session goes on, and nothing is lost or comes twice", async () => {
  await bed.order({ mqtt: { id: "unit-1" } });
  const stream = await bed.create("mq2", { ...values("session"), text: "first" });
  await until(stream, "QOS_ACK_REMOTE");
  broker.shut();
  await until(stream, "DISCONNECTED");
  await soon(() => broker.aedes.connectedClients === 0);
  await bed.order({ stream, text: "second" });
  await broker.publish("in/session/x", "meanwhile", 2);
  await broker.open();
  await until(stream, "QOS_ACK_REMOTE", 2);
  await until(stream, "rx");
  assert.deepEqual(broker.to("out/session"), ["first", "second"]);
  assert.deepEqual(taken(stream), ["meanwhile"]);
  assert.match(bed.states(stream), /DISCONNECTED (CONNECTING UNREACHABLE )*CONNECTING CONNECTED QOS_ACK_REMOTE$/);
  await bed.order({ stream, destroy: true, mqtt: {} });
  await bed.empty();
});

test("names and passwords", async () => {
  const asked = /** @type {string[]} */ ([]);
  const guarded = await Broker.start({
    authenticate: (client, user, password, done) => {
      asked.push(`${client.id} ${user} ${password}`);
      const error = /** @type {import("aedes").AuthenticateError} */ (
        Object.assign(new Error("no"), { returnCode: 4 })
      );
      if (String(password) === "secret") done(null, true);
      else done(error, false);
    },
  });
  brokers.push(guarded);
  await bed.order({ mqtt: { id: "unit-2", user: "jo", password: "wrong" } });
  const stream = await bed.create("mq0", { ...values("x", guarded), connect: true });
  await until(stream, "ALL_RETRIES_FAILED");
  assert.equal(
    bed.states(stream),
    "CREATING CONNECTING AUTH_FAILED CONNECTING AUTH_FAILED ALL_RETRIES_FAILED".replace(
      " CONNECTING AUTH_FAILED ALL",
      " ALL",
    ),
  );
  await bed.order({ stream, destroy: true, mqtt: { id: "unit-2", user: "jo", password: "secret" } });
  const other = await bed.create("mq0", { ...values("x", guarded), connect: true });
  await until(other, "CONNECTED");
  assert.deepEqual([asked.at(0), asked.at(-1)], ["unit-2 jo wrong", "unit-2 jo secret"]);
  await bed.order({ stream: other, destroy: true, mqtt: {} });
  await bed.empty();
});

test("credit: what is not taken waits at the broker", async () => {
  const stream = await bed.create("mq1", { ...values("slow"), connect: true, credit: 5 });
  await until(stream, "CONNECTED");
  for (let i = 0; i < 10; i++) await broker.publish("in/slow", `m${i}...`, 1);
  await until(stream, "rx");
  await delay(100);
  await bed.order({ stream });
  assert.deepEqual(taken(stream), ["m0..."]);
  await bed.order({ stream, addCredit: 10 });
  await until(stream, "rx", 3);
  await bed.order({ stream, addCredit: 1000 });
  await until(stream, "rx", 10);
  assert.equal(taken(stream).join(""), "m0...m1...m2...m3...m4...m5...m6...m7...m8...m9...");
  await bed.order({ stream, destroy: true });
  await bed.empty();
});

test("30 streams, one after the other, leave nothing behind", { timeout: 60_000 }, async () => {
  const visit = async () => {
    const stream = await bed.create("mq_tls", { ...values("leak", secure), text: "hello" });
    await until(stream, "QOS_ACK_REMOTE");
    await bed.order({ stream, destroy: true });
    await bed.empty();
  };
  for (let i = 0; i < 8; i++) await visit();
  const first = await rested(bed.device);
  for (let i = 0; i < 30; i++) await visit();
  const last = await rested(bed.device);
  assert.deepEqual(last, first);
});
