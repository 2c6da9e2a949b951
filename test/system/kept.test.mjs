// @ts-check
/** What peers don't take is kept for them, but not without bound. The image is test/images/wscorpus, whose protocol "whole" sends messages back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../lib/raw.mjs";
import { BINARY, frame, WsRaw } from "../lib/ws.mjs";
import { startCorpus } from "../lib/wscorpus.mjs";

const SIZE = 16_000;

/** @type {Awaited<ReturnType<typeof startCorpus>>} */
let device;
before(async () => {
  device = await startCorpus();
});
after(() => device?.close());

test("twelve peers that send messages of 16 kB and read nothing: some are dropped, the device goes on", async () => {
  const all = await Promise.all(Array.from({ length: 12 }, () => WsRaw.open(device.apUrl(), "whole")));
  for (const ws of all) {
    ws.raw.socket.pause();
    for (let i = 0; i < 40; i++) ws.send(BINARY, Buffer.alloc(SIZE, i));
  }
  await delay(3000);
  const { boots, peak, jsLimit, sockets } = await device.figures();
  assert.equal(boots, 1, device.tail());
  assert.equal(sockets < all.length, true, `${sockets} are left`);
  assert.equal(peak < jsLimit, true, `${peak} of ${jsLimit}`);
  assert.equal((await ask(device.apUrl(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).status, 404);
  for (const ws of all) ws.raw.close(true);
  while ((await device.figures()).sockets > 0) await delay(50);
});

test("a peer that pauses gets every message when it goes on, and is held back meanwhile", async () => {
  const ws = await WsRaw.open(device.apUrl(), "whole");
  ws.raw.socket.pause();
  for (let i = 0; i < 60; i++) ws.send(BINARY, Buffer.alloc(SIZE, i));
  await delay(500);
  const { boots } = await device.figures();
  assert.equal(boots, 1, device.tail());
  ws.raw.socket.resume();
  for (let i = 0; i < 60; i++) {
    const { opcode, payload } = await ws.frame();
    assert.equal(opcode, BINARY);
    assert.equal(payload.equals(Buffer.alloc(SIZE, i)), true, `message ${i}`);
  }
  ws.raw.close();
});

test("beside messages that are begun and never ended, less is kept, but something is", async () => {
  const begun = await Promise.all([1, 2].map(() => WsRaw.open(device.apUrl(), "whole")));
  for (const ws of begun) ws.raw.write(frame(BINARY, Buffer.alloc(SIZE)).subarray(0, SIZE / 2));
  const all = await Promise.all(Array.from({ length: 10 }, () => WsRaw.open(device.apUrl(), "pieces")));
  for (const ws of all) {
    ws.raw.socket.pause();
    for (let i = 0; i < 3000; i++) ws.send(BINARY, Buffer.alloc(2000));
  }
  await delay(1000);
  const { boots, sockets } = await device.figures();
  assert.equal(boots, 1, device.tail());
  assert.ok(sockets < begun.length + all.length && sockets > begun.length, `${sockets} are left`);
  for (const ws of [...begun, ...all]) ws.raw.close(true);
  while ((await device.figures()).sockets > 0) await delay(50);
});

test("what was kept for peers that have gone is not counted any more", async () => {
  for (let round = 0; round < 5; round++) {
    const all = await Promise.all(Array.from({ length: 3 }, () => WsRaw.open(device.apUrl(), "whole")));
    for (const ws of all) {
      ws.raw.socket.pause();
      ws.send(BINARY, Buffer.alloc(SIZE)).send(BINARY, Buffer.alloc(SIZE));
    }
    await delay(100);
    for (const ws of all) ws.raw.close(true);
  }
  const ws = await WsRaw.open(device.apUrl(), "whole");
  const sent = frame(BINARY, Buffer.alloc(SIZE));
  for (let i = 0; i < 10; i++) {
    ws.raw.write(sent);
    assert.equal((await ws.frame()).payload.length, SIZE);
  }
  ws.raw.close();
});
