// @ts-check
/** Streams over HTTP: what their users hear, and what servers are asked. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { BIG, StreamServer } from "../lib/stream-server.mjs";
import { StreamDevice } from "../lib/streams.mjs";

/** @type {StreamDevice} */ let bed;
const origins = new Origins();
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: "localhost" }, root);
const server = new StreamServer(origins);
const { requests, next } = server;
let host = "";
let tlsHost = "";

before(async () => {
  host = await server.listen();
  tlsHost = await server.listen(pair);
  bed = await StreamDevice.start(root.cert);
});
after(async () => {
  await bed?.close();
  origins.close();
  pki.close();
});

/** Runs a stream until it has told `last`. @param {string} type @param {string} path @param {object} [order] @param {string} [last] */
async function visit(type, path, order = {}, last = "DISCONNECTED") {
  requests.length = 0;
  const values = { host, path, .../** @type {{ values?: object }} */ (order).values };
  const stream = await bed.create(type, { connect: true, ...order, values });
  await bed.until(stream, last);
  return stream;
}

/** @param {number} stream */
async function destroy(stream) {
  await bed.order({ stream, destroy: true });
  await bed.empty();
}

const GOOD = "CONNECTING CONNECTED QOS_ACK_REMOTE DISCONNECTED";
const BAD = "CONNECTING CONNECTED QOS_NACK_REMOTE DISCONNECTED";

test("an answer: its headers first, then its body as one message, then how it went", async () => {
  const stream = await visit("get", "a%20b");
  assert.deepEqual(bed.heard(stream), [
    "CREATING",
    "CONNECTING",
    "CONNECTED",
    "rx 1 5 hello",
    "rx 2 0 ",
    "QOS_ACK_REMOTE",
    "DISCONNECTED",
  ]);
  assert.equal((await bed.order({ stream, get: "kind" })).value, "of /a%20b");
  assert.equal((await bed.order({ stream, get: "size" })).value, "5");
  assert.deepEqual([requests[0].method, requests[0].url, requests[0].headers.host], ["GET", "/a%20b", host]);
  const before = server.connections;
  await bed.order({ stream, connect: true });
  await bed.until(stream, "DISCONNECTED", 2);
  assert.equal(server.connections, before, "the connection was kept");
  assert.equal(bed.states(stream), `CREATING ${GOOD} ${GOOD}`);
  await destroy(stream);
});

test("by TLS, a long one, none, and one that is held back", async () => {
  const values = { host: tlsHost };
  const long = await visit("get_tls", "big", { values });
  assert.equal(bed.received(long), BIG.length);
  assert.equal(bed.heard(long).at(-3), "rx 2 0 ");
  await bed.order({ stream: long, destroy: true });
  const none = await visit("get_tls", "empty", { values });
  assert.equal(bed.heard(none).join(" "), `CREATING ${GOOD}`);
  await bed.order({ stream: none, destroy: true });
  const slow = await visit("get_tls", "big", { values, credit: 4000 }, "rx");
  for (let i = 0; i < 8; i++) await bed.order({});
  assert.equal(bed.received(slow), 4000);
  await bed.order({ stream: slow, addCredit: 100_000 });
  await bed.until(slow, "DISCONNECTED");
  assert.equal(bed.received(slow), BIG.length);
  await destroy(slow);
});

test("statuses: what is good, and what the policy maps", async () => {
  const missing = await visit("get", "missing");
  assert.equal(bed.states(missing), `CREATING CONNECTING user state 1404 ${BAD.slice("CONNECTING ".length)}`);
  await destroy(missing);
  const bare = await visit("get", "online");
  assert.equal(bed.states(bare), `CREATING CONNECTING user state 1204 ${GOOD.slice("CONNECTING ".length)}`);
  await destroy(bare);
  const portal = await visit("portal", "");
  assert.equal(bed.states(portal), `CREATING ${GOOD}`);
  next.push((response) => response.end("welcome to the hotel"));
  await bed.order({ stream: portal, connect: true });
  await bed.until(portal, "QOS_NACK_REMOTE");
  assert.deepEqual(bed.portals, []);
  next.push((response) => response.writeHead(302, { Location: "http://hotel.lan/" }).end());
  await bed.order({ stream: portal, connect: true });
  await bed.until(portal, "ALL_RETRIES_FAILED");
  assert.match(bed.states(portal), / CONNECTING UNREACHABLE ALL_RETRIES_FAILED$/);
  assert.deepEqual(bed.portals, ["portal"]);
  await destroy(portal);
});

