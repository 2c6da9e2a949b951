// @ts-check
/**
 * A broker that sends anything: packets as they should be and, behind them, some that are not. What was whole is delivered, what follows ends the connection and nothing else, and nothing is
 * left of it. FUZZ_RUNS and FUZZ_SEED choose how much and what.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { message, OddBroker, packet } from "../lib/broker.mjs";
import { Pki } from "../lib/pki.mjs";
import { rested } from "../lib/settle.mjs";
import { StreamDevice } from "../lib/streams.mjs";

const runs = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 40),
  seed: Number(process.env.FUZZ_SEED ?? 1),
  endOnFailure: true,
};

/** @type {StreamDevice} */ let bed;
/** @type {OddBroker} */ let broker;
/** What is said behind SUBACK, in these pieces. @type {Buffer[]} */ let pieces = [];
const pki = new Pki();

before(async () => {
  bed = await StreamDevice.start(pki.make({ name: "root", authority: true }).cert, [], "streammore");
  broker = await OddBroker.start(async ({ type, body }, socket) => {
    if (type === "connect") socket.write(packet(0x20, 0, 0));
    else if (type === "subscribe") {
      socket.setNoDelay(true);
      socket.write(packet(0x90, body[0], body[1], 1));
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
    }
  });
});
after(async () => {
  await bed?.close();
  broker?.close();
  pki.close();
});

const OURS = "in/x";
const text = fc.array(fc.constantFrom(..."abcdefghij"), { maxLength: 50 }).map((letters) => letters.join(""));
const topic = fc.constantFrom(OURS, OURS, OURS, "in/y", "a".repeat(300));
/** @typedef {{ bytes: Buffer, heard?: string }} Good heard: by the stream */
const publish = fc.tuple(topic, text, fc.nat(1), fc.integer({ min: 1, max: 0xffff })).map(([to, payload, qos, id]) => ({
  bytes: message(to, payload, qos, id),
  ...(to === OURS && { heard: payload }),
}));
const idle = fc
  .constantFrom(packet(0xd0), packet(0x40, 0, 9), packet(0x62, 1, 1), packet(0xb0, 0, 9), packet(0x50, 0, 9))
  .map((bytes) => ({ bytes }));
/** @type {fc.Arbitrary<Good[]>} */
const good = fc.array(fc.oneof(publish, publish, idle), { maxLength: 8 });
const bad = fc.oneof(
  fc.constantFrom(
    packet(0x36, 0, 4, OURS, 0, 1, "x"),
    packet(0x38, 0, 4, OURS, "x"),
    packet(0x32, 0, 4, OURS, 0, 0, "x"),
    packet(0x30, 0, 9, OURS),
    packet(0x30, 0, 3, "a/#", "x"),
    packet(0x20, 0, 0),
    packet(0x90, 0, 1, 3),
    packet(0xc0),
    packet(0x10, 0),
    packet(0x40, 0, 0),
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1]),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.concat([Buffer.of(0), bytes])),
);
const tail = fc.oneof(fc.constant(undefined), bad);
const noise = fc.uint8Array({ maxLength: 60 }).map(Buffer.from);
const cuts = fc.array(fc.nat(600), { maxLength: 12 });

/** @param {Buffer} bytes @param {number[]} at */
function cut(bytes, at) {
  const ends = [...new Set([...at.map((each) => Math.min(each, bytes.length)), bytes.length])].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter((piece) => piece.length > 0);
}

/** Messages that a stream was given. @param {number} stream */
function messages(stream) {
  /** @type {string[]} */ const all = [];
  for (const heard of bed.heard(stream)) {
    const [, flags, , payload] = /^rx (\d+) (\d+) ?(.*)$/.exec(heard) ?? [];
    if (flags === undefined) continue;
    if (Number(flags) & 1) all.push("");
    all[all.length - 1] += payload;
  }
  return all;
}

test("what is whole is delivered, and what is not ends the connection", async () => {
  await fc.assert(
    fc.asyncProperty(good, tail, noise, cuts, async (packets, wrong, rest, at) => {
      const bytes = packets.map((each) => each.bytes);
      pieces = cut(Buffer.concat(wrong ? [...bytes, wrong, rest] : bytes), at);
      const stream = await bed.create("mq", { connect: true, values: { host: broker.place, name: "x" } });
      await bed.until(stream, "DISCONNECTED");
      assert.match(bed.states(stream), /^CREATING CONNECTING CONNECTED DISCONNECTED( ALL_RETRIES_FAILED)?$/);
      const expected = packets.flatMap(({ heard }) => (heard === undefined ? [] : [heard]));
      assert.deepEqual(messages(stream).slice(0, expected.length), expected);
      if (!wrong) assert.equal(messages(stream).length, expected.length);
      await bed.order({ stream, destroy: true });
      await bed.empty();
    }),
    runs,
  );
});

test("nothing is left behind", async () => {
  const visit = async () => {
    pieces = [message(OURS, "hello", 1, 7), packet(0x20, 0, 0)];
    const stream = await bed.create("mq", { connect: true, values: { host: broker.place, name: "x" } });
    await bed.until(stream, "DISCONNECTED");
    await bed.order({ stream, destroy: true });
    await bed.empty();
  };
  for (let i = 0; i < 11; i++) await visit();
  const first = await rested(bed.device);
  for (let i = 0; i < 10; i++) await visit();
  assert.deepEqual(await rested(bed.device), first);
});
