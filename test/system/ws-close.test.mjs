// @ts-check
/** Opening and closing handshakes of WebSocket. Each test names its paragraph of RFC 6455. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import WebSocket from "ws";
import { openAnywhere } from "../lib/anywhere.mjs";
import { Raw } from "../lib/raw.mjs";
import { CLOSE, closing, frame, handshake, PING, TEXT, WsRaw } from "../lib/ws.mjs";

/** @type {import("../lib/anywhere.mjs").Anywhere} */
let bench;
before(async () => {
  bench = await openAnywhere("bench");
});
after(() => bench?.close());

/** Sends a handshake and returns the answer to it. @param {Parameters<typeof handshake>} args */
async function shake(...args) {
  const raw = await Raw.open(bench.url);
  const response = await raw.write(handshake(...args)).response();
  if (response.status !== 101 && response.headers.get("connection") === "close") assert.equal(await raw.ended(), "end");
  raw.close();
  return response;
}

/** @param {string} [protocol] @param {import("ws").ClientOptions} [options] */
async function connect(protocol = "bench-echo", options = {}) {
  const ws = new WebSocket(bench.url.replace("http", "ws"), protocol, options);
  await once(ws, "open");
  return ws;
}

describe("§4.2.1 handshakes that are refused", () => {
  for (const [
    name,
    status,
    fields,
    start,
  ] of /** @type {[string, number, Record<string, string | undefined>, string?][]} */ ([
    ["version 8", 426, { "Sec-WebSocket-Version": "8" }],
    ["version 14", 426, { "Sec-WebSocket-Version": "14" }],
    ["no version", 426, { "Sec-WebSocket-Version": undefined }],
    ["no key", 400, { "Sec-WebSocket-Key": undefined }],
    ["an empty key", 400, { "Sec-WebSocket-Key": "" }],
    ["a key of 15 bytes", 400, { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j" }],
    ["a key of 17 bytes", 400, { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZWE=" }],
    ["a key that is no base64", 400, { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j_Q==" }],
    ["POST", 400, { "Content-Length": "0" }, "POST / HTTP/1.1"],
    ["a body", 400, { "Content-Length": "5" }],
    ["§10.2 a page of another origin", 403, { Origin: "http://evil.example" }],
    ["§10.2 a page without an origin", 403, { Origin: "null" }],
    ["§1.9 an unknown subprotocol", 400, { "Sec-WebSocket-Protocol": "unknown" }],
    ["§1.9 an empty subprotocol", 400, { "Sec-WebSocket-Protocol": "" }],
    ["§1.9 a subprotocol in another case", 400, { "Sec-WebSocket-Protocol": "BENCH-ECHO" }],
  ])) {
    test(`${name}: ${status}`, async () => {
      const { status: answered, headers } = await shake(fields, start);
      assert.equal(answered, status);
      assert.equal(headers.get("connection"), "close");
      assert.equal(headers.get("sec-websocket-version"), status === 426 ? "13" : undefined, "§4.4");
      assert.equal(headers.has("sec-websocket-accept"), false);
    });
  }
});

test("§4.2.1 what asks for no upgrade is answered as any request", async () => {
  for (const [fields, start] of /** @type {[Record<string, string | undefined>, string?][]} */ ([
    [{ Connection: undefined }],
    [{ Connection: "keep-alive" }],
    [{ Upgrade: undefined }],
    [{ Upgrade: "h2c" }],
    [{}, "GET / HTTP/1.0"],
  ])) {
    assert.equal((await shake(fields, start)).status, 404, JSON.stringify(fields));
  }
});

test("§4.2.2 what is accepted, and the answer to it", async () => {
  const { hostname, port } = new URL(bench.url);
  for (const [fields, protocol] of /** @type {[Record<string, string | undefined>, string?][]} */ ([
    [{}, "bench-echo"],
    [{ Connection: "keep-alive, Upgrade", Upgrade: "WebSocket" }, "bench-echo"],
    [{ Origin: "http://bench" }, "bench-echo"],
    [{ Host: `${hostname}:${port}`, Origin: `http://${hostname}:${port}` }, "bench-echo"],
    [{ "Sec-WebSocket-Protocol": "unknown, bench-flood,bench-echo" }, "bench-flood"],
    [{ "Sec-WebSocket-Protocol": undefined }],
    [{ "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" }, "bench-echo"],
  ])) {
    const { status, reason, headers } = await shake(fields);
    assert.equal(`${status} ${reason}`, "101 Switching Protocols", JSON.stringify(fields));
    const expected = {
      connection: "Upgrade",
      "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      upgrade: "websocket",
    };
    const all = protocol ? { ...expected, "sec-websocket-protocol": protocol } : expected;
    assert.deepEqual(Object.fromEntries(headers), all);
  }
});

test("§4.1 the handshake byte by byte, and with frames right behind it", async () => {
  const raw = await Raw.open(bench.url);
  await raw.drip(handshake());
  assert.equal((await raw.response()).status, 101);
  await new WsRaw(raw).send(TEXT, "a").expect(TEXT, "a");
  raw.close();
  const eager = await Raw.open(bench.url);
  eager.write(Buffer.concat([Buffer.from(handshake()), frame(TEXT, "a"), frame(PING, "b"), frame(TEXT, "c")]));
  assert.equal((await eager.response()).status, 101);
  const ws = new WsRaw(eager);
  const frames = [await ws.frame(), await ws.frame(), await ws.frame()].map(({ payload }) => payload.toString());
  assert.deepEqual(frames.sort(), ["a", "b", "c"]);
  eager.close();
});

test("§4.1 a request before the handshake, on the same connection", async () => {
  const raw = await Raw.open(bench.url);
  raw.write(`GET /1k.txt HTTP/1.1\r\nHost: bench\r\n\r\n${handshake()}`);
  assert.equal((await raw.response()).status, 200);
  assert.equal((await raw.response()).status, 101);
  await new WsRaw(raw).send(TEXT, "a").expect(TEXT, "a");
  raw.close();
});

test("§5.5.1, §7.1.5 a client's close is echoed", async () => {
  for (const [code, reason] of /** @type {[number, string][]} */ ([
    [1000, ""],
    [1000, "bye"],
    [1001, "é".repeat(61)],
    [1003, ""],
    [1011, "x".repeat(123)],
    [3000, ""],
    [4999, "end"],
  ])) {
    const ws = await connect();
    ws.close(code, reason);
    const [echoed, text] = await once(ws, "close");
    assert.equal(echoed, code);
    assert.equal(text.toString(), reason);
  }
});

test("§7.1.5 a close without a code is echoed without one", async () => {
  const ws = await connect();
  ws.close();
  assert.equal((await once(ws, "close"))[0], 1005);
  const raw = await WsRaw.open(bench.url);
  await raw.send(CLOSE).expectClose(undefined);
});

test("§7.4 codes that may not be sent: 1002", async () => {
  for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1999, 2000, 2999, 5000, 65535]) {
    await (await WsRaw.open(bench.url)).send(CLOSE, closing(code)).expectClose(1002);
  }
  for (const code of [1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
    await (await WsRaw.open(bench.url)).send(CLOSE, closing(code)).expectClose(code);
  }
});

test("§5.5.1 nothing behind a close frame is looked at", async () => {
  const ws = await WsRaw.open(bench.url);
  ws.raw.write(
    Buffer.concat([frame(CLOSE, closing(1000)), frame(TEXT, "x"), frame(PING, "y"), Buffer.alloc(5000, 0xff)]),
  );
  await ws.expectClose(1000);
});

test("§7.1.2 a server's close: code and reason, and the peer's echo ends it", async () => {
  const ws = await connect("bench-breaker");
  ws.send("close 4001 enough");
  const [code, reason] = await once(ws, "close");
  assert.equal(`${code} ${reason}`, "4001 enough");
  const raw = await WsRaw.open(bench.url, "bench-breaker");
  await raw.send(TEXT, "close 1001 ").expect(CLOSE, closing(1001));
  await raw.send(PING, "late").send(TEXT, "late").send(CLOSE, closing(1001)).raw.ended();
  assert.equal(raw.raw.input.length, 0);
  raw.raw.close();
});

test("§7.1.1 a peer that never answers a close is dropped after a while", { timeout: 15_000 }, async () => {
  const ws = await WsRaw.open(bench.url, "bench-breaker");
  await ws.send(TEXT, "close 1000 ").expect(CLOSE, closing(1000));
  const start = Date.now();
  await ws.raw.ended();
  assert.equal(Date.now() - start > 3000, true);
  ws.raw.close();
});

test("§7.1.4 a peer that goes without a close frame", async () => {
  for (const leave of ["end", "close", "reset"]) {
    const ws = await WsRaw.open(bench.url);
    ws.send(TEXT, "a", { fin: false });
    if (leave === "end") {
      ws.raw.end();
      await ws.raw.ended();
    } else ws.raw.close(leave === "reset");
  }
  await bench.checkWell();
});

test("the ws package: text, binary, ping and pong, no extension", async () => {
  const ws = await connect("bench-echo", { perMessageDeflate: true });
  assert.equal(ws.extensions, "");
  for (const message of ["", "Grüße 😀", "x".repeat(16384), Buffer.alloc(1000, 7)]) {
    ws.send(message);
    const [data, isBinary] = await once(ws, "message");
    assert.equal(isBinary, Buffer.isBuffer(message));
    assert.deepEqual(data, Buffer.from(message));
  }
  ws.ping("p");
  assert.equal((await once(ws, "pong"))[0].toString(), "p");
  ws.terminate();
});
