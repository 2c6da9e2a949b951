// @ts-check
/** WebSockets through the proxy: the handshake is checked on both sides, what follows is nobody's business but the ends'. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import { httpOrigin, nothingIsLeft, ProxyDevice, RawOrigin, values } from "../lib/proxy.mjs";
import { Raw } from "../lib/raw.mjs";
import { settled } from "../lib/settle.mjs";
import { handshake } from "../lib/ws.mjs";

/** What answers the key of {@link handshake}. */
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const SWITCH = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n`;

/** @type {ProxyDevice} */
let proxy;
/** @type {Awaited<ReturnType<typeof httpOrigin>>} */
let origin;
/** @type {RawOrigin} */
let hostile;
/** @type {string} */
let host;
/** @type {string} */
let wild;
before(async () => {
  proxy = await ProxyDevice.start();
  origin = await httpOrigin((_request, response) => response.writeHead(404).end("no socket here"));
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  origin.server.on("upgrade", (request, socket, head) => {
    if (request.url === "/base/refused") {
      socket.end("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nnope");
      return;
    }
    server.handleUpgrade(request, socket, head, (ws) => {
      ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
      if (request.url === "/base/greet") ws.send("hello");
      if (request.url === "/base/close") ws.close(4001, "bye");
      if (request.url === "/base/headers") ws.send(JSON.stringify(request.headers));
    });
  });
  hostile = await RawOrigin.open();
  host = await proxy.mount(origin.port);
  wild = await proxy.mount(hostile.port, { answerTimeout: 500, idle: 700, webSockets: 2 });
});
after(async () => {
  hostile?.close();
  origin?.close();
  await proxy?.close();
});

/** @param {string} path @param {{ protocols?: string[], perMessageDeflate?: boolean, origin?: string }} [options] */
async function open(path, options = {}) {
  const { protocols = [], ...rest } = options;
  const ws = new WebSocket(`${proxy.url.replace("http", "ws")}/p${path}`, protocols, {
    ...rest,
    headers: { Host: host },
  });
  /** @type {{ data: Buffer, isBinary: boolean }[]} */
  const messages = [];
  let wake = () => {};
  ws.on("message", (data, isBinary) => {
    messages.push({ data: /** @type {Buffer} */ (data), isBinary });
    wake();
  });
  await once(ws, "open");
  const next = async () => {
    while (messages.length === 0) {
      await new Promise((resolve) => {
        wake = () => resolve(undefined);
      });
    }
    return /** @type {{ data: Buffer, isBinary: boolean }} */ (messages.shift());
  };
  return { ws, next };
}

test("messages both ways, text and binary, small and large, compressed and not", async () => {
  for (const perMessageDeflate of [false, true]) {
    const { ws, next } = await open("/echo", { perMessageDeflate });
    assert.equal(ws.extensions !== "", perMessageDeflate);
    for (const size of [0, 1, 125, 126, 65_536, 1_000_000]) {
      const data = Buffer.alloc(size, "proxy ");
      ws.send(data);
      const back = await next();
      assert.equal(back.isBinary, true);
      assert.equal(back.data.equals(data), true, `${size} bytes`);
    }
    ws.send("text");
    assert.equal((await next()).isBinary, false);
    ws.ping("ping");
    const [pong] = await once(ws, "pong");
    assert.equal(pong.toString(), "ping");
    ws.close(1000, "done");
    const [code, reason] = await once(ws, "close");
    assert.deepEqual([code, reason.toString()], [1000, "done"]);
  }
});

test("what the origin says first, and how it closes", async () => {
  const { ws, next } = await open("/greet", { perMessageDeflate: false });
  assert.equal((await next()).data.toString(), "hello");
  ws.terminate();
  const closing = await open("/close");
  const [code, reason] = await once(closing.ws, "close");
  assert.deepEqual([code, reason.toString()], [4001, "bye"]);
});

test("headers of the handshake", async () => {
  const { ws, next } = await open("/headers", {
    protocols: ["a", "b"],
    origin: `http://${host}`,
    perMessageDeflate: false,
  });
  assert.equal(ws.protocol, "a");
  const headers = JSON.parse((await next()).data.toString());
  assert.equal(headers.host, `127.0.0.1:${origin.port}`);
  assert.equal(headers.origin, `http://127.0.0.1:${origin.port}`);
  assert.equal(headers.connection, "Upgrade");
  assert.equal(headers["x-forwarded-for"], "127.0.0.1");
  ws.close();
  await once(ws, "close");
});