test("a server that is busy is asked again when it wants, or the scheme", async () => {
  const date = (/** @type {number} */ seconds) => new Date(seconds * 1000).toUTCString();
  for (const [status, headers, least] of /** @type {const} */ ([
    [503, {}, 100],
    [429, { "Retry-After": "1" }, 1000],
    [503, { "Retry-After": date(1_000_002), Date: date(1_000_000) }, 2000],
    [503, { "Retry-After": "soon" }, 100],
  ])) {
    next.push((response) => response.writeHead(status, headers).end("later"));
    const since = Date.now();
    const stream = await visit("get", "a");
    const took = Date.now() - since;
    assert.equal(took >= least && took < least + 1500, true, `${took} ms`);
    assert.equal(bed.states(stream), `CREATING CONNECTING UNREACHABLE ${GOOD}`);
    assert.equal(bed.received(stream), 5);
    await destroy(stream);
  }
});

test("redirections are followed where the policy says so, and not for ever", async () => {
  const there = await visit("follow", "there");
  assert.equal(bed.states(there), `CREATING ${GOOD}`);
  assert.deepEqual(
    requests.map(({ url }) => url),
    ["/there", "/a"],
  );
  await destroy(there);
  const loop = await visit("follow", "loop", {}, "ALL_RETRIES_FAILED");
  assert.equal(bed.states(loop), "CREATING CONNECTING UNREACHABLE ALL_RETRIES_FAILED");
  assert.equal(requests.length, 5);
  await destroy(loop);
  const refused = await visit("get", "there", {}, "ALL_RETRIES_FAILED");
  assert.equal(bed.states(refused), `CREATING ${"CONNECTING UNREACHABLE ".repeat(4)}ALL_RETRIES_FAILED`);
  await destroy(refused);
});

test("a body of known length and one of any, with what the system says of itself", async () => {
  for (const [length, piece] of [
    [3000, 700],
    [0, 1500],
    [3000, 3000],
  ]) {
    const stream = await visit("post", "in", {
      connect: undefined,
      write: 3000,
      piece,
      length,
      values: { kind: "text/x" },
    });
    assert.equal(bed.states(stream), `CREATING POLL ${GOOD}`);
    const [{ headers, body }] = requests;
    assert.equal(String(body), "p".repeat(3000));
    assert.equal(headers["content-length"], length ? "3000" : undefined);
    assert.equal(headers["transfer-encoding"], length ? undefined : "chunked");
    assert.equal(headers["authorization"], "Bearer secret-1");
    assert.equal(headers["x-serial"], "0001");
    assert.equal(headers["content-type"], "text/x");
    await destroy(stream);
  }
  next.push((response) => response.writeHead(401).end("who?"));
  const refused = await visit("post", "in", { connect: undefined, write: 10 });
  assert.equal(bed.states(refused), "CREATING POLL CONNECTING CONNECTED AUTH_FAILED DISCONNECTED");
  await destroy(refused);
  const short = await visit("post", "in", { connect: undefined, write: 10, length: 20 }, "ALL_RETRIES_FAILED");
  assert.equal(bed.states(short), "CREATING POLL CONNECTING UNREACHABLE ALL_RETRIES_FAILED", "shorter than was said");
  await destroy(short);
  const mute = await visit("no_serial", "a", {}, "ALL_RETRIES_FAILED");
  assert.equal(bed.states(mute), "CREATING CONNECTING UNREACHABLE ALL_RETRIES_FAILED", "a header that can't be had");
  assert.equal(requests.length, 0);
  await destroy(mute);
});

