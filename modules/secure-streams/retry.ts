/** When an attempt that has failed is made again, and when no more. */
import { Chip } from "lws/platform/chip";
import type { RetryScheme } from "./policy";

/** Attempts are counted up to here; a scheme that conceals as many never gives up. */
export const countLimit = 65535;

/** Milliseconds to wait where a scheme has no table. */
const defaultBase = 3000;
/** Percentage of jitter where a scheme has none. */
const defaultJitter = 30;
/** The longest wait that the scheduler can tell from one in the past. */
const longest = 0x7fffffff;

/**
 * Milliseconds from the failure of attempt `count` (0 is the first) to the next. `random` is evenly spread over 0 to 65535 and only ever lengthens the
 * wait; so does `least`, which a server may have asked for.
 */
export function retryDelay(scheme: RetryScheme | undefined, count: number, random: number, least = 0): number {
  const table = scheme?.backoff;
  const base = table && table.length > 0 ? (table[Math.min(count, table.length - 1)] as number) : defaultBase;
  const percent = scheme?.jitter || defaultJitter;
  const delay = base + Math.floor((base * percent * random) / 65536 / 100);
  return Math.min(Math.max(delay, least), longest);
}

/** The count after one more failure. */
export function countFailure(count: number): number {
  return count < countLimit ? count + 1 : countLimit;
}

/** Whether `count` failures are few enough to try again. Without a scheme none is. */
export function isConcealed(scheme: RetryScheme | undefined, count: number): boolean {
  return scheme !== undefined && count <= scheme.conceal;
}

/** Two bytes of the hardware generator. */
export function randomJitter(): number {
  const bytes = new Uint8Array(2);
  Chip.random(bytes, 0, 2);
  return ((bytes[0] as number) << 8) | (bytes[1] as number);
}
