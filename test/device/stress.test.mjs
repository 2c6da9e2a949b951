// @ts-check
/** More connections than are comfortable, on whatever the setup image runs: every one has an end, and nothing of them is left. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPlace, served } from "../lib/place.mjs";
import { Raw } from "../lib/raw.mjs";
import { rested } from "../lib/settle.mjs";

/** As many as a browser opens, and a crowd that finds no place. */
const FEW = 6;
const CROWD = 30;
/** Connections that are held at once; two less than clients may have, for the device may have some of its own. */
const HELD = 12;
/** Milliseconds. Where a SYN is not answered, or lost by an emulated Ethernet, it comes again after seconds; an emulator's, if it is lost again, after a minute or two. */
const PATIENCE = 240_000;
const LIMIT = { timeout: 600_000 };
/** Bytes by which pools may grow that a larger crowd has used; if each connection left one slot it were ten times as much. */
const POOLS = 1000;

/** @type {import("../lib/place.mjs").Place} */ let place;
/** @type {string} */ let url;
/** @type {string} */ let request;
before(
  async () => {
    place = await openPlace("factory");
    url = place.url(80);
    request = `GET / HTTP/1.1\r\nHost: ${new URL(url).host}\r\nConnection: close\r\n\r\n`;
    await served(place.url(443, "https"), /data-page="setup"/);
  },
  { timeout: 120_000 },
);
after(() => place?.close());

/** @param {number} count @param {number} width how many at a time @param {(i: number) => Promise<void>} work */
async function each(count, width, work) {
  let next = 0;
  const line = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, line));
}

/** Sends the request, takes the answer and the end. @param {Raw} raw @param {boolean} [isEnded] our side is ended at once */
async function answer(raw, isEnded) {
  try {
    raw.write(request);
    if (isEnded) raw.end();
    const { status } = await raw.response({ patience: PATIENCE });
    await raw.ended(PATIENCE);
    return status;
  } finally {
    raw.close();
  }
}

/** A request that is there before anybody has accepted its connection. @param {boolean} [isEnded] */
const ask = async (isEnded) => assert.equal(await answer(await Raw.open(url), isEnded), 307);

/** A connection of a crowd is answered, or it is ended to make room. */
async function press() {
  const raw = await Raw.open(url).catch(() => undefined);
  if (!raw) return;
  raw.write(request);
  await raw.ended(PATIENCE);
  assert.match(raw.input.toString("latin1"), /^(HTTP\/1\.1 (307|503) |$)/);
  raw.close();
}

/** Connections that are reset at once, every other one behind its request; then the device has its turn. @param {number} count */
async function resets(count) {
  await each(count, count, async (i) => {
    const raw = await Raw.open(url);
    if (i % 2) raw.write(request);
    raw.close(true);
  });
  await ask();
}

/** Figures of the heap, where they are at hand: on a virtual device. */
async function heap() {
  if (place.kind !== "virtual") return { js: 0, native: 0 };
  const { slots, chunks, native } = await rested(/** @type {any} */ (place));
  return { js: slots + chunks, native };
}

test(
  "requests, resets and halves of connections, six at a time, and a crowd; then nothing is left",
  LIMIT,
  async (t) => {
    // Pools of the firmware have their size once they were used by a crowd.
    await each(CROWD, CROWD, press);
    const before = await heap();
    await t.test("300 requests are answered", LIMIT, () => each(300, FEW, () => ask()));
    await t.test("100 resets right after the connection", LIMIT, () => each(20, 1, () => resets(5)));
    await t.test("50 clients that end their side are answered", LIMIT, () => each(50, FEW, () => ask(true)));
    await t.test("each connection of a crowd has an end", LIMIT, () => each(5 * CROWD, CROWD, press));
    await t.test("all places can be had", LIMIT, async () => {
      /** @type {Raw[]} */
      const held = [];
      await each(HELD, FEW, async () => void held.push(await Raw.open(url)));
      for (const raw of held.reverse()) assert.equal(await answer(raw), 307);
    });
    const { js, native } = await heap();
    assert.equal(native, before.native);
    assert.ok(js - before.js < POOLS, `${js - before.js} bytes of JavaScript are left over`);
  },
);
