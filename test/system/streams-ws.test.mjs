// @ts-check
/** Streams of WebSocket messages, against the servers of the `ws` package and against some that nobody should have to meet. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { rested } from "../lib/settle.mjs";
import { StreamDevice } from "../lib/streams.mjs";
import { BINARY, CLOSE, CONTINUATION, closing, frame, PING, TEXT } from "../lib/ws.mjs";
import { WsOrigin } from "../lib/ws-origin.mjs";

/** @typedef {import("node:net").Socket} Socket */

/** @type {StreamDevice} */ let bed;
const origins = new Origins();
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: "localhost" }, root);
const plain = new WsOrigin(origins);
const secure = new WsOrigin(origins);
let host = "";
let tlsHost = "";

before(async () => {
  host = await plain.listen();
  tlsHost = await secure.listen(pair);
  bed = await StreamDevice.start(root.cert);
});
after(async () => {
  await bed?.close();
  plain.close();
  secure.close();
  origins.close();
  pki.close();
});

const UP = "CREATING POLL CONNECTING CONNECTED";
const FAILED = "CREATING CONNECTING UNREACHABLE ALL_RETRIES_FAILED";

/** @param {string} type @param {object} [order] */
function create(type, order = {}) {
  const values = { host, path: "/", .../** @type {{ values?: object }} */ (order).values };
  return bed.create(type, { connect: true, ...order, values });
}

/** @param {number} stream */
async function destroy(stream) {
  await bed.order({ stream, destroy: true });
  await bed.empty();
}

/** The Sec-WebSocket-Accept for a request. @param {string} head */
function acceptOf(head) {
  const [, key] = /sec-websocket-key: (\S+)/i.exec(head) ?? [];
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** @param {string} head @param {Record<string, string | undefined>} [fields] in place of the usual ones; undefined leaves one out */
function agreement(head, fields = {}, start = "HTTP/1.1 101 Switching Protocols") {
  const all = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": acceptOf(head),
    "Sec-WebSocket-Protocol": /^sec-websocket-protocol: (.*)$/im.exec(head)?.[1].split(",")[0].trim(),
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return Buffer.from(`${start}\r\n${lines.join("")}\r\n`);
}

/** A frame as servers send it. @param {number} opcode @param {string | Buffer} [payload] @param {object} [options] */
const said = (opcode, payload, options) => frame(opcode, payload, { masked: false, ...options });

/** A server that says what a test says. @param {(socket: Socket, head: string, count: number) => void} answer */
async function raw(answer) {
  const port = await origins.raw((socket, head, count) => {
    socket.on("end", () => socket.end());
    answer(socket, head, count);
  });
  return `localhost:${port}`;
}

test("messages there and back, and what the request says", async () => {
  const stream = await create("ws", { write: 4000, piece: 3000, connect: undefined, values: { path: "a?b" } });
  await bed.gets(stream, 4000);
  assert.equal(bed.states(stream), UP);
  const { url, headers } = plain.requests[0];
  assert.deepEqual([url, headers["sec-websocket-protocol"], headers.host], ["/a?b", "lws-test", host]);
  const [message] = plain.messages;
  assert.deepEqual([message.isBinary, message.data.toString()], [false, "w".repeat(4000)]);
  const flags = bed.heard(stream).flatMap((text) => (text.startsWith("rx ") ? [Number(text.split(" ")[1])] : []));
  const at = (/** @type {number} */ bit) => flags.flatMap((flag, i) => (flag & bit ? [i] : []));
  assert.deepEqual([at(1), at(2)], [[0], [flags.length - 1]]);
  plain.last.send("");
  plain.last.send(Buffer.from("b"));
  await bed.until(stream, "rx 3", 2);
  assert.deepEqual(bed.heard(stream).slice(-2), ["rx 3 0 ", "rx 3 1 b"]);
  const closed = plain.closed();
  await destroy(stream);
  assert.equal(await closed, "1000 ");
  assert.equal(bed.states(stream), `${UP} DISCONNECTED DESTROYING`);
});

test("by TLS, binary, without a subprotocol, and with one of two", async () => {
  const stream = await create("ws_tls", { write: 10, connect: undefined, values: { host: tlsHost } });
  await bed.until(stream, "rx");
  assert.equal(secure.messages[0].isBinary, true);
  assert.equal(secure.requests[0].headers["sec-websocket-protocol"], undefined);
  secure.last.send(Buffer.alloc(70_000));
  await bed.gets(stream, 70_010);
  await destroy(stream);
  plain.requests.length = 0;
  const shown = await create("ws_shown");
  await bed.until(shown, "CONNECTED");
  const { headers } = plain.requests[0];
  assert.deepEqual([headers.authorization, headers["x-serial"]], ["Bearer secret-1", "0001"]);
  assert.equal(plain.last.protocol, "superchat");
  await destroy(shown);
});

test("a server that says everything byte by byte, and the message with the handshake", async () => {
  const server = await raw(async (socket, head) => {
    socket.setNoDelay(true);
    const bytes = Buffer.concat([agreement(head), said(TEXT, "hello"), said(PING, "?"), said(TEXT, "again")]);
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await delay(1);
    }
  });
  const slow = await create("ws", { values: { host: server } });
  await bed.gets(slow, 10);
  const texts = bed.heard(slow).flatMap((text) => (text.startsWith("rx ") ? [text.split(" ")[3]] : []));
  assert.equal(texts.join(""), "helloagain");
  await destroy(slow);
  const quick = await raw((socket, head) => socket.write(Buffer.concat([agreement(head), said(BINARY, "at once")])));
  const fast = await create("ws", { values: { host: quick } });
  await bed.until(fast, "rx 3 7 at once");
  assert.equal(bed.states(fast), "CREATING CONNECTING CONNECTED");
  await destroy(fast);
});

