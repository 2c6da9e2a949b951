// @ts-check
/** Readers that stop and go on: what the socket did not take at once arrives whole and in order, and nothing else happens meanwhile. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startBench } from "../lib/bench.mjs";
import { ask, Raw } from "../lib/raw.mjs";
import { BINARY, CLOSE, closing, WsRaw } from "../lib/ws.mjs";

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench();
});
after(() => bench?.device.close());

/** Pieces that the floods have written when they write no more. */
async function writes() {
  for (let last = -1; ; await delay(20)) {
    const { body } = await ask(bench.url, "GET /flood/writes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const now = JSON.parse(body.toString()).writes;
    if (now === last) return now;
    last = now;
  }
}

/** A connection whose reader has stopped. @param {string} request */
async function stopped(request) {
  const raw = await Raw.open(bench.url);
  raw.socket.pause();
  return raw.write(request);
}

/** How many pieces of a flood fit between a writer and a reader that has stopped. */
async function capacity() {
  const start = await writes();
  const raw = await stopped("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  await delay(50);
  const count = (await writes()) - start;
  raw.close(true);
  return count;
}

test("chunks that do not fit at once arrive whole", async () => {
  const most = await capacity();
  for (let count = most - 5; count < most + 6; count++) {
    const raw = await stopped(`GET /flood/${count} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await writes();
    raw.socket.resume();
    assert.equal((await raw.response()).body.length, count * 1024);
    assert.equal((await raw.write("GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n").response()).status, 200);
    raw.close();
  }
});

test("what stands behind the last request of a connection is no request", async () => {
  const most = await capacity();
  const mark = bench.device.mark();
  for (let count = most - 10; count < most + 10; count++) {
    const late = "GET /break/throw HTTP/1.1\r\nHost: a\r\n\r\n";
    const last = `GET /flood/${count} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    const raw = await stopped(count % 2 ? last : last + late);
    await writes();
    if (count % 2) raw.write(late);
    await writes();
    raw.socket.resume();
    assert.equal((await raw.response()).body.length, count * 1024);
    assert.equal(await raw.ended(), "end");
    assert.equal(raw.input.length, 0);
    raw.close();
  }
  const thrown = bench.device.lines.slice(mark).filter((line) => line.includes("thrown on purpose"));
  assert.deepEqual(thrown, []);
});

test("a hundred pipelined requests of a reader that has stopped", async () => {
  const raw = await stopped("GET /numbers.txt HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100));
  await delay(300);
  raw.socket.resume();
  const first = (await raw.response()).body;
  for (let i = 1; i < 100; i++) assert.deepEqual((await raw.response()).body, first, `number ${i}`);
  raw.close();
});

test("WebSocket messages that do not fit at once arrive whole, and the close frame behind them", async () => {
  const ws = await WsRaw.open(bench.url);
  ws.raw.socket.pause();
  for (let i = 0; i < 60; i++) ws.send(BINARY, Buffer.alloc(16384, i));
  ws.send(CLOSE, closing(1000));
  await delay(300);
  ws.raw.socket.resume();
  for (let i = 0; i < 60; i++) await ws.expect(BINARY, Buffer.alloc(16384, i));
  await ws.expectClose(1000);
});
