// @ts-check
/** Connections that speak no HTTP, and datagrams. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { ask, Raw } from "../lib/raw.mjs";
import { startServices } from "../lib/services.mjs";
import { settled } from "../lib/settle.mjs";

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {string} */ let url;
before(async () => {
  ({ device, url } = await startServices());
});
after(() => device?.close());

const GET = "GET /sample.txt HTTP/1.1\r\nHost: services\r\n\r\n";

test("first bytes that are no method make a raw connection, and are its first data", async () => {
  for (const first of [
    "hello",
    "\0\x01\x02",
    "\x16\x03\x01\x02\0\x01",
    "\r\nhello",
    "get / HTTP/1.1\r\n\r\n",
    "GETX",
    "G\n",
    "CONNECT a:1 HTTP/1.1\r\n\r\n",
    "BREW / HTTP/1.1\r\n\r\n",
    " ",
  ]) {
    const raw = await Raw.open(url);
    raw.write(first);
    assert.equal((await raw.take(first.length)).toString("latin1"), first);
    raw.write("more");
    assert.equal(String(await raw.take(4)), "more");
    raw.end();
    assert.equal(await raw.ended(), "end");
  }
});

test("also when they come one by one", async () => {
  const raw = await Raw.open(url);
  await raw.drip("DELETE\n");
  assert.equal(String(await raw.take(7)), "DELETE\n");
  raw.close();
});

test("HTTP goes on beside it, and a malformed request is still answered", async () => {
  assert.equal((await ask(url, GET)).status, 200);
  const dripped = await Raw.open(url);
  await dripped.drip(GET);
  assert.equal((await dripped.response()).status, 200);
  dripped.close();
  assert.equal((await ask(url, "GET /\n\n")).status, 400);
  assert.equal((await ask(url, "POST nowhere HTTP/1.1\r\n\r\n")).status, 400);
});

test("a connection that has spoken HTTP does not become a raw one", async () => {
  const raw = await Raw.open(url);
  await raw.write(GET).response();
  assert.equal((await raw.write("hello\r\n\r\n").response()).status, 400);
  assert.equal(await raw.ended(), "end");
  raw.close();
});

test("the beginning of a method and then nothing: 408", { timeout: 20_000 }, async () => {
  assert.equal((await ask(url, "OPTIO")).status, 408);
});

test("everything comes back, in order, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 700 }), { minLength: 1, maxLength: 12 }),
      async (pieces) => {
        const raw = await Raw.open(url);
        const first = Buffer.from([0]);
        raw.write(first);
        for (const piece of pieces) {
          raw.write(Buffer.from(piece));
          await new Promise((resolve) => setImmediate(resolve));
        }
        const all = Buffer.concat([first, ...pieces]);
        assert.deepEqual(await raw.take(all.length), all);
        raw.end();
        assert.equal(await raw.ended(), "end");
      },
    ),
    { numRuns: 60 },
  );
});

test("a peer that does not read stops the echo, and loses nothing", { timeout: 60_000 }, async () => {
  const quiet = await settled(device, 0);
  const raw = await Raw.open(url);
  raw.socket.pause();
  const data = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7) & 255));
  raw.write("!").write(data);
  await delay(700);
  const held = await device.figures();
  assert.ok(
    held.slots + held.chunks < quiet.slots + quiet.chunks + 6000,
    `${held.slots + held.chunks - quiet.slots - quiet.chunks} bytes held`,
  );
  raw.end();
  raw.socket.resume();
  assert.deepEqual((await raw.take(data.length + 1)).subarray(1), data);
  assert.equal(await raw.ended(), "end");
  const now = await settled(device);
  assert.ok(now.slots + now.chunks <= quiet.slots + quiet.chunks + 256);
});

test("datagrams: each peer gets its own back", async () => {
  const { hostname } = new URL(url);
  const sockets = await Promise.all(
    [1, 2, 3].map(async () => {
      const socket = createSocket("udp4");
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
      return socket;
    }),
  );
  for (let round = 0; round < 5; round++) {
    const answers = sockets.map((socket) => once(socket, "message"));
    for (const [at, socket] of sockets.entries())
      socket.send(`message ${round} of ${at}`, device.portBase + 7, hostname);
    for (const [at, answer] of answers.entries()) {
      const [data, from] = await answer;
      assert.match(
        String(data),
        new RegExp(`^127\\.0\\.0\\.1:${sockets[at].address().port} message ${round} of ${at}$`),
      );
      assert.equal(from.port, device.portBase + 7);
    }
  }
  const [socket] = sockets;
  const answer = once(socket, "message");
  socket.send("", device.portBase + 7, hostname);
  assert.match(String((await answer)[0]), /^127\.0\.0\.1:\d+ $/, "an empty datagram is one, too");
  // The answer would be too long for a datagram: what one peer causes is nothing to the others.
  const mark = device.mark();
  sockets[1].send(Buffer.alloc(1465, "x"), device.portBase + 7, hostname);
  await device.waitForLine(/udp services: RangeError/, { after: mark });
  const later = once(socket, "message");
  socket.send("still there", device.portBase + 7, hostname);
  assert.match(String((await later)[0]), /still there$/);
  for (const each of sockets) each.close();
});
