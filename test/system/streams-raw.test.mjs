// @ts-check
/** Streams of bytes, plain and by TLS, and what their trust stores cost. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { Pki } from "../lib/pki.mjs";
import { rested } from "../lib/settle.mjs";
import { StreamDevice } from "../lib/streams.mjs";

/** @typedef {import("node:net").Socket} Socket */

/** @type {StreamDevice} */ let bed;
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: "localhost" }, root);
/** @type {import("node:net").Server[]} */ const servers = [];
/** @type {Set<Socket>} */ const sockets = new Set();

before(async () => {
  bed = await StreamDevice.start(root.cert);
});
after(async () => {
  await bed?.close();
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
  pki.close();
});

/** A server. @param {(socket: Socket) => void} onSocket @param {{ chain: string, key: string }} [secret] @returns {Promise<string>} where it is */
async function serve(onSocket, secret) {
  const onConnection = (/** @type {Socket} */ socket) => {
    onSocket(socket);
    socket.resume();
  };
  const server = secret
    ? createTlsServer({ cert: secret.chain, key: secret.key }, onConnection)
    : createServer(onConnection);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `localhost:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
}

/** @param {Socket} socket */
function echo(socket) {
  socket.on("error", () => {});
  socket.pipe(socket);
}

const UP = "CREATING POLL CONNECTING CONNECTED";

for (const [type, secret] of /** @type {const} */ ([
  ["raw_once", undefined],
  ["raw_tls", pair],
])) {
  test(`${type}: bytes there and back, and an end from either side`, async () => {
    const host = await serve(echo, secret);
    const stream = await bed.create(type, { values: { host }, write: 20_000, piece: 900 });
    await bed.gets(stream, 20_000);
    assert.equal(bed.states(stream), UP);
    for (const socket of sockets) socket.end();
    await bed.until(stream, "DISCONNECTED");
    await bed.order({ stream, connect: true });
    await bed.until(stream, "CONNECTED", 2);
    await bed.order({ stream, destroy: true });
    await bed.order({});
    assert.equal(bed.states(stream), `${UP} DISCONNECTED CONNECTING CONNECTED DISCONNECTED DESTROYING`);
    assert.equal((await bed.order({ stream, connect: true })).error, "STREAM_GONE");
    await bed.empty();
  });
}

test("a stream that is dropped is dialled again, and never twice at once", async () => {
  let [open, most, count] = [0, 0, 0];
  const host = await serve((socket) => {
    open++;
    count++;
    most = Math.max(most, open);
    socket.on("close", () => open--);
    setTimeout(() => (count % 2 ? socket.end() : socket.resetAndDestroy()), 20);
  });
  const stream = await bed.create("raw", { values: { host }, connect: true });
  await bed.until(stream, "DISCONNECTED", 5);
  await bed.order({ stream, destroy: true });
  await bed.order({});
  const pairs = "CONNECTING CONNECTED DISCONNECTED ";
  assert.match(
    bed.states(stream),
    new RegExp(`^CREATING (${pairs}){5}(CONNECTING (CONNECTED DISCONNECTED )?)?DESTROYING$`),
  );
  assert.equal(most, 1);
  await bed.empty();
});

test("attempts that fail, and as many as are concealed", async () => {
  const host = await serve(() => {});
  servers.pop()?.close();
  const stream = await bed.create("raw", { values: { host }, write: 10 });
  await bed.until(stream, "ALL_RETRIES_FAILED");
  assert.equal(bed.states(stream), `CREATING POLL ${"CONNECTING UNREACHABLE ".repeat(4)}ALL_RETRIES_FAILED`);
  await bed.order({ stream, write: 10 });
  await bed.until(stream, "ALL_RETRIES_FAILED", 2);
  assert.match(bed.states(stream), / ALL_RETRIES_FAILED POLL CONNECTING UNREACHABLE ALL_RETRIES_FAILED$/);
  await bed.order({ stream, destroy: true });
  const nowhere = await bed.create("raw_once", { values: { host: "no host" }, write: 10 });
  await bed.until(nowhere, "ALL_RETRIES_FAILED");
  assert.equal(bed.states(nowhere), "CREATING POLL CONNECTING UNREACHABLE ALL_RETRIES_FAILED");
  await bed.order({ stream: nowhere, destroy: true });
  await bed.empty();
});

test("failure, a server that nobody vouches for is not spoken to: its issuer, its name, its dates", async () => {
  const strange = pki.make({ name: "localhost" }, pki.make({ name: "strange", authority: true }));
  const other = pki.make({ name: "other.lan" }, root);
  const old = pki.make({ name: "localhost", to: "20210101000000Z" }, root);
  for (const secret of [strange, other, old]) {
    const host = await serve(echo, secret);
    const stream = await bed.create("raw_tls", { values: { host }, write: 10 });
    await bed.until(stream, "ALL_RETRIES_FAILED");
    assert.equal(bed.states(stream), "CREATING POLL CONNECTING UNREACHABLE ALL_RETRIES_FAILED");
    await bed.order({ stream, destroy: true });
  }
  await bed.empty();
});

test("a silent connection is dead when the policy says so", async () => {
  const host = await serve(() => {});
  const since = Date.now();
  const stream = await bed.create("raw_silent", { values: { host }, connect: true });
  await bed.until(stream, "DISCONNECTED");
  assert.equal(Date.now() - since >= 1000, true);
  await bed.until(stream, "CONNECTED", 2);
  await bed.order({ stream, destroy: true });
  await bed.empty();
});

test("no more is read than there is credit for", async () => {
  const host = await serve((socket) => socket.write(Buffer.alloc(100_000)));
  const stream = await bed.create("raw_once", { values: { host }, connect: true, credit: 100 });
  await bed.until(stream, "rx");
  await delay(100);
  await bed.order({ stream, addCredit: 3000 });
  assert.equal(bed.received(stream), 100);
  await delay(100);
  await bed.order({});
  assert.equal(bed.received(stream), 3100);
  await bed.order({ stream, destroy: true });
  await bed.empty();
});

test("race, a stream that is destroyed while its handshake runs hears no more, and its store is gone", async () => {
  const host = await serve(() => {});
  const stream = await bed.create("raw_tls", { values: { host }, connect: true });
  await delay(100);
  await bed.order({ stream, destroy: true });
  await bed.empty();
  await delay(100);
  await bed.order({});
  assert.equal(bed.states(stream), "CREATING CONNECTING DESTROYING");
});

test("what is nailed up dials at once, and again", async () => {
  const stream = await bed.create("raw_nailed");
  await bed.until(stream, "UNREACHABLE", 2);
  await bed.order({ stream, destroy: true });
  await bed.order({});
  assert.match(bed.states(stream), /^CREATING CONNECTING UNREACHABLE CONNECTING UNREACHABLE .*DESTROYING$/);
  await bed.empty();
});

test("callbacks end a connection, or the stream, in any state", async () => {
  const host = await serve((socket) => socket.write("hello"));
  for (const what of ["CONNECTING", "CONNECTED", "rx", "DISCONNECTED"]) {
    for (const ret of [-1, -2]) {
      const answers = { [what]: ret, ...(what === "DISCONNECTED" && { CONNECTED: -1 }) };
      const other = await bed.create("raw_once", { values: { host }, connect: true, answers });
      const last = ret === -2 ? "DESTROYING" : what === "CONNECTING" ? "UNREACHABLE" : "DISCONNECTED";
      await bed.until(other, last);
      if (ret === -1) await bed.order({ stream: other, destroy: true });
    }
  }
  await bed.empty();
});

test("100 TLS streams, one after the other and some of them connected, leave nothing behind", {
  timeout: 120_000,
}, async () => {
  const host = await serve(echo, pair);
  let held = 0;
  const visit = async (/** @type {number} */ i) => {
    const stream = await bed.create("raw_tls", { values: { host }, ...(i % 5 === 0 && { write: 100 }) });
    // One store, which is one vhost, with its certificates in native memory; none afterwards.
    assert.equal((await bed.order({})).stores, 1);
    if (i === 0) held = (await bed.device.figures()).native;
    if (i % 5 === 0) await bed.until(stream, "rx");
    await bed.order({ stream, destroy: true });
    await bed.empty();
  };
  const { device } = bed;
  // The image remembers the last few users.
  for (let i = 0; i < 8; i++) await visit(i);
  const before = await rested(device);
  for (let i = 0; i < 100; i++) await visit(i);
  const after = await rested(device);
  assert.deepEqual(after, before);
  assert.ok(held - before.native > 1000, "what a store takes is seen in the figures");
});
