// @ts-check
/** Heap figures of a device that has come to rest. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

/** The heap rests at one of two levels, so many bytes apart; which one it is hangs on the order of the last turns, not on how many there were. */
const LEVELS = { slots: 240, chunks: 64, native: 0 };

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

/**
 * Collects until nothing changes any more and all connections are gone.
 * @param {Device} device
 * @param {number} [sockets] connections that are to stay
 */
export async function settled(device, sockets = 0) {
  let last = "";
  let same = 0;
  for (let tries = 0; tries < 100; tries++) {
    const figures = await device.figures();
    const { slots, chunks, native } = figures;
    const now = `${slots} ${chunks} ${native}`;
    same = figures.sockets === sockets && now === last ? same + 1 : 0;
    if (same === 2) return { slots, chunks, native };
    last = now;
    await delay(50);
  }
  const figures = await device.figures();
  throw new Error(`the device does not come to rest: ${JSON.stringify(figures)}`);
}

/**
 * Nothing was left behind since `before`, by many who came and went: one slot for each would be more than the levels are apart.
 * @param {Awaited<ReturnType<typeof settled>>} now @param {Awaited<ReturnType<typeof settled>>} before
 */
export function nothingLeft(now, before) {
  for (const what of /** @type {const} */ (["slots", "chunks", "native"])) {
    assert.ok(Math.abs(now[what] - before[what]) <= LEVELS[what], `${what}: ${now[what]}, before ${before[what]}`);
  }
}
