// @ts-check
/** Heap figures of a device that has come to rest. */
import { setTimeout as delay } from "node:timers/promises";

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

/** Milliseconds for which a Date header, and the alarm that ends it, are kept. */
const SECOND = 1000;

/**
 * The same when the last answer's second is over, so that figures can be compared to the byte.
 * @param {Device} device @param {number} [speed] how many times as fast as the world's its time is
 */
export async function rested(device, speed = 1) {
  await delay(SECOND / speed + 50);
  return settled(device);
}
