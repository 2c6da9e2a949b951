// @ts-check
/** HTTP as a client, against web servers and against what only looks like one. The image is test/images/client. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, NETWORK, startClient } from "../lib/client.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { settled } from "../lib/settle.mjs";

/** @typedef {import("../lib/client.mjs").Outcome} Outcome */

const NAME = "good.example";
/** Waits of a few hundred milliseconds, for servers that let one wait. */
const HASTY = { connectTimeout: 1500, answerTimeout: 500, bodyTimeout: 500 };

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {NameServer} */ let names;
const origins = new Origins();
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: NAME }, root);

before(async () => {
  names = await NameServer.start();
  names.names.set(NAME, ["127.0.0.1"]);
  device = await startClient([...names.switchFor(NETWORK), "--clock", "real"]);
});
after(async () => {
  await device?.close();
  names?.close();
  origins.close();
  pki.close();
});

/** Lets the device ask. @param {string} url @param {object} [order] @param {string} [authority] @returns {Promise<Outcome>} */
function get(url, order = {}, authority = "") {
  return ask(device, { url, ...order }, { authority });
}

/** @param {string | Buffer} data */
const sumOf = (data) => createHash("sha256").update(data).digest("hex");

/** What an answer of these bytes ends in; then the server says no more. @param {string} bytes @param {object} [order] @param {"end" | "stay" | "reset"} [then] */
async function answered(bytes, order = {}, then = "end") {
  const port = await origins.raw((socket) => {
    socket.write(bytes, "latin1", () => {
      if (then === "end") socket.end();
      else if (then === "reset") setTimeout(() => socket.resetAndDestroy(), 50);
    });
  });
  return get(`http://${NAME}:${port}/`, { options: { idle: 0, ...HASTY }, ...order });
}

test("plain and by TLS: path, Host, own headers, a body of any size", async () => {
  const body = Buffer.alloc(200_000, "0123456789abcdef~");
  for (const [scheme, authority] of /** @type {const} */ ([
    ["http", ""],
    ["https", root.cert],
  ])) {
    /** @type {import("node:http").IncomingMessage[]} */ const requests = [];
    const port = await origins.http(
      (request, response) => {
        requests.push(request);
        response.setHeader("X-Kind", "of magic");
        response.end(request.url?.startsWith("/big") ? body : "hello");
      },
      authority ? pair : undefined,
    );
    const url = `${scheme}://${NAME}:${port}`;
    const order = { headers: "X-A: b\r\nAccept: text/plain\r\n", header: "x-kind" };
    const small = await get(`${url}/a%20b?c=d#e`, order, authority);
    assert.deepEqual([small.status, small.text, small.bodyLength, small.header], [200, "hello", 5, "of magic"]);
    const [{ url: target, headers, method }] = requests;
    assert.deepEqual([method, target, headers.host, headers["x-a"]], ["GET", "/a%20b?c=d", `${NAME}:${port}`, "b"]);
    const big = await get(`${url}/big`, {}, authority);
    assert.deepEqual([big.received, big.sum], [body.length, sumOf(body)]);
    const head = await get(`${url}/big`, { method: "HEAD" }, authority);
    assert.deepEqual([head.status, head.received], [200, 0]);
  }
});

test("framings: a length, chunks with extensions and trailers, the end of the connection, none", async () => {
  for (const [bytes, text] of [
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n", "hello"],
    ["HTTP/1.1 200 OK\r\n\r\nhello", "hello"],
    ["HTTP/1.0 200 OK\r\n\r\nhello", "hello"],
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "hello",
    ],
    ["HTTP/1.1 204 No Content\r\n\r\n", undefined],
    ["HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n", undefined],
    ["HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello and more", "hello"],
  ]) {
    const outcome = await answered(/** @type {string} */ (bytes));
    assert.deepEqual([outcome.error, outcome.text], [undefined, text], bytes);
  }
});

test("byte by byte", async () => {
  const bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
  for (const secure of [false, true]) {
    const port = await origins.raw(
      async (socket) => {
        for (const byte of bytes) {
          socket.write(byte);
          await delay(2);
        }
      },
      secure ? pair : undefined,
    );
    const url = `http${secure ? "s" : ""}://${NAME}:${port}/`;
    const outcome = await get(url, {}, secure ? root.cert : "");
    assert.deepEqual([outcome.status, outcome.sum], [200, sumOf("hello")]);
  }
});

