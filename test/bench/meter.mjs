// @ts-check
/** Byte codes of a piece of work, which is repeated so that what happens once (filling caches, the first collection) is done before. */

const WARM_UP = 20;
const ROUNDS = 20;
const BATCHES = 5;

/**
 * Byte codes of one round of `work`, by the cheapest of some batches: a second that ends makes a new Date header, which is no part of it.
 * @param {import("../../tools/lib/device.mjs").Device} device
 * @param {() => Promise<unknown>} work
 */
export async function bytecodes(device, work) {
  for (let i = 0; i < WARM_UP; i++) await work();
  let least = Infinity;
  for (let batch = 0; batch < BATCHES; batch++) {
    const before = await device.meter();
    for (let i = 0; i < ROUNDS; i++) await work();
    least = Math.min(least, (await device.meter()) - before);
  }
  return Math.round(least / ROUNDS);
}
