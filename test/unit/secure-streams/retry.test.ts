/** Waits between attempts, against the formula in whole numbers, and how many attempts there are. */
import type { RetryScheme } from "lws/secure-streams/policy";
import { countFailure, countLimit, isConcealed, randomJitter, retryDelay } from "lws/secure-streams/retry";
import { equal, test } from "../harness";

function scheme(backoff: number[], conceal = 5, jitter = 0): RetryScheme {
  return { backoff, conceal, jitter, ping: 0, hangup: 0 };
}

/** The formula, with no rounding but the one that it has. */
function formula(base: number, percent: number, random: number): number {
  return base + Number((BigInt(base) * BigInt(percent) * BigInt(random)) / 6553600n);
}

const table = [2000, 5000, 15000, 60000, 300000];

test("retry: 10,000 attempts wait as the formula says", () => {
  const steady = scheme(table, countLimit, 35);
  let count = 0;
  const sums = [0, 0, 0, 0, 0];
  const times = [0, 0, 0, 0, 0];
  for (let attempt = 0; attempt < 10_000; attempt++) {
    // A series is cut short now and then, as by a success, so that all places of the table come up.
    if (attempt % 8 === 0) count = 0;
    const place = Math.min(count, 4);
    const base = table[place] as number;
    const random = randomJitter();
    const delay = retryDelay(steady, count, random);
    if (delay !== formula(base, 35, random)) throw new Error(`${count} ${random}: ${delay}`);
    if (delay < base || delay >= base * 1.35) throw new Error(`${count} ${random}: ${delay} is out of range`);
    sums[place] = (sums[place] as number) + delay / base;
    times[place] = (times[place] as number) + 1;
    count = countFailure(count);
  }
  for (let place = 0; place < 5; place++) {
    const mean = (sums[place] as number) / (times[place] as number);
    // 1,250 even draws of 0 to 0.35: ten standard errors are 0.029.
    equal(Math.abs(mean - 1.175) < 0.029, true, `mean ${mean}`);
  }
});

test("retry: the ends of the random range, and of the table", () => {
  const ten = scheme([1000, 3000], 5, 10);
  equal(retryDelay(ten, 0, 0), 1000);
  equal(retryDelay(ten, 0, 65535), 1099);
  equal(retryDelay(ten, 1, 0), 3000);
  equal(retryDelay(ten, 2, 0), 3000);
  equal(retryDelay(ten, countLimit, 0), 3000);
  equal(retryDelay(scheme([1000]), 0, 65535), 1299, "no jitter stands for 30 percent");
  equal(retryDelay(scheme([1000], 5, 255), 0, 65535), 3549);
  equal(retryDelay(scheme([]), 7, 0), 3000, "no table");
  equal(retryDelay(undefined, 0, 0), 3000, "no scheme");
  equal(retryDelay(scheme([0]), 0, 65535), 0);
  equal(retryDelay(scheme([0x3fffffff], 5, 255), 0, 65535), 0x7fffffff, "no longer than the scheduler can wait");
});

test("retry: a server can only make it longer", () => {
  const one = scheme([1000], 5, 10);
  equal(retryDelay(one, 0, 0, 500), 1000);
  equal(retryDelay(one, 0, 0, 120_000), 120_000);
  equal(retryDelay(one, 0, 65535, 1050), 1099);
});

/** Attempts that are made where all fail; no more than `most`. */
function attempts(conceal: RetryScheme | undefined, most: number): number {
  let count = 0;
  for (let made = 1; made < most; made++) {
    count = countFailure(count);
    if (!isConcealed(conceal, count)) return made;
  }
  return most;
}

test("retry: as many attempts as are concealed, and the first", () => {
  equal(attempts(undefined, 10), 1);
  for (const conceal of [0, 1, 5, 100, 1000]) equal(attempts(scheme([1], conceal), 2000), conceal + 1);
  equal(attempts(scheme([1], 65534), 70_000), 65535);
  equal(attempts(scheme([1], 65535), 70_000), 70_000, "for ever");
});
