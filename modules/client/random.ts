/** Chance that nobody outside can know. */
import { Chip } from "lws/platform/chip";

/** A whole number from 0 to `limit` - 1, `limit` being at most 2^32; a bias below 1 in 2^32 divided by `limit` does not matter here. */
export function randomBelow(limit: number): number {
  const bytes = new Uint8Array(4);
  Chip.random(bytes, 0, 4);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % limit;
}

/** `delay` made up to `percent` longer, so that many units don't act at the same time. */
export function withJitter(delay: number, percent: number): number {
  return delay + randomBelow(Math.floor((delay * percent) / 100) + 1);
}
