// @ts-check
/** What a WebSocket peer does to the flow: silence, floods, and readers and protocols that stop. Each test names its paragraph of RFC 6455. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { startBench } from "../lib/bench.mjs";
import { openBrowser } from "../lib/browser.mjs";
import { Raw } from "../lib/raw.mjs";
import { settled } from "../lib/settle.mjs";
import { BINARY, CLOSE, closing, frame, handshake, PING, PONG, TEXT, WsRaw } from "../lib/ws.mjs";
import { PORTS, startCorpus } from "../lib/wscorpus.mjs";

/** @type {Awaited<ReturnType<typeof startCorpus>>} */
let device;
before(async () => {
  device = await startCorpus();
});
after(() => device?.close());

/** On port 83: a ping after 1 to 1.25 s of silence, the end a second later. */
const STRICT = () => device.apUrl(PORTS.strict);

test("§5.5.2 a silent peer gets a ping of 8 bytes, and is dropped if it stays silent", async () => {
  const ws = await WsRaw.open(STRICT(), "whole");
  const start = Date.now();
  const { opcode, payload } = await ws.frame();
  assert.equal(opcode, PING);
  assert.equal(payload.length, 8);
  assert.equal(Date.now() - start >= 900, true, "not too early");
  await ws.raw.ended();
  const time = Date.now() - start;
  assert.equal(time >= 1900 && time < 8000, true, `${time} ms`);
  ws.raw.close();
});

test("§5.5.3 a peer that answers, or says anything else, stays", async () => {
  const client = new WebSocket(STRICT().replace("http", "ws"), "whole");
  await once(client, "open");
  let pings = 0;
  client.on("ping", () => pings++);
  const talker = await WsRaw.open(STRICT(), "whole");
  for (let i = 0; i < 10; i++) {
    await delay(400);
    await talker.send(TEXT, "still here").expect(TEXT, "still here");
  }
  assert.equal(pings >= 1, true, `${pings} pings`);
  assert.equal(client.readyState, WebSocket.OPEN);
  assert.equal(talker.raw.input.length, 0, "nobody pings who talks");
  talker.raw.close();
  client.terminate();
});

test("§5.5.2 what a protocol does not read yet is a sign of life", { timeout: 20_000 }, async () => {
  const ws = await WsRaw.open(STRICT(), "stopper");
  // The protocol reads on after three seconds, a second later than a silent peer would be dropped.
  ws.raw.write(Buffer.concat([frame(TEXT, "first"), frame(TEXT, "second")]));
  let next = await ws.frame();
  while (next.opcode === PING) next = await ws.frame();
  assert.equal(next.payload.toString(), "11");
  ws.raw.close();
});

test("a role that wants a subprotocol named refuses who names none", async () => {
  const raw = await Raw.open(STRICT());
  raw.write(handshake({ "Sec-WebSocket-Protocol": undefined }));
  assert.equal((await raw.response()).status, 400);
  raw.close();
});

test("a protocol that stops reading holds the client back through TCP, with the heap flat", async () => {
  const ws = await WsRaw.open(device.apUrl(), "stopper");
  const before = await device.figures();
  const message = frame(BINARY, Buffer.alloc(4000));
  const count = 2000;
  let taken = 0;
  for (let i = 0; i < count; i++) ws.raw.socket.write(message, () => taken++);
  await delay(1500);
  const stopped = taken;
  assert.equal(stopped < count, true, "the client's writes block");
  await delay(500);
  assert.equal(taken, stopped, "for as long as nothing is read");
  const during = await device.figures();
  assert.equal(during.slots + during.chunks - before.slots - before.chunks < 6000, true, "heap");
  // The protocol reads on after three seconds, and then tells what has come so far.
  let told = 0;
  while (told < count * 4000) told = Number((await ws.frame()).payload);
  assert.equal(told, count * 4000);
  ws.raw.close();
});

