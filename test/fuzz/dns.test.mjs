// @ts-check
/**
 * Any bytes as datagrams to the name server and to multicast DNS: messages that are well-formed but for some damage, and such that are nothing at all.
 * The device goes on answering, nothing fails, and nothing is left of it. FUZZ_RUNS and FUZZ_SEED choose how much and what.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { Device } from "../../tools/lib/device.mjs";
import { Asker, name, query, words } from "../lib/dns.mjs";
import { settled } from "../lib/settle.mjs";

const runs = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 300),
  seed: Number(process.env.FUZZ_SEED ?? 1),
  endOnFailure: true,
};
const HOST = "lws-000001.local";

/** @type {Device} */ let device;
/** @type {Asker} */ let server;
/** @type {Asker} */ let multicast;

before(async () => {
  device = new Device({ air: "" });
  await device.powerOn();
  await device.waitForLine(/mdns: the unit is/);
  server = new Asker(device.apAddress, device.portBase + 53);
  multicast = new Asker(device.apAddress, device.portBase + 5353);
});
after(async () => {
  server?.close();
  multicast?.close();
  await device?.close();
});

const u16 = fc.oneof(fc.nat(4), fc.constantFrom(12, 28, 33, 47, 255, 0x8001, 0xffff), fc.nat(0xffff));
const label = fc.oneof(
  fc.constantFrom("lws-000001", "local", "_https", "_tcp", "_services", "_dns-sd", "_udp", "a"),
  fc.string({ minLength: 1, maxLength: 63 }),
);
/** A name: labels, then an end, a pointer anywhere, or none. */
const anyName = fc.tuple(fc.array(label, { maxLength: 8 }), fc.option(fc.nat(0x3fff))).map(([labels, pointer]) => {
  const parts = labels.map((each) => Buffer.from(each).subarray(0, 63)).filter((each) => each.length > 0);
  const end = pointer === null ? Buffer.from([0]) : words(0xc000 | pointer);
  return Buffer.concat([...parts.map((part) => Buffer.concat([Buffer.from([part.length]), part])), end]);
});
const question = fc.tuple(anyName, u16, u16).map(([at, ...numbers]) => Buffer.concat([at, words(...numbers)]));
const data = fc.oneof(anyName, fc.uint8Array({ maxLength: 40 }).map(Buffer.from));
const record = fc
  .tuple(anyName, u16, u16, u16, u16, data, fc.option(u16))
  .map(([at, type, dnsClass, high, low, bytes, length]) =>
    Buffer.concat([at, words(type, dnsClass, high, low, length ?? bytes.length), bytes]),
  );
const message = fc
  .tuple(
    fc.oneof(fc.constantFrom(0, 0x0100, 0x8400, 0x0200), fc.nat(0xffff)),
    fc.array(question, { maxLength: 6 }),
    fc.array(record, { maxLength: 6 }),
    fc.option(fc.array(u16, { minLength: 4, maxLength: 4 })),
    fc.option(fc.nat(400)),
  )
  .map(([flags, questions, records, counts, cut]) => {
    const numbers = counts ?? [questions.length, records.length, 0, 0];
    const all = Buffer.concat([words(1, flags, ...numbers), ...questions, ...records]).subarray(0, 1472);
    return cut === null ? all : all.subarray(0, cut);
  });
const noise = fc.uint8Array({ maxLength: 1472 }).map(Buffer.from);
const datagram = fc.oneof(message, message, message, noise);

/** Whether an answer is one: its header says so, and its records end where it does. @param {Buffer} answer */
function check(answer) {
  assert.ok(answer.length >= 12 && answer.length <= 1472);
  assert.equal(answer.readUInt16BE(2) & 0x8000, 0x8000);
}

test("whatever comes, the name server answers the next one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(datagram, { minLength: 1, maxLength: 8 }), async (datagrams) => {
      for (const each of datagrams) await server.send(each);
      const answer = await server.ask(query("example.com", 1, { id: 0x7777 }));
      assert.ok(answer, device.tail(5));
      check(answer);
    }),
    runs,
  );
});

test("whatever comes, multicast DNS goes on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(datagram, { minLength: 1, maxLength: 8 }), async (datagrams) => {
      for (const each of datagrams) await multicast.send(each);
      for (const answer of multicast.answers.splice(0)) check(answer);
      assert.equal((await device.control("status")).reset, "power on");
    }),
    runs,
  );
  // Its answers to single askers are counted: a second later there are some again.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.ok(await multicast.ask(query(HOST)), device.tail(5));
});

test("names that are as long as can be, and pointers that lead to each other", async () => {
  const long = Buffer.concat(Array.from({ length: 200 }, () => Buffer.from([1, 0x61])));
  for (const [bytes, count] of /** @type {[Buffer, number][]} */ ([
    [Buffer.concat([long, Buffer.from([0]), words(1, 1)]), 1],
    [Buffer.concat([words(0xc00e, 0xc00c), words(1, 1)]), 1],
    [Buffer.concat([Buffer.from([1, 0x61]), words(0xc00c), words(1, 1)]), 1],
    [Buffer.concat([name("a"), words(1, 1), ...Array.from({ length: 200 }, () => words(0xc00c, 1, 1))]), 201],
  ])) {
    const all = Buffer.concat([words(1, 0, count, 0, 0, 0), bytes]);
    await server.send(all);
    await multicast.send(all);
  }
  assert.ok(await server.ask(query("a")));
});

test("after all that nothing is left of it", async () => {
  const before = await settled(device);
  for (let i = 0; i < 200; i++) await multicast.send(query(HOST, 255));
  await server.ask(query("a"));
  const figures = await settled(device);
  assert.ok(figures.slots <= before.slots + 64, `${figures.slots} after ${before.slots}`);
  assert.equal((await device.figures()).boots, 1, device.tail());
  assert.deepEqual(
    device.lines.filter((line) => line.startsWith("E ")),
    [],
  );
});
