// @ts-check
/** For a minute of the device's, clients that read nothing: what is written to them stops, and the heap stays flat, while another client is served. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startBench } from "../lib/bench.mjs";
import { ask, Raw } from "../lib/raw.mjs";
import { settled } from "../lib/settle.mjs";
import { TEXT, WsRaw } from "../lib/ws.mjs";

const MINUTE = 60_000;
const STEP = 2000;
const SPEED = 8;
/** Bytes by which figures may differ from each other. */
const TOLERANCE = 64;

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench({ args: ["--speed", String(SPEED)] });
});
after(() => bench?.device.close());

/** How many pieces the floods have written. @returns {Promise<number>} */
async function writes() {
  const { body } = await ask(bench.url, "GET /flood/writes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  return JSON.parse(body.toString()).writes;
}

test("readers that stop, for a minute", async () => {
  const { device, url } = bench;
  const kept = await Raw.open(url);
  kept.write("GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n");
  await kept.response();
  const keptSince = Date.now();
  /** When the device gave the kept connection up. */
  let keptEnded = 0;
  void kept.ended().catch(() => {});
  kept.socket.once("end", () => {
    keptEnded = Date.now();
  });

  const flood = await Raw.open(url);
  flood.write("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  await flood.take(1);
  flood.socket.pause();
  const stalled = await WsRaw.open(url, "bench-flood");
  await stalled.frame();
  stalled.raw.socket.pause();
  const echo = await WsRaw.open(url);
  const greedy = await WsRaw.open(url);
  greedy.raw.socket.pause();
  for (let i = 0; i < 100; i++) greedy.send(TEXT, "x".repeat(16384));

  /** @param {number} round */
  const serve = async (round) => {
    await echo.send(TEXT, `round ${round}`).expect(TEXT, `round ${round}`);
    assert.equal((await ask(url, "GET /1k.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).status, 200);
  };

  // The HTTP response times out; the WebSockets stay.
  for (let round = 0; round < 4; round++) {
    await serve(round);
    await delay(STEP / SPEED);
  }
  const count = await writes();
  const start = await settled(device, 4);
  for (let time = 0; time < MINUTE; time += STEP) {
    await serve(time);
    await delay(STEP / SPEED);
    const { slots, chunks, native } = await device.figures();
    const now = { slots, chunks, native };
    for (const name of /** @type {const} */ (["slots", "chunks", "native"])) {
      const grown = now[name] - start[name];
      assert.equal(grown < TOLERANCE, true, `${name} after ${time} ms: ${grown} more`);
    }
    assert.equal(await writes(), count, "written to readers that have stopped");
  }
  const kept30 = (keptEnded - keptSince) * SPEED;
  assert.ok(kept30 > 28_000 && kept30 < 38_000, `an idle connection is kept for 30 s, not ${kept30} ms`);

  stalled.raw.socket.resume();
  for (let i = 0; i < count; i++) assert.equal((await stalled.frame()).payload.length, 1024);
  assert.equal((await writes()) > count, true, "and goes on when it reads again");
  for (const raw of [flood, stalled.raw, echo.raw, greedy.raw]) raw.close(true);
  await settled(device);
});
