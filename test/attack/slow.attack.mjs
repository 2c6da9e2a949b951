// @ts-check
/** Peers that are slow on purpose: bodies that drip, readers that stop. The image is test/images/bench, with a time-out of 4 s. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Attackers, atRest, ELSEWHERE, fillPool, served, withstand } from "../lib/attack.mjs";
import { startBench } from "../lib/bench.mjs";
import { Raw } from "../lib/raw.mjs";
import { handshake } from "../lib/ws.mjs";

const POST = "POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n";
const CHUNKED = "POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const FLOOD = "GET /flood HTTP/1.1\r\nHost: a\r\n\r\n";
/** Transactions of the image. */
const POOL = 5;
const TIMEOUT = 4000;

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench();
  const first = new Attackers();
  for (let i = 0; i < 40; i++) first.open(bench.url, i % 2 ? POST : FLOOD, i % 4 === 0);
  await served(bench.url, "/1k.txt");
  first.close();
  await fillPool(bench.url);
  await atRest(bench.device);
});
after(() => bench?.device.close());

const client = () => ({ url: bench.url, path: "/1k.txt" });

/** What is sent at once, and then every second: a body of a stated length, chunks, and a chunk's size that never ends. */
const DRIPS = [
  [POST, "x"],
  [CHUNKED, "1\r\nx\r\n"],
  [CHUNKED, "0"],
];

test("bodies of a byte a second, on more connections than there are transactions", { timeout: 40_000 }, (t) =>
  withstand(bench.device, t, client(), async () => {
    const start = Date.now();
    const all = await Promise.all(Array.from({ length: POOL + 1 }, () => Raw.open(bench.url, ELSEWHERE)));
    for (const [at, raw] of all.entries()) raw.write(DRIPS[at % DRIPS.length][0]);
    const drip = setInterval(() => {
      for (const [at, raw] of all.entries()) if (!raw.ending) raw.write(DRIPS[at % DRIPS.length][1]);
    }, 1000);
    const times = [];
    try {
      for (const raw of all) {
        while (!raw.ending && Date.now() - start < 4 * TIMEOUT) await delay(50);
        assert.notEqual(raw.ending, "", "still there");
        times.push(Date.now() - start);
      }
    } finally {
      clearInterval(drip);
      for (const raw of all) raw.close();
    }
    return `the first was given up after ${times[0]} ms, the last after ${times.at(-1)} ms`;
  }),
);

test("readers that stop within a response, on more connections than there are transactions", { timeout: 40_000 }, (t) =>
  withstand(bench.device, t, client(), async (attackers) => {
    const start = Date.now();
    for (let i = 0; i < POOL + 1; i++) attackers.open(bench.url, FLOOD, true);
    await delay(100);
    while ((await bench.device.figures()).sockets > 1 && Date.now() - start < 5 * TIMEOUT) await delay(100);
    const time = Date.now() - start;
    assert.equal(time < 5 * TIMEOUT, true, "still there");
    return `all were given up after ${time} ms`;
  }),
);

test("20 bodies that never come, each of which comes back when it is given up", { timeout: 60_000 }, (t) =>
  withstand(bench.device, t, client(), async (attackers) => {
    for (let i = 0; i < 20; i++) attackers.insist(bench.url, i % 2 ? POST : CHUNKED);
    await delay(3 * TIMEOUT);
    return `${attackers.lost} were closed in ${3 * TIMEOUT} ms`;
  }),
);

test("20 readers that stop, each of which comes back when it is given up", { timeout: 60_000 }, (t) =>
  withstand(bench.device, t, client(), async (attackers) => {
    for (let i = 0; i < 20; i++) attackers.insist(bench.url, FLOOD, true);
    await delay(4 * TIMEOUT);
    return `${attackers.lost} were closed in ${4 * TIMEOUT} ms`;
  }),
);

test("readers that stop within WebSocket messages, who hold nothing but a connection each", { timeout: 40_000 }, (t) =>
  withstand(bench.device, t, client(), async (attackers) => {
    for (let i = 0; i < 8; i++) {
      attackers.open(bench.url, handshake({ "Sec-WebSocket-Protocol": "bench-flood" }), true);
    }
    await delay(3000);
    const { sockets } = await bench.device.figures();
    attackers.close();
    return `${sockets} connections were open after 3 s`;
  }),
);