test("pages of another origin may not connect, unless they may", async () => {
  const foreign = { Origin: "http://evil.example", Host: host };
  const raw = await Raw.open(proxy.url);
  assert.equal((await raw.write(handshake(foreign, "GET /p/echo HTTP/1.1")).response()).status, 403);
  raw.close();
  const name = await proxy.mount(origin.port, {}, { allowOrigin: "http://evil.example" });
  const other = await Raw.open(proxy.url);
  const fields = { ...foreign, Host: name, "Sec-WebSocket-Protocol": undefined };
  assert.equal((await other.write(handshake(fields, "GET /p/echo HTTP/1.1")).response()).status, 101);
  other.close();
});

test("a login for the mount is asked for before the origin is", async () => {
  const name = await proxy.mount(origin.port, {}, { basicAuth: "users" });
  const raw = await Raw.open(proxy.url);
  assert.equal((await raw.write(handshake({ Host: name }, "GET /p/echo HTTP/1.1")).response()).status, 401);
  raw.close();
});

test("an origin that refuses: its answer is passed, and the connection ends", async () => {
  for (const [path, status, body] of /** @type {[string, number, string][]} */ ([["/refused", 401, "nope"]])) {
    const raw = await Raw.open(proxy.url);
    const response = await raw.write(handshake({ Host: host }, `GET /p${path} HTTP/1.1`)).response();
    assert.equal(response.status, status);
    assert.equal(response.body.toString(), body);
    assert.equal(response.headers.get("www-authenticate"), "Basic");
    assert.equal(response.headers.get("connection"), "close");
    assert.equal(await raw.ended(), "end");
    raw.close();
  }
});

test("handshakes that are none are not passed on", async () => {
  for (const [fields, start] of /** @type {[Record<string, string | undefined>, string][]} */ ([
    [{ "Sec-WebSocket-Key": undefined }, "GET /p/ HTTP/1.1"],
    [{ "Sec-WebSocket-Key": "short" }, "GET /p/ HTTP/1.1"],
    [{ "Content-Length": "0" }, "POST /p/ HTTP/1.1"],
    [{ "Content-Length": "5" }, "GET /p/ HTTP/1.1"],
  ])) {
    const raw = await Raw.open(proxy.url);
    assert.equal((await raw.write(handshake({ Host: wild, ...fields }, start)).response()).status, 400);
    raw.close();
  }
});

/** Opens one at the hostile origin, whose answer is `answer`. @param {string} answer @param {Record<string, string | undefined>} [fields] */
async function openWild(answer, fields = {}) {
  const client = await Raw.open(proxy.url);
  client.write(handshake({ Host: wild, "Sec-WebSocket-Protocol": undefined, ...fields }, "GET /p/ HTTP/1.1"));
  const { raw, fields: seen } = await hostile.request();
  assert.deepEqual(values(seen, "connection"), ["Upgrade"]);
  assert.deepEqual(values(seen, "upgrade"), ["websocket"]);
  raw.write(answer);
  return { client, raw };
}

test("a 101 that does not answer the handshake is answered 502", async () => {
  for (const answer of [
    SWITCH.replace(ACCEPT, "wrong"),
    SWITCH.replace("Sec-WebSocket-Accept", "X-Accept"),
    SWITCH.replace("Upgrade: websocket", "Upgrade: h2c"),
    SWITCH.replace("Connection: Upgrade", "Connection: close"),
    `${SWITCH}Sec-WebSocket-Protocol: unasked\r\n`,
    `${SWITCH}Sec-WebSocket-Protocol: one,two\r\n`,
    `${SWITCH}Sec-WebSocket-Extensions: permessage-deflate\r\n`,
  ]) {
    const { client, raw } = await openWild(`${answer}\r\n`, {
      "Sec-WebSocket-Protocol": answer.includes("one") ? "one,two" : undefined,
    });
    assert.equal((await client.response()).status, 502, answer);
    client.close();
    raw.close();
  }
  const { client, raw } = await openWild("");
  assert.equal((await client.response()).status, 504);
  client.close();
  raw.close();
});

