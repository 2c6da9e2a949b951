// @ts-check
/** Streams by TLS and the time: what they do before it is known, and what authorities are worth whose time is over, or has not come. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createServer } from "node:tls";
import { Pki } from "../lib/pki.mjs";
import { StreamDevice } from "../lib/streams.mjs";

/** So many seconds of the device are one here. */
const SPEED = 2;

const pki = new Pki();
/** @type {(() => unknown)[]} */ const ends = [() => pki.close()];
after(async () => {
  for (const end of ends) await end();
});

/** A server by TLS that counts who comes, and says why it was not believed. @param {import("../lib/pki.mjs").Certificate} pair */
async function serve(pair) {
  const seen = { connections: 0, reasons: /** @type {string[]} */ ([]), host: "" };
  const server = createServer({ cert: pair.chain, key: pair.key }, (socket) => socket.on("error", () => {}).resume());
  server.on("connection", (socket) => {
    seen.connections++;
    ends.unshift(() => socket.destroy());
  });
  server.on("tlsClientError", (error) => seen.reasons.push(/** @type {{ reason?: string }} */ (error).reason ?? ""));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.unshift(() => server.close());
  seen.host = `localhost:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
  return seen;
}

/** @param {import("../lib/pki.mjs").Certificate} authority @param {string[]} args */
async function start(authority, args) {
  const bed = await StreamDevice.start(authority.cert, ["--speed", String(SPEED), ...args]);
  ends.unshift(() => bed.close());
  return bed;
}

test("race, the time is not known yet: the store is built, the stream dials when it is known", async () => {
  const root = pki.make({ name: "root", authority: true });
  const server = await serve(pki.make({ name: "localhost" }, root));
  const bed = await start(root, ["--clock", "0"]);
  const stream = await bed.create("raw_tls", { values: { host: server.host }, connect: true });
  assert.equal((await bed.order({})).stores, 1);
  // Twice as long as a connection may take.
  await delay(3000 / SPEED);
  const { stores } = await bed.order({});
  assert.deepEqual([stores, server.connections], [1, 0]);
  assert.doesNotMatch(bed.states(stream), /UNREACHABLE/);
  await bed.device.control(`clock ${Math.floor(Date.now() / 1000)}`);
  await bed.until(stream, "CONNECTED");
  assert.deepEqual([server.connections, server.reasons], [1, []]);
  await bed.order({ stream, destroy: true });
  await bed.empty();
});

test("failure, an authority whose time is over, or has not come: it can be loaded, and nobody is believed", async () => {
  /** @type {[string, object, RegExp][]} what TLS tells the server (RFC 8446 §6.2) */
  const cases = [
    ["past", { to: "20210101000000Z" }, /alert certificate expired/],
    ["future", { from: "20480101000000Z" }, /alert certificate unknown/],
  ];
  const bed = await start(pki.make({ authority: true }), []);
  for (const [when, span, reason] of cases) {
    const authority = pki.make({ name: when, authority: true, ...span });
    const server = await serve(pki.make({ name: "localhost" }, authority));
    await bed.order({ authority: true }, authority.cert);
    const stream = await bed.create("raw_tls", { values: { host: server.host } });
    assert.equal((await bed.order({})).stores, 1, when);
    await bed.order({ stream, connect: true });
    await bed.until(stream, "ALL_RETRIES_FAILED");
    assert.equal(bed.states(stream), "CREATING CONNECTING UNREACHABLE ALL_RETRIES_FAILED", when);
    assert.equal(server.reasons.length, 1, when);
    assert.match(server.reasons[0], reason, when);
    await bed.order({ stream, destroy: true });
    await bed.empty();
  }
});