/** The parts of a form. @param {import("../lib/stream-server.mjs").Request} request */
async function formOf({ headers, body }) {
  const type = String(headers["content-type"]);
  const form = await new Response(/** @type {any} */ (body), { headers: { "Content-Type": type } }).formData();
  return Promise.all(
    [...form].map(async ([name, value]) =>
      typeof value === "string" ? [name, value] : [name, value.name, value.type, await value.text()],
    ),
  );
}

test("forms: urlencoded, in one part, and in those of others that ride along", async () => {
  const form = await visit("form", "in", { connect: undefined, write: 100 });
  assert.equal(requests[0].headers["content-type"], "application/x-www-form-urlencoded");
  assert.equal(String(requests[0].body), "f".repeat(100));
  await destroy(form);
  for (const piece of [100, 1000, 2500]) {
    const one = await visit("attachment", "in", { connect: undefined, write: 2500, piece });
    assert.deepEqual(await formOf(requests[0]), [["file", 'a"b.bin', "application/octet-stream", "a".repeat(2500)]]);
    await destroy(one);
    const two = await visit("parts", "in", { connect: undefined, write: 2500, piece, sections: 2 });
    assert.deepEqual(await formOf(requests[0]), [
      ["note", "p".repeat(2500)],
      ["file", 'a"b.bin', "application/octet-stream", "a".repeat(2500)],
    ]);
    assert.equal(bed.states(two), `CREATING POLL ${GOOD}`);
    await destroy(two);
  }
});

test("a stream that is polled goes on where its transaction was cut off, and rests when it is over", async () => {
  next.push((response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("only this");
    setTimeout(() => response.socket?.resetAndDestroy(), 50);
  });
  const stream = await visit("poll", "a", {}, "QOS_ACK_REMOTE");
  await bed.until(stream, "DISCONNECTED", 2);
  assert.equal(bed.states(stream), `CREATING CONNECTING CONNECTED DISCONNECTED ${GOOD}`);
  await destroy(stream);
});

test("servers that lie, are silent, or talk nonsense: an attempt has one end, and the next comes when the scheme says", async () => {
  const lies = [
    "",
    "\r\n\r\n",
    "HTTP/1.1 200",
    "HTTP/1.1 999999 OK\r\n\r\n",
    "SSH-2.0-x\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(2000)}\r\n`,
    "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
  ];
  for (const lie of lies) {
    const port = await origins.raw((socket) => socket.end(lie, "latin1"));
    const isCut = /Length: 50|chunked/.test(lie);
    // One that is repeated stands for all.
    const [type, many] = lie === "" ? ["get", 4] : ["follow", 1];
    const values = { host: `localhost:${port}` };
    const stream = await visit(type, "a", { values }, isCut ? "DISCONNECTED" : "ALL_RETRIES_FAILED");
    const failed = `${"CONNECTING UNREACHABLE ".repeat(many)}ALL_RETRIES_FAILED`;
    const end = isCut ? "CONNECTING CONNECTED DISCONNECTED" : failed;
    assert.equal(bed.states(stream), `CREATING ${end}`, JSON.stringify(lie.slice(0, 60)));
    await destroy(stream);
  }
});

test("an answer that comes byte by byte is the same", async () => {
  const text = "HTTP/1.1 200 OK\r\nX-Kind: slow\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
  const port = await origins.raw(async (socket) => {
    socket.setNoDelay(true);
    for (const byte of text) {
      socket.write(byte);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    socket.end();
  });
  const stream = await visit("get", "a", { values: { host: `localhost:${port}` } });
  assert.equal(bed.states(stream), `CREATING ${GOOD}`);
  assert.equal(bed.received(stream), 6);
  assert.equal((await bed.order({ stream, get: "kind" })).value, "slow");
  await destroy(stream);
});