test("bytes that come right behind the handshake, on either side", async () => {
  const client = await Raw.open(proxy.url);
  client.write(`${handshake({ Host: wild, "Sec-WebSocket-Protocol": "a, b" }, "GET /p/ HTTP/1.1")}early`);
  const { raw } = await hostile.request();
  raw.write(`${SWITCH}Sec-WebSocket-Protocol: b\r\n\r\nprompt`);
  const response = await client.response();
  assert.equal(response.status, 101);
  assert.equal(response.headers.get("sec-websocket-protocol"), "b");
  assert.equal((await client.take(6)).toString(), "prompt");
  assert.equal((await raw.take(5)).toString(), "early");
  await Promise.all([client.drip("abcdefgh"), raw.drip("12345678")]);
  assert.equal((await client.take(8)).toString(), "12345678");
  assert.equal((await raw.take(8)).toString(), "abcdefgh");
  client.close();
  raw.close();
});

test("a FIN goes through behind the data, and the other direction goes on", async () => {
  for (const isClientFirst of [true, false]) {
    const { client, raw } = await openWild(`${SWITCH}\r\n`);
    await client.response();
    const [first, second] = isClientFirst ? [client, raw] : [raw, client];
    first.write(Buffer.alloc(50_000, "x"));
    first.end();
    await second.take(50_000);
    assert.equal(await second.ended(), "end");
    second.write("still there");
    assert.equal((await first.take(11)).toString(), "still there");
    second.end();
    assert.equal(await first.ended(), "end");
    first.close();
    second.close();
  }
  await nothingIsLeft(proxy);
});

test("a reset of one side ends the other; silence ends both", async () => {
  for (const isClient of [true, false]) {
    const { client, raw } = await openWild(`${SWITCH}\r\n`);
    await client.response();
    (isClient ? client : raw).close(true);
    assert.match(await (isClient ? raw : client).ended(), /end|ECONNRESET|EPIPE/);
    (isClient ? raw : client).close();
  }
  const { client, raw } = await openWild(`${SWITCH}\r\n`);
  await client.response();
  for (let i = 0; i < 4; i++) {
    await delay(300);
    raw.write("x");
    await client.take(1);
  }
  assert.equal(await client.ended(), "end");
  await raw.ended();
  client.close();
  raw.close();
});

test("an origin that goes between its 101 and the first byte", async () => {
  for (const hard of [true, false]) {
    const { client, raw } = await openWild(`${SWITCH}\r\n`);
    raw.close(hard);
    await client.ended();
    client.close();
  }
});

test("no more at once than the option says", async () => {
  const opened = [await openWild(`${SWITCH}\r\n`), await openWild(`${SWITCH}\r\n`)];
  const raw = await Raw.open(proxy.url);
  const response = await raw.write(handshake({ Host: wild }, "GET /p/ HTTP/1.1")).response();
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "5");
  raw.close();
  const [request, answer] = await Promise.all([
    proxy.request(wild, "GET /p/"),
    hostile.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
  ]);
  assert.equal(request.status, 200, "requests are counted apart");
  answer.close();
  for (const { client, raw: there } of opened) {
    client.close();
    there.close();
  }
});

test("a reader that stops holds no more memory than one that reads, in either direction", async () => {
  await nothingIsLeft(proxy);
  const base = await settled(proxy.device);
  for (const isClient of [true, false]) {
    const name = await proxy.mount(hostile.port);
    const client = await Raw.open(proxy.url);
    client.write(handshake({ Host: name, "Sec-WebSocket-Protocol": undefined }, "GET /p/ HTTP/1.1"));
    const { raw } = await hostile.request();
    raw.write(`${SWITCH}\r\n`);
    await client.response();
    const [reader, writer] = isClient ? [client, raw] : [raw, client];
    reader.socket.pause();
    writer.write(Buffer.alloc(3_000_000, "y"));
    await delay(400);
    const { slots, chunks, native } = await proxy.device.figures();
    const more = slots + chunks + native - base.slots - base.chunks - base.native;
    assert.equal(more < 12_000, true, `${more} bytes more`);
    reader.socket.resume();
    await reader.take(3_000_000);
    reader.close();
    writer.close();
    await proxy.destroy(name);
  }
});

test("a vhost that ends takes its tunnels with it, and nothing is left", async () => {
  const { client, raw } = await openWild(`${SWITCH}\r\n`);
  await client.response();
  await proxy.destroy(wild);
  await client.ended();
  await raw.ended();
  client.close();
  raw.close();
  await nothingIsLeft(proxy);
  assert.equal(
    proxy.device.lines.some((line) => /reset|Error:/.test(line)),
    false,
  );
});