test("what is no answer", async () => {
  for (const bytes of [
    "hello\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2\r\n",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.1 abc\r\n\r\n",
    "HTTP/1.1 099 Odd\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 5 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
    "HTTP/1.1 200 OK\r\n : x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
    `HTTP/1.1 200 OK\r\nA: ${"b".repeat(3000)}\r\n\r\n`,
    `HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(500)}\r\n`,
    "\0".repeat(3000),
  ])
    assert.equal((await answered(bytes, {}, "stay")).error, "BAD_ANSWER", JSON.stringify(bytes.slice(0, 80)));
});

test("an answer that ends before its end, by a FIN or a reset, at every point", async () => {
  const bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello";
  for (const then of /** @type {const} */ (["end", "reset"])) {
    for (const length of [0, 1, 9, 16, 17, 30, 43, 44, 45, 48])
      assert.equal((await answered(bytes.slice(0, length), {}, then)).error, "CONNECTION_LOST", `${then} ${length}`);
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for (const back of [1, 2, 3, 5, 7, 9, 14])
      assert.equal((await answered(chunked.slice(0, -back), {}, then)).error, "CONNECTION_LOST", `${then} -${back}`);
  }
});

test("servers that let one wait: for the connection, the head, the body, or a byte now and then", async () => {
  assert.equal((await answered("", {}, "stay")).error, "ANSWER_TIMEOUT");
  assert.equal((await answered("HTTP/1.1 200 OK\r\nA: ", {}, "stay")).error, "ANSWER_TIMEOUT");
  assert.equal(
    (await answered("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", {}, "stay")).error,
    "ANSWER_TIMEOUT",
  );
  const drip = (/** @type {string} */ start) =>
    origins.raw((socket) => {
      socket.write(start);
      const timer = setInterval(() => socket.write("a"), 50);
      socket.on("close", () => clearInterval(timer));
    });
  const options = { idle: 0, ...HASTY, leastBytes: 100 };
  for (const start of ["HTTP/1.1 200 OK\r\nA: ", "HTTP/1.1 200 OK\r\n\r\n"]) {
    const begun = Date.now();
    const outcome = await get(`http://${NAME}:${await drip(start)}/`, { options });
    assert.equal(outcome.error, "ANSWER_TIMEOUT", start);
    assert.ok(Date.now() - begun < 3000);
  }
});