test("§5.5.3 ten thousand pings at once: the latest is answered, the heap stays as it was", async () => {
  const ws = await WsRaw.open(device.apUrl(), "whole");
  const other = await WsRaw.open(device.apUrl(), "whole");
  const before = await device.figures();
  ws.raw.write(Buffer.concat(Array.from({ length: 10_000 }, (_, i) => frame(PING, String(i)))));
  await other.send(TEXT, "served meanwhile").expect(TEXT, "served meanwhile");
  for (let answered = ""; answered !== "9999"; ) {
    const { opcode, payload } = await ws.frame();
    assert.equal(opcode, PONG);
    answered = payload.toString();
  }
  const { slots, chunks } = await device.figures();
  assert.equal(slots + chunks - before.slots - before.chunks < 500, true);
  ws.raw.close();
  other.raw.close();
});

test("§5.5.3 pings from a peer that reads nothing take no memory", async () => {
  const ws = await WsRaw.open(device.apUrl(), "whole");
  const before = await device.figures();
  ws.raw.socket.pause();
  const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(PING, Buffer.alloc(125))));
  for (let i = 0; i < 40; i++) ws.raw.write(pings);
  await delay(1500);
  const { slots, chunks, boots } = await device.figures();
  assert.equal(boots, 1);
  assert.equal(slots + chunks - before.slots - before.chunks < 2000, true, `${slots + chunks}`);
  ws.raw.close(true);
});

test("§7.1.1 a peer that answers no close is dropped, read or not", { timeout: 20_000 }, async () => {
  const ws = await WsRaw.open(device.apUrl(), "events");
  const start = Date.now();
  await ws.send(TEXT, "close 4001 ").expect(CLOSE, closing(4001));
  const chatter = setInterval(() => ws.send(TEXT, "I go on"), 100);
  await ws.raw.ended();
  clearInterval(chatter);
  const time = Date.now() - start;
  assert.equal(time > 4000 && time < 15_000, true, `${time} ms`);
  ws.raw.close();
});

test("§7.1.1 a peer that closes and takes nothing of what is under way is dropped", { timeout: 30_000 }, async () => {
  const bench = await startBench();
  try {
    const ws = await WsRaw.open(bench.url, "bench-flood");
    ws.raw.socket.pause();
    await delay(500);
    ws.send(CLOSE, closing(1000));
    const start = Date.now();
    while ((await bench.device.figures()).sockets > 0) {
      assert.equal(Date.now() - start < 9000, true, "still there");
      await delay(100);
    }
    ws.raw.close(true);
  } finally {
    await bench.device.close();
  }
});

test("§7.4 codes that must not be sent are refused to a protocol", async () => {
  for (const code of [1005, 1006, 1015, 999, 2000, 5000]) {
    const ws = await WsRaw.open(device.apUrl(), "events");
    ws.send(TEXT, `close ${code}`);
    if (code === 1005) {
      await ws.expect(CLOSE, "");
      ws.send(CLOSE);
    }
    await ws.raw.ended();
    assert.equal(ws.raw.input.length, 0, String(code));
    ws.raw.close();
  }
});

test("RFC 7692 Chromium: a round trip with compression", { timeout: 60_000 }, async () => {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(device.apUrl());
    const result = await page.evaluate(
      async (url) => {
        const ws = new WebSocket(url, "whole");
        ws.binaryType = "arraybuffer";
        await new Promise((resolve, reject) => {
          ws.onopen = resolve;
          ws.onerror = () => reject(new Error("refused"));
        });
        const answers = [];
        for (const message of ["short", "Grüße 😀 ".repeat(300), new Uint8Array(5000), ""]) {
          ws.send(message);
          const { data } = await new Promise((resolve) => {
            ws.onmessage = resolve;
          });
          answers.push(typeof data === "string" ? data : data.byteLength);
        }
        const { extensions } = ws;
        ws.close(1000);
        return { extensions, answers };
      },
      device.apUrl(PORTS.small, "ws"),
    );
    assert.match(result.extensions, /^permessage-deflate/);
    assert.deepEqual(result.answers, ["short", "Grüße 😀 ".repeat(300), 5000, ""]);
  } finally {
    await browser.close();
  }
});

test("after all that the device has not restarted, and the heap is as before", async () => {
  await settled(device);
  assert.equal((await device.figures()).boots, 1, device.tail());
});