test("answers that agree to something else", async () => {
  /** @type {[string, (head: string) => Buffer][]} */
  const wrong = [
    ["a wrong key", (head) => agreement(head, { "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" })],
    ["no key", (head) => agreement(head, { "Sec-WebSocket-Accept": undefined })],
    ["two keys", (head) => agreement(head, { "sec-websocket-accept": acceptOf(head) })],
    ["a subprotocol of its own", (head) => agreement(head, { "Sec-WebSocket-Protocol": "other" })],
    ["no subprotocol", (head) => agreement(head, { "Sec-WebSocket-Protocol": undefined })],
    ["both subprotocols", (head) => agreement(head, { "Sec-WebSocket-Protocol": "chat, superchat" })],
    ["an extension", (head) => agreement(head, { "Sec-WebSocket-Extensions": "permessage-deflate" })],
    ["another protocol", (head) => agreement(head, { Upgrade: "h2c" })],
    ["no upgrade", (head) => agreement(head, { Connection: "keep-alive" })],
    ["an old version", (head) => agreement(head, {}, "HTTP/1.0 101 Switching Protocols")],
    ["a long head", (head) => agreement(head, { "X-Long": "x".repeat(3000) })],
    ["a plain answer", () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")],
    ["no HTTP", () => Buffer.from("220 mail.lan ESMTP\r\n")],
    ["an end", () => Buffer.alloc(0)],
  ];
  let answer = wrong[0][1];
  const server = await raw((socket, head) => socket.end(answer(head)));
  for (const [what, make] of wrong) {
    answer = make;
    const stream = await create("ws_shown", { values: { host: server } });
    await bed.until(stream, "ALL_RETRIES_FAILED");
    assert.equal(bed.states(stream), FAILED, what);
    await destroy(stream);
  }
  const unasked = await create("ws_alive", { values: { host: server } });
  answer = (head) => agreement(head, { "Sec-WebSocket-Protocol": "chat" });
  await bed.until(unasked, "UNREACHABLE");
  await destroy(unasked);
});

test("statuses: credentials that are refused, a server that is busy, and one that leads elsewhere", async () => {
  let answer = "HTTP/1.1 401 No\r\n\r\n";
  const server = await raw((socket) => socket.end(answer));
  const shown = await create("ws_shown", { values: { host: server } });
  await bed.until(shown, "ALL_RETRIES_FAILED");
  assert.equal(bed.states(shown), "CREATING CONNECTING AUTH_FAILED ALL_RETRIES_FAILED");
  answer = `HTTP/1.1 302 Found\r\nLocation: http://${host}/elsewhere\r\n\r\n`;
  plain.requests.length = 0;
  await bed.order({ stream: shown, connect: true });
  await bed.until(shown, "CONNECTED");
  const { url, headers } = plain.requests[0];
  assert.deepEqual([url, headers.authorization], ["/elsewhere", undefined]);
  await destroy(shown);
  for (const [text, least] of /** @type {const} */ ([
    ["HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n\r\n", 1000],
    ["HTTP/1.1 401 No\r\n\r\n", 100],
    ["HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", 100],
  ])) {
    answer = text;
    const since = Date.now();
    const stream = await create("ws", { values: { host: server } });
    await bed.until(stream, "UNREACHABLE", 2);
    assert.equal(Date.now() - since >= least, true);
    assert.match(bed.states(stream), /^CREATING CONNECTING UNREACHABLE CONNECTING UNREACHABLE/);
    await destroy(stream);
  }
});

test("frames that break the protocol end the connection with their code, and the stream dials again", async () => {
  /** @type {[number, Buffer][]} */
  const wrong = [
    [1002, frame(TEXT, "masked")],
    [1002, said(TEXT, "a", { rsv: 4 })],
    [1002, said(CONTINUATION, "a")],
    [1002, said(PING, "a".repeat(126))],
    [1002, said(CLOSE, closing(1005))],
    [1007, said(TEXT, Buffer.of(0xff))],
    [1009, said(BINARY, "", { wide: 8, length: 2 ** 32 })],
  ];
  for (const [code, bytes] of wrong) {
    /** @type {Promise<Buffer>} */ let end = Promise.resolve(Buffer.alloc(0));
    const server = await raw((socket, head, count) => {
      socket.write(agreement(head));
      if (count > 1) return;
      end = new Promise((resolve) => {
        /** @type {Buffer[]} */ const all = [];
        socket.on("data", (data) => all.push(data));
        socket.on("end", () => resolve(Buffer.concat(all)));
      });
      socket.write(bytes);
    });
    const stream = await create("ws", { values: { host: server } });
    await bed.until(stream, "CONNECTED", 2);
    assert.equal(bed.states(stream), "CREATING CONNECTING CONNECTED DISCONNECTED CONNECTING CONNECTED");
    const close = await end;
    assert.deepEqual([close[0], close[1]], [0x88, 0x82], `${code}`);
    assert.equal(((close[2] ^ close[6]) << 8) | (close[3] ^ close[7]), code);
    await destroy(stream);
  }
});

test("a reset at each point, and an end at some", async () => {
  /** How the server goes, where: in the middle of its head, behind it, in a frame, in a message, in the closing handshake. @type {((head: string) => Buffer)[]} */
  const points = [
    () => Buffer.alloc(0),
    (head) => agreement(head).subarray(0, 40),
    (head) => agreement(head).subarray(0, -1),
    (head) => agreement(head),
    (head) => Buffer.concat([agreement(head), Buffer.of(0x81)]),
    (head) => Buffer.concat([agreement(head), Buffer.of(0x81, 5, 0x61)]),
    (head) => Buffer.concat([agreement(head), said(TEXT, "a", { fin: false })]),
    (head) => Buffer.concat([agreement(head), said(CLOSE, closing(1001))]),
  ];
  for (const isReset of [true, false]) {
    for (const [i, make] of points.entries()) {
      if (!isReset && i % 2) continue;
      let most = 0;
      let open = 0;
      const server = await raw((socket, head) => {
        most = Math.max(most, ++open);
        socket.on("close", () => open--);
        const gone = () => setTimeout(() => (isReset ? socket.resetAndDestroy() : socket.end()), 5);
        const bytes = make(head);
        if (bytes.length > 0) socket.write(bytes, gone);
        else gone();
      });
      const stream = await create("ws", { values: { host: server } });
      const isUp = i > 2;
      await bed.until(stream, isUp ? "DISCONNECTED" : "UNREACHABLE", 2);
      const round = isUp ? "CONNECTING CONNECTED DISCONNECTED" : "CONNECTING UNREACHABLE";
      assert.equal(bed.states(stream).startsWith(`CREATING ${round} ${round}`), true, `${i} ${bed.states(stream)}`);
      assert.equal(most, 1);
      await destroy(stream);
    }
  }
});

test("whatever code a server closes with, a stream that is not opportunistic comes back", async () => {
  const stream = await create("ws");
  for (const [i, code] of [undefined, 1000, 1001, 4000].entries()) {
    await bed.until(stream, "CONNECTED", i + 1);
    const closed = plain.closed();
    plain.last.close(code, code ? "why" : undefined);
    assert.equal(await closed, code ? `${code} why` : "1005 ");
    await bed.until(stream, "DISCONNECTED", i + 1);
  }
  await bed.until(stream, "CONNECTED", 5);
  await destroy(stream);
  const once = await create("ws_tls", { values: { host: tlsHost } });
  await bed.until(once, "CONNECTED");
  secure.last.terminate();
  await bed.until(once, "DISCONNECTED");
  await delay(200);
  await bed.order({});
  assert.equal(bed.states(once), "CREATING CONNECTING CONNECTED DISCONNECTED");
  await bed.order({ stream: once, connect: true });
  await bed.until(once, "CONNECTED", 2);
  await destroy(once);
});

test("signs of life: a server that answers pings stays, one that does not is left", async () => {
  const alive = await create("ws_alive");
  await bed.until(alive, "CONNECTED");
  let pings = 0;
  plain.last.on("ping", () => pings++);
  const silent = await raw((socket, head) => socket.write(agreement(head)));
  const dead = await create("ws_alive", { values: { host: silent } });
  await bed.until(dead, "CONNECTED");
  const since = Date.now();
  await bed.until(dead, "DISCONNECTED");
  assert.equal(Date.now() - since >= 1900 && Date.now() - since < 3500, true, `${Date.now() - since}`);
  await bed.until(dead, "CONNECTED", 2);
  for (let i = 0; i < 23; i++) {
    await delay(100);
    await bed.order({ stream: dead, valid: true });
  }
  assert.equal(bed.states(dead), "CREATING CONNECTING CONNECTED DISCONNECTED CONNECTING CONNECTED");
  assert.equal(bed.states(alive), "CREATING CONNECTING CONNECTED");
  assert.equal(pings >= 2, true, `${pings}`);
  await bed.order({ stream: dead, destroy: true });
  await destroy(alive);
});

test("no more is taken than there is credit for", async () => {
  const stream = await create("ws", { credit: 100 });
  await bed.until(stream, "CONNECTED");
  for (let i = 0; i < 20; i++) plain.last.send("x".repeat(60));
  await bed.until(stream, "rx", 2);
  await delay(100);
  await bed.order({});
  assert.deepEqual(bed.heard(stream).slice(-2), [`rx 3 60 ${"x".repeat(60)}`, `rx 1 40 ${"x".repeat(40)}`]);
  await bed.order({ stream, addCredit: 300 });
  await bed.until(stream, "rx", 7);
  await delay(100);
  await bed.order({});
  assert.equal(bed.received(stream), 400);
  await bed.order({ stream, addCredit: 10_000 });
  await bed.gets(stream, 1200);
  await destroy(stream);
});

test("pieces that are no messages end the stream", async () => {
  for (const flags of [[2], [1, 1], [1, 3]]) {
    const stream = await create("ws", { write: 200, piece: 100, flags, connect: undefined });
    await bed.until(stream, "DESTROYING");
    assert.equal(bed.states(stream), `${UP} DISCONNECTED DESTROYING`);
    await bed.empty();
  }
  assert.equal(bed.device.tail(20).includes("a message begins inside of another"), true);
});

test("callbacks end a connection, or the stream, in any state", async () => {
  for (const what of ["CONNECTING", "CONNECTED", "rx", "tx", "DISCONNECTED"]) {
    for (const ret of [-1, -2]) {
      const answers = { [what]: ret, ...(what === "DISCONNECTED" && { CONNECTED: -1 }) };
      const other = await create("ws_shown", { answers, write: 10, connect: undefined });
      const last = ret === -2 ? "DESTROYING" : what === "CONNECTING" ? "UNREACHABLE" : "DISCONNECTED";
      await bed.until(other, last);
      if (ret === -1) await bed.order({ stream: other, destroy: true });
    }
  }
  await bed.empty();
});

test("30 WebSockets by TLS, one after the other, leave nothing behind", async () => {
  const visit = async () => {
    const stream = await create("ws_tls", { values: { host: tlsHost }, write: 100, connect: undefined });
    await bed.until(stream, "rx");
    await destroy(stream);
  };
  // The image remembers the last few users.
  for (let i = 0; i < 8; i++) await visit();
  const before = await rested(bed.device);
  for (let i = 0; i < 30; i++) await visit();
  assert.deepEqual(await rested(bed.device), before);
});