test("whom nobody answers: no name, no listener, no TLS, another name, nobody who vouches", async () => {
  const options = { idle: 0, ...HASTY };
  assert.equal((await get("http://absent.example/", { options })).error, "RESOLVE_NO_NAME");
  assert.equal((await get("http://127.0.0.1:9/", { options })).error, "CONNECT_REFUSED");
  const port = await origins.http((_request, response) => response.end("hello"), pair);
  assert.equal((await get(`https://127.0.0.1:${port}/`, { options }, root.cert)).error, "TLS_WRONG_NAME");
  const other = pki.make({ name: "other", authority: true }).cert;
  assert.equal((await get(`https://${NAME}:${port}/`, { options }, other)).error, "TLS_UNKNOWN_CA");
  const plain = await origins.raw((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
  const mute = get(`https://${NAME}:${plain}/`, { options }, root.cert);
  assert.ok(["TLS_PROTOCOL", "CONNECT_TIMEOUT"].includes((await mute).error ?? ""), (await mute).error);
  assert.equal((await get(`http://${NAME}:${port}/`, { options })).error !== undefined, true);
});

test("addresses are tried one after the other", async () => {
  names.names.set("twofold.example", ["127.9.9.9", "127.0.0.1"]);
  const port = await origins.http((_request, response) => response.end("hello"));
  assert.equal((await get(`http://twofold.example:${port}/`)).text, "hello");
});

test("what can't be asked is refused at once", async () => {
  for (const order of [
    { url: "ftp://a/" },
    { url: "http://a b/" },
    { url: "http://user@a/" },
    { url: "http://a:0/" },
    { url: "http://a:70000/" },
    { url: "http://[::1]/" },
    { url: "http://a/\u0001" },
    { url: "http://a/%zz" },
    { url: "https://a/" },
    { url: "http://a/", method: "GET /" },
    { url: "http://a/", method: "CONNECT" },
    { url: "http://a/", headers: "A: b" },
    { url: "http://a/", headers: "A: b\r\n\r\nGET / HTTP/1.1\r\n" },
    { url: "http://a/", headers: "Host: b\r\n" },
    { url: "http://a/", headers: "Content-Length: 5\r\n" },
  ])
    assert.equal((await get(order.url, order)).thrown, "BAD_OPTION", JSON.stringify(order));
});

test("request bodies: sized and in chunks, written as the server takes them", async () => {
  const port = await origins.http(async (request, response) => {
    const hash = createHash("sha256");
    let length = 0;
    request.on("error", () => {});
    request.on("data", (piece) => {
      length += piece.length;
      hash.update(piece);
    });
    await new Promise((resolve) => request.once("close", resolve).once("end", resolve));
    const framing = request.headers["content-length"] ?? request.headers["transfer-encoding"];
    response.end(`${request.method} ${framing} ${length} ${hash.digest("hex").slice(0, 8)}`);
  });
  for (const chunked of [false, true]) {
    for (const [send, piece] of [
      [0, 1],
      [5, 5],
      [4001, 1000],
      [60_000, 1777],
    ]) {
      let expected = "";
      for (let at = 0; at < send; at += piece)
        expected += String.fromCharCode(0x61 + (at % 23)).repeat(Math.min(piece, send - at));
      const { text } = await get(`http://${NAME}:${port}/`, { method: "POST", send, piece, chunked });
      assert.equal(text, `POST ${chunked ? "chunked" : send} ${send} ${sumOf(expected).slice(0, 8)}`);
    }
  }
  const { error } = await get(`http://${NAME}:${port}/`, { method: "POST", send: 10, wrong: 1, piece: 10 });
  assert.equal(error, "BAD_FRAMING");
});

test("an early answer ends the request", async () => {
  const port = await origins.raw((socket) => socket.end("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"));
  const { status, error } = await get(`http://${NAME}:${port}/`, { method: "POST", send: 300_000, piece: 1000 });
  assert.ok(status === 413 || error === "CONNECTION_LOST", `${status} ${error}`);
});

test("redirects: none unless asked for, four kinds, relative ones, and never from https to http", async () => {
  /** @type {string[]} */ const seen = [];
  const port = await origins.http(async (request, response) => {
    const { method, url = "", headers } = request;
    let length = 0;
    for await (const piece of request) length += piece.length;
    seen.push(
      `${method} ${url} ${length} ${headers.authorization ?? ""}${headers.cookie ?? ""}${headers["content-type"] ?? ""}`,
    );
    const [, status, location] = /^\/(\d+)\/(.*)/.exec(url) ?? [];
    if (status) response.writeHead(Number(status), { Location: decodeURIComponent(location) });
    response.end("hello");
  });
  const base = `http://${NAME}:${port}`;
  const to = (/** @type {number} */ status, /** @type {string} */ location) =>
    `${base}/${status}/${encodeURIComponent(location)}`;
  assert.equal((await get(to(302, "/end"))).status, 302);
  const secrets = "Authorization: Basic x\r\nCookie: y\r\n";
  for (const status of [301, 302, 303, 307, 308]) {
    seen.length = 0;
    const outcome = await get(to(status, "../end?q"), {
      redirects: 1,
      method: "POST",
      send: 6,
      headers: `${secrets}Content-Type: z\r\n`,
    });
    assert.equal(outcome.text, "hello");
    assert.equal(seen[1], status < 304 ? "GET /end?q 0 Basic xy" : "POST /end?q 6 Basic xyz", `${status}`);
  }
  seen.length = 0;
  assert.equal((await get(to(302, `http://127.0.0.1:${port}/end`), { redirects: 1, headers: secrets })).text, "hello");
  assert.equal(seen[1], "GET /end 0 ");
  const three = to(302, to(302, to(302, "/end")));
  assert.equal((await get(three, { redirects: 3 })).text, "hello");
  assert.equal((await get(three, { redirects: 2 })).status, 302);
  for (const location of ["ftp://a/", "javascript:1", "http://", "//", "http://a b/", "https://a/"])
    assert.equal((await get(to(302, location), { redirects: 4 })).error, "BAD_REDIRECT", location);
  assert.equal((await get(to(302, "/end"), { redirects: 4, stays: true })).error, "BAD_REDIRECT");
  const loop = await origins.http((_request, response) => response.writeHead(302, { Location: "/" }).end());
  assert.equal((await get(`http://${NAME}:${loop}/`, { redirects: 4 })).status, 302);
  const secure = await origins.http(
    (_request, response) => response.writeHead(302, { Location: `${base}/end` }).end(),
    pair,
  );
  assert.equal((await get(`https://${NAME}:${secure}/`, { redirects: 4 }, root.cert)).error, "BAD_REDIRECT");
});

test("a connection is used again, as long as the server keeps it", async () => {
  for (const secure of [false, true]) {
    /** @type {Set<unknown>} */ const sockets = new Set();
    const port = await origins.http(
      (request, response) => {
        sockets.add(request.socket);
        if (request.url === "/last") response.setHeader("Connection", "close");
        response.end("hello");
        if (request.url === "/gone") setTimeout(() => request.socket.destroy(), 20);
      },
      secure ? pair : undefined,
    );
    const url = `http${secure ? "s" : ""}://${NAME}:${port}`;
    const authority = secure ? root.cert : "";
    for (const path of ["/", "/", "/last", "/", "/gone"])
      assert.equal((await get(url + path, {}, authority)).text, "hello");
    assert.equal(sockets.size, 2);
    await delay(100);
    assert.equal((await get(url, {}, authority)).text, "hello");
    assert.equal(sockets.size, 3);
    await get(url, { options: { idle: 0 } }, authority);
    assert.equal(sockets.size, 4);
  }
  let count = 0;
  const rude = await origins.raw((socket, _head, number) => {
    count = number;
    const junk = number === 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" : "";
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello${junk}`);
  });
  for (let i = 0; i < 2; i++) assert.equal((await get(`http://${NAME}:${rude}/`)).text, "hello");
  assert.equal(count, 2, "what nobody has asked for ends a connection");
  const fleeting = await origins.raw((socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    socket.on("data", () => socket.destroy());
  });
  for (let i = 0; i < 3; i++) assert.equal((await get(`http://${NAME}:${fleeting}/`)).text, "hello");
});

test("a caller that stops reading holds the server back; one that gives up is told nothing more", async () => {
  let sent = 0;
  const port = await origins.http((_request, response) => {
    const more = () => {
      while (sent < 400_000 && response.write(Buffer.alloc(4000, "x"))) sent += 4000;
      if (sent >= 400_000) response.end();
      else response.once("drain", more);
    };
    more();
  });
  sent = 0;
  const held = get(`http://${NAME}:${port}/`, { hold: 12, options: HASTY });
  await delay(600);
  assert.ok(sent < 350_000, `${sent}`);
  await device.figures();
  const { received, error, pieces = 0 } = await held;
  assert.deepEqual([error, (received ?? 0) >= 400_000], [undefined, true]);
  assert.ok(pieces > 100);
  for (const cancel of [0, 10_000]) {
    sent = 0;
    assert.equal((await get(`http://${NAME}:${port}/`, { cancel })).cancelled, true);
  }
  assert.equal((await get(`http://${NAME}:${port}/`, { throws: true })).error, "PRECONDITION");
});

test("nothing is left behind", async () => {
  const port = await origins.http((_request, response) => response.end("hello"), pair);
  const options = { idle: 0, ...HASTY };
  const rounds = async () => {
    await get(`https://${NAME}:${port}/`, { options }, root.cert);
    await get(`https://127.0.0.1:${port}/`, { options }, root.cert);
    await get("http://127.0.0.1:9/", { options });
    await answered("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", {}, "reset");
    await delay(100);
    return settled(device);
  };
  await rounds();
  const before = await rounds();
  const after = await rounds();
  assert.equal(after.native, before.native);
  assert.ok(Math.abs(after.slots + after.chunks - before.slots - before.chunks) < 400, JSON.stringify([before, after]));
});
