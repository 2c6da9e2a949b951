// @ts-check
/** Bodies of any size through the proxy in the memory of a small one, and flow control in both directions. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { pipeline, Readable } from "node:stream";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { head, httpOrigin, nothingIsLeft, ProxyDevice } from "../lib/proxy.mjs";
import { Raw } from "../lib/raw.mjs";

const PIECE = Buffer.alloc(20_000, "The quick brown fox jumps over the lazy dog. ");
/** Bytes that both heaps together may rise by, whatever passes. */
const ROOM = 1024;

/** @type {ProxyDevice} */
let proxy;
/** @type {Awaited<ReturnType<typeof httpOrigin>>} */
let origin;
/** @type {string} */
let host;
/** The requests whose bodies the origin does not read yet. @type {import("node:http").IncomingMessage[]} */
const stalled = [];
before(async () => {
  proxy = await ProxyDevice.start();
  origin = await httpOrigin((request, response) => {
    const [, , what, count] = (request.url ?? "").split("/");
    if (what === "stall") stalled.push(request);
    else request.resume();
    if (what === "down" || what === "chunks") {
      const pieces = Readable.from(Array.from({ length: Number(count) }, () => PIECE));
      response.writeHead(200, what === "down" ? { "Content-Length": Number(count) * PIECE.length } : {});
      pipeline(pieces, response, () => {});
      return;
    }
    let length = 0;
    request.on("data", (data) => {
      length += data.length;
    });
    if (what === "stall") request.pause();
    request.on("end", () => response.end(String(length)));
  });
  host = await proxy.mount(origin.port, { bodyTimeout: 400, answerTimeout: 5000 });
});
after(async () => {
  origin?.close();
  await proxy?.close();
});

/** Counts what comes behind the head, chunks and all. @param {string} target */
async function download(target) {
  const raw = await Raw.open(proxy.url);
  const { socket } = raw;
  socket.removeAllListeners("data");
  let length = 0;
  socket.on("data", (data) => {
    length += data.length;
  });
  raw.write(head(host, `GET ${target}`, "Connection: close"));
  await once(socket, "end");
  raw.close();
  return length;
}

/** @param {number} pieces @param {boolean} isChunked */
async function upload(pieces, isChunked) {
  const raw = await Raw.open(proxy.url);
  const length = pieces * PIECE.length;
  raw.write(head(host, "POST /p/up", isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`));
  for (let i = 0; i < pieces; i++) {
    const data = isChunked ? Buffer.concat([Buffer.from("4e20\r\n"), PIECE, Buffer.from("\r\n")]) : PIECE;
    if (!raw.socket.write(data)) await once(raw.socket, "drain");
  }
  if (isChunked) raw.write("0\r\n\r\n");
  const { body } = await raw.response();
  raw.close();
  assert.equal(Number(body), length);
}

async function peak() {
  const figures = await proxy.device.figures();
  return figures.peak + figures.nativePeak;
}

test("20 MB need no more heap than 20 kB, down and up, sized and chunked", { timeout: 120_000 }, async () => {
  for (let i = 0; i < 20; i++) {
    await download("/p/down/1");
    await download("/p/chunks/1");
    await upload(1, false);
    await upload(1, true);
  }
  const small = await peak();
  assert.equal((await download("/p/down/1000")) > 20e6, true);
  const down = await peak();
  assert.equal((await download("/p/chunks/1000")) > 20e6, true);
  const chunks = await peak();
  await upload(1000, false);
  const up = await peak();
  await upload(1000, true);
  const chunked = await peak();
  for (const large of [down, chunks, up, chunked]) {
    assert.equal(large <= small + ROOM, true, `${small} → ${[down, chunks, up, chunked]}`);
  }
});

test("a client that stops reading stops the origin, for longer than a silence may last", async () => {
  const before = await peak();
  const raw = await Raw.open(proxy.url);
  raw.socket.pause();
  raw.write(head(host, "GET /p/down/200"));
  await delay(1200);
  assert.equal((await peak()) <= before + ROOM, true);
  raw.socket.resume();
  assert.equal((await raw.response()).body.length, 200 * PIECE.length);
  raw.close();
});

test("an origin that stops reading stops the client", async () => {
  const before = await peak();
  const raw = await Raw.open(proxy.url);
  const length = 200 * PIECE.length;
  raw.write(head(host, "POST /p/stall", `Content-Length: ${length}`));
  for (let i = 0; i < 200; i++) raw.write(PIECE);
  await delay(1200);
  assert.equal((await peak()) <= before + ROOM, true);
  for (const request of stalled.splice(0)) request.resume();
  assert.equal(Number((await raw.response()).body), length);
  raw.close();
});

test("several at once, each with its own", async () => {
  await Promise.all([
    download("/p/down/20").then((length) => assert.equal(length > 400_000, true)),
    download("/p/chunks/20").then((length) => assert.equal(length > 400_000, true)),
    upload(20, false),
    upload(20, true),
    upload(20, true),
    download("/p/down/20"),
  ]);
});

test("a reader that stops for good is given up, and the origin with it", async () => {
  const mounts = [{ mountpoint: "/p", origin: `http://127.0.0.1:${origin.port}/base` }];
  const name = await proxy.make({ mounts, timeout: 1000 });
  const readers = await Promise.all(Array.from({ length: 3 }, () => Raw.open(proxy.url)));
  for (const [i, raw] of readers.entries()) {
    raw.socket.pause();
    raw.write(head(name, `GET /p/down/${[1000, 1, 2][i]}`).repeat(500));
  }
  // Twice the vhost's time-out at most, in which nothing moves.
  await delay(2500);
  await nothingIsLeft(proxy);
  for (const raw of readers) raw.close();
});
