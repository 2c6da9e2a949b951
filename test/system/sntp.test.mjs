// @ts-check
/** The clock, set by time servers that are not always what they should be. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { NETWORK, startClient } from "../lib/client.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { settled } from "../lib/settle.mjs";
import { TimeServer } from "../lib/time-server.mjs";

const POOL = "pool.ntp.org";
const FIRST = "192.0.2.123";
const SECOND = "192.0.2.124";
/** Milliseconds that the clock of the device may be wrong by, under load too. */
const CLOSE = 400;

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {NameServer} */ let names;
/** @type {TimeServer} */ let first;
/** @type {TimeServer} */ let second;

before(async () => {
  [names, first, second] = await Promise.all([NameServer.start(), TimeServer.start(), TimeServer.start()]);
  device = await startClient([...names.switchFor(NETWORK), ...first.switchFor(FIRST), ...second.switchFor(SECOND)]);
});
after(async () => {
  await device?.close();
  for (const server of [names, first, second]) server?.close();
});
beforeEach(async () => {
  await ask("/off");
  await device.control("clock 0");
  names.names.set(POOL, (query, server) =>
    server.answer(
      query,
      [FIRST, SECOND].map((data) => ({ type: "A", class: "IN", name: POOL, ttl: 0, data })),
    ),
  );
  for (const server of [first, second]) {
    server.questions.length = 0;
    server.handler = (question) => server.answer(question);
  }
});

/** @param {string} [path] @returns {Promise<number>} what the device takes for the time */
async function ask(path = "") {
  const answer = await fetch(`${device.apUrl(80)}/time${path}`, { headers: { Connection: "close" } });
  return /** @type {{ time: number }} */ (await answer.json()).time;
}

/** Lets it begin; resolves when the clock is set. */
async function synchronised() {
  const after = device.mark();
  await ask("/on");
  await device.waitForLine(/client: it is time/, { after });
}

/** @param {number} [wanted] ms since 1970 */
async function isRight(wanted = Date.now()) {
  const time = await ask();
  assert.ok(
    Math.abs(time - wanted) < CLOSE,
    `${new Date(time).toISOString()} instead of ${new Date(wanted).toISOString()}`,
  );
}

test("the clock is set as soon as the network is there, to the second's part", async () => {
  const before = await settled(device);
  await synchronised();
  await isRight();
  assert.deepEqual([first.questions.length, second.questions.length], [1, 0]);
  const [{ raw }] = first.questions;
  assert.deepEqual([raw.length, raw[0]], [48, 0x23]);
  assert.ok(
    raw.subarray(1, 40).every((byte) => byte === 0),
    "nothing is told of us",
  );
  await ask("/off");
  const { slots, chunks, native } = await settled(device);
  assert.ok(slots + chunks - before.slots - before.chunks < 1500 && native === before.native);
});

test("a clock that is right is left alone", async () => {
  // A machine that has no time for the device sets its clock late, so that it is not right.
  let isAlone = false;
  for (let tries = 0; !isAlone && tries < 5; tries++) {
    await delay(1000 - (Date.now() % 1000));
    const lines = device.mark();
    const time = Date.now();
    first.handler = (question) => first.answer(question, { time: time + 1000 + (Date.now() - time) });
    await device.control(`clock ${Math.floor(Date.now() / 1000) + 1}`);
    await synchronised();
    isAlone = !device.lines.slice(lines).some((line) => line.includes("the clock is set"));
  }
  assert.ok(isAlone);
});

test("stamps are not repeated, and lost questions are asked again", async () => {
  first.handler = () => first.questions.length === 3 && first.answer(first.questions[2]);
  const start = Date.now();
  await synchronised();
  const passed = Date.now() - start;
  assert.ok(passed >= 2240 && passed < 4600, `${passed}`);
  assert.equal(new Set(first.questions.map(({ stamp }) => stamp.toString("hex"))).size, 3);
  await isRight();
});

test("the way back and forth does not count, nor what the server needs", async () => {
  first.handler = (question) => setTimeout(() => first.answer(question, { held: 600 }), 600);
  await synchronised();
  await isRight();
});

test("what is no answer changes nothing: another stamp, port, mode, stratum, length, a server that does not know the time", async () => {
  const time = Date.now() + 86_400_000;
  first.handler = (question) => {
    for (const what of [
      { originate: Buffer.alloc(8) },
      { originate: Buffer.alloc(8, 1) },
      { stranger: true },
      { mode: 3 },
      { mode: 5 },
      { version: 1 },
      { length: 47 },
      { length: 0 },
    ])
      first.answer(question, { time, ...what });
    first.answer(question);
  };
  await synchronised();
  await isRight();
  assert.equal(first.questions.length, 1);
});

test("answers of servers that don't know the time are not used", async () => {
  const useless = [{ leap: 3 }, { stratum: 16 }];
  first.handler = (question) => first.answer(question, useless[first.questions.length - 1] ?? {});
  await synchronised();
  assert.deepEqual([first.questions.length, second.questions.length], [3, 0]);
});

test("a server that denies is not asked again, the next one is", async () => {
  first.handler = (question) => first.answer(question, { stratum: 0, reference: "DENY" });
  await synchronised();
  await isRight();
  assert.deepEqual([first.questions.length, second.questions.length], [1, 1]);
});

test("servers that all deny have their peace", async () => {
  for (const server of [first, second])
    server.handler = (question) =>
      server.answer(question, { stratum: 0, reference: server === first ? "RATE" : "RSTR" });
  await ask("/on");
  await delay(2500);
  assert.deepEqual([first.questions.length, second.questions.length], [1, 1]);
  assert.ok((await ask()) < 86_400_000);
});

test("times beyond 2036 are of the next era", async () => {
  const offset = Date.UTC(2037, 1, 3, 4, 5, 6) - Date.now();
  first.handler = (question) => first.answer(question, { time: Date.now() + offset });
  await synchronised();
  await isRight(Date.now() + offset);
});

test("a name that is not found is looked for again, less and less often; without a network nobody is", async () => {
  names.names.delete(POOL);
  names.queries.length = 0;
  await ask("/on");
  await delay(2100);
  const count = names.count(POOL);
  assert.ok(count >= 3 && count <= 5, `${count}`);
  await ask("/off");
  await delay(300);
  names.queries.length = 0;
  await delay(1800);
  assert.equal(names.queries.length, 0);
});
