// @ts-check
/** Byte codes of a piece of work, which is repeated so that what happens once (filling caches, the first collection) is done before. */

const WARM_UP = 20;
const ROUNDS = 100;

/**
 * Byte codes of one round of `work`.
 * @param {import("../../tools/lib/device.mjs").Device} device
 * @param {() => Promise<unknown>} work
 */
export async function bytecodes(device, work) {
  for (let i = 0; i < WARM_UP; i++) await work();
  const before = await device.meter();
  for (let i = 0; i < ROUNDS; i++) await work();
  return Math.round(((await device.meter()) - before) / ROUNDS);
}
