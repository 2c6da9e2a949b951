// @ts-check
/** A device that loses its network and finds it again, time after time: its streams back off, recover, and never dial twice at once. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { NETWORK } from "../lib/client.mjs";
import { Pki } from "../lib/pki.mjs";
import { accessPoint } from "../lib/radio.mjs";
import { StreamDevice } from "../lib/streams.mjs";

const LOSSES = 20;
/** So many seconds of the device are one here. */
const SPEED = 40;

const pki = new Pki();
/** @type {(() => unknown)[]} */ const ends = [() => pki.close()];
after(async () => {
  for (const end of ends) await end();
});

/** A server that counts how many are there at once. */
class Counter {
  open = 0;
  most = 0;
  count = 0;
  port = 0;
  /** @type {Set<import("node:net").Socket>} */ #sockets = new Set();
  #server = createServer((socket) => {
    this.count++;
    this.most = Math.max(this.most, ++this.open);
    this.#sockets.add(socket);
    socket.on("error", () => {}).resume();
    socket.on("close", () => {
      this.open--;
      this.#sockets.delete(socket);
    });
  });

  async listen() {
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }
  /** Nobody gets through any more; those who have are not touched. */
  shut() {
    this.#server.close();
  }
  close() {
    this.shut();
    for (const socket of this.#sockets) socket.destroy();
  }
}

test(`a network that goes and comes ${LOSSES} times`, { timeout: 60_000 }, async () => {
  const bed = await StreamDevice.start(pki.make({ authority: true }).cert, ["--speed", String(SPEED)]);
  ends.unshift(() => bed.close());
  const servers = [new Counter(), new Counter()];
  /** @type {number[]} */ const streams = [];
  for (const server of servers) {
    ends.unshift(() => server.close());
    await server.listen();
    streams.push(await bed.create("raw_steady", { values: { host: `localhost:${server.port}` }, connect: true }));
  }
  const [line] = accessPoint(NETWORK, 1).split("\n");
  const [, bssid] = /bssid=(\S+)/.exec(line) ?? [];
  /** @param {string} what @param {(stream: number) => number} count */
  const all = async (what, count) => {
    for (const stream of streams) await bed.until(stream, what, count(stream));
  };
  const heard = (/** @type {number} */ stream, /** @type {string} */ what) =>
    bed.heard(stream).filter((text) => text === what).length;
  for (let i = 1; i <= LOSSES; i++) {
    await all("CONNECTED", () => i);
    // The way through its access point would still be open, here.
    for (const server of servers) server.shut();
    await bed.device.control(`air remove ${bssid}`);
    await all("DISCONNECTED", () => i);
    await all("UNREACHABLE", (stream) => heard(stream, "UNREACHABLE") + 1);
    await bed.device.control(`air set ${line}`);
    while (!JSON.stringify(await bed.device.control("status")).includes(NETWORK.address)) await delay(2);
    for (const server of servers) await server.listen();
  }
  await all("CONNECTED", () => LOSSES + 1);
  for (const stream of streams) await bed.order({ stream, destroy: true });
  await bed.order({});
  for (const [i, stream] of streams.entries()) {
    // Each attempt has one end, and none begins before the last has ended.
    assert.match(bed.states(stream), /^CREATING (CONNECTING (UNREACHABLE|CONNECTED DISCONNECTED) )+DESTROYING$/);
    assert.equal(heard(stream, "CONNECTED"), LOSSES + 1);
    assert.ok(heard(stream, "UNREACHABLE") >= LOSSES, "attempts while there was no network");
    assert.deepEqual([servers[i].most, servers[i].count], [1, LOSSES + 1]);
  }
  await bed.empty();
});
