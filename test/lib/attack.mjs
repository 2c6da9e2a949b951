// @ts-check
/** What an attack does to others: a well-behaved client that goes on asking meanwhile, and the heap before and after. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Raw } from "./raw.mjs";
import { settled } from "./settle.mjs";

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

/** Milliseconds that the well-behaved client is ready to wait, the opening of its connection included. */
export const PATIENCE = 10_000;
/** Milliseconds between two of its requests. */
const PAUSE = 100;
/** Where attackers come from: another loopback address than the well-behaved client's. */
export const ELSEWHERE = "127.0.0.9";

/** Waits until what outlives the connections has gone: the alarm that makes room on a full port. @param {Device} device */
export async function atRest(device) {
  await settled(device);
  await delay(2500);
  return settled(device);
}

/** One request on a connection of its own; resolves with its milliseconds. @param {string} url @param {string} path @param {number} [status] */
export async function served(url, path, status = 200) {
  const start = Date.now();
  const raw = await Raw.open(url);
  try {
    const response = await raw.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`).response();
    assert.equal(response.status, status);
    return Date.now() - start;
  } finally {
    raw.close();
  }
}

/** Makes all the transactions of a pool, which are made when they are first needed, the last one only for another peer. @param {string} url */
export async function fillPool(url) {
  const all = await Promise.all(Array.from({ length: 5 }, (_, i) => Raw.open(url, i === 4 ? ELSEWHERE : undefined)));
  for (const raw of all) raw.write("GET / HTTP/1.1\r\n");
  await delay(300);
  for (const raw of all) raw.close();
}

/** Connections of an attacker, who cares for nothing that happens to them. */
export class Attackers {
  /** @type {import("node:net").Socket[]} */
  all = [];
  isOver = false;

  /** @param {string} url @param {string | Buffer} [first] what it says at once @param {boolean} [deaf] reads nothing */
  open(url, first = "", deaf = false) {
    const { hostname, port } = new URL(url);
    const socket = connect({ port: Number(port), host: hostname, localAddress: ELSEWHERE });
    socket.on("error", () => {});
    if (deaf) socket.pause();
    else socket.resume();
    if (first.length > 0) socket.write(first);
    this.all.push(socket);
    return socket;
  }

  /**
   * Opens one, and another one each time it is closed. One that reads nothing hears nothing of that: it leaves after a second.
   * @param {string} url @param {string | Buffer} [first] @param {boolean} [deaf]
   */
  insist(url, first, deaf) {
    const again = () => {
      if (this.isOver) return;
      const socket = this.open(url, first, deaf).once("close", () => setTimeout(again, 1));
      if (deaf) setTimeout(() => socket.resetAndDestroy(), 1000);
    };
    again();
  }

  /** How many have been closed by the device. */
  get lost() {
    return this.all.filter((socket) => socket.destroyed).length;
  }

  close() {
    this.isOver = true;
    for (const socket of this.all) socket.resetAndDestroy();
  }
}

/**
 * Runs `attack` while a well-behaved client asks again and again, each time on a new connection, and at least once. Checks that
 * it is always served in time, that the device has not restarted, and that both heaps return to where they were. What an attack of this kind leaves
 * once and for all (pools that are filled, strings that the engine has interned) must be there before.
 * @param {Device} device
 * @param {import("node:test").TestContext} t
 * @param {{ url: string, path: string, status?: number } | (() => Promise<number>)} client what it asks for, or does: resolves with its milliseconds
 * @param {(attackers: Attackers) => Promise<string>} attack resolves with its figure
 * @param {typeof settled} [rest] waits until nothing is left of what was before
 */
export async function withstand(device, t, client, attack, rest = settled) {
  const request = typeof client === "function" ? client : () => served(client.url, client.path, client.status);
  const before = await rest(device);
  const { boots } = await device.figures();
  const attackers = new Attackers();
  let isOver = false;
  let count = 0;
  let worst = 0;
  const asking = (async () => {
    while (!isOver || count === 0) {
      worst = Math.max(worst, await request());
      count++;
      await delay(PAUSE);
    }
  })();
  asking.catch(() => {});
  let figure = "";
  try {
    figure = await attack(attackers);
    isOver = true;
    await asking;
  } catch (error) {
    throw new Error(`not withstood: ${error}; ${device.tail()}`, { cause: error });
  } finally {
    isOver = true;
    attackers.close();
    await asking.catch(() => {});
  }
  let after = await rest(device);
  for (let tries = 0; tries < 30 && !isDeepStrictEqual(after, before); tries++) {
    await delay(100);
    after = await rest(device);
  }
  t.diagnostic(`${figure}; ${count} requests of others, the slowest ${worst} ms; heap ${JSON.stringify(after)}`);
  assert.equal(worst < PATIENCE, true, `a client waited ${worst} ms`);
  assert.equal((await device.figures()).boots, boots, device.tail());
  assert.deepEqual(after, before, "heap");
}
