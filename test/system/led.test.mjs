// @ts-check
/** The light as it is wired and driven: depth and period of its breath in each state, taken from every change of its duty. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AirDevice } from "../lib/air.mjs";
import { PLAIN } from "../lib/radio.mjs";
import { ScanClient } from "../lib/scan-client.mjs";

/** The device keeps its last 64 changes of 25 ms: it is asked more often than that. */
const SPEED = 4;
const ASKED = 400;

/** @typedef {{ ms: number, duty: number }} Change */
/** @type {AirDevice} */ let device;

before(async () => {
  device = new AirDevice([PLAIN], [], { speed: SPEED });
  await device.powerOn(device.held);
  await device.waitForAddress("access point", "https");
});
after(() => device?.close());

/** All changes within so many milliseconds from now on. @param {number} ms @returns {Promise<Change[]>} */
async function changes(ms) {
  /** @type {Change[]} */ let all = [];
  const now = (await device.control("led")).pwm.at(-1).ms;
  while ((all.at(-1)?.ms ?? 0) < now + ms) {
    await device.pass(ASKED);
    const { pwm } = /** @type {{ pwm: Change[] }} */ (await device.control("led"));
    const last = all.at(-1)?.ms ?? now;
    assert.ok(pwm[0].ms <= last, "a change was missed");
    all = [...all, ...pwm.filter((change) => change.ms > last)];
  }
  return all;
}

/** Milliseconds from one rise through `middle` to the next, on an average. @param {Change[]} all @param {number} middle */
function period(all, middle) {
  const rises = all.filter((change, i) => i > 0 && change.duty >= middle && all[i - 1].duty < middle);
  assert.ok(rises.length > 2, `${rises.length} rises`);
  return (rises[rises.length - 1].ms - rises[0].ms) / (rises.length - 1);
}

/**
 * The light has this range and this period, and follows a sine: half of the time it is beyond 0.7 of its depth, on either side.
 * @param {Change[]} all @param {{ least: number, most: number, period: number }} expected
 */
function breathes(all, { least, most, period: wanted }) {
  const duties = all.map(({ duty }) => duty);
  const depth = most - least;
  assert.ok(Math.abs(Math.min(...duties) - least) <= 0.04 * depth, `from ${Math.min(...duties)}, not ${least}`);
  assert.ok(Math.abs(Math.max(...duties) - most) <= 0.04 * depth, `to ${Math.max(...duties)}, not ${most}`);
  const measured = period(all, (least + most) / 2);
  assert.ok(Math.abs(measured - wanted) <= 0.04 * wanted, `${measured} ms, not ${wanted}`);
  const far = duties.filter((duty) => Math.abs(duty - (least + most) / 2) > (Math.SQRT1_2 * depth) / 2).length;
  assert.ok(Math.abs(far / duties.length - 0.5) < 0.12, `${far} of ${duties.length} are far from the middle`);
}

test("it is at GPIO 23, at 5 kHz with 13 bits", async () => {
  const { pin, hz, resolution } = await device.control("led");
  assert.deepEqual([pin, hz, resolution], [23, 5000, 13]);
});

test("without an address it is dim and shallow: a third of the swing, in 1.23 s", async () => {
  breathes(await changes(5000), { least: 4096, most: 4096 + 8191 / 3, period: 1024 * 1.199 });
});

test("with an address it has the full swing, in 1.74 s", async () => {
  await device.set(PLAIN, 1);
  await device.at(PLAIN.address);
  breathes(await changes(7000), { least: 0, most: 8191, period: 1024 * 1.699 });
});

test("a unit that is to be found among others breathes in 0.34 s, for 12.5 s", async () => {
  const page = await ScanClient.open(await device.waitForAddress("access point", "https"));
  await page.state();
  page.send({ identify: "1" });
  const all = await changes(14_500);
  page.close();
  // The fast breath: where it turns from brighter to darker more than twice a second.
  const peaks = all.filter(
    ({ duty }, i) => i > 0 && i + 1 < all.length && duty >= all[i - 1].duty && duty > all[i + 1].duty,
  );
  const fast = peaks.filter(({ ms }, i) => i > 0 && ms - peaks[i - 1].ms < 500);
  // From its second peak to its last one.
  const took = fast[fast.length - 1].ms - fast[0].ms;
  assert.ok(took > 11_500 && took < 12_700, `${took} ms`);
  breathes(
    all.filter(({ ms }) => ms > fast[0].ms && ms < fast[fast.length - 1].ms),
    { least: 0, most: 8191, period: 1024 * 0.333 },
  );
});
