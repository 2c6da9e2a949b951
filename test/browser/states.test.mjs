// @ts-check
/** Every state of the setup page, with a unit that is made up: none has a violation that axe-core knows of, on a phone or a wide screen. */
import { after, before, test } from "node:test";
import { audit } from "../lib/audit.mjs";
import { openBrowser, openPhone } from "../lib/browser.mjs";
import { FakeUnit } from "../lib/fake-unit.mjs";
import { PAGE_STATES, showState } from "../lib/page-states.mjs";

/** Each width and each scheme once; sections, of which there are many, in turns with one of the two. @type {import("../lib/audit.mjs").Look[]} */
const LOOKS = [
  { width: 360, colorScheme: "light" },
  { width: 1200, colorScheme: "dark" },
];

/** States that are looked at side by side, each lane with a unit and a page of its own: pages cost a browser more than what they show. */
const LANES = 2;

/** @typedef {{ unit: FakeUnit } & Awaited<ReturnType<typeof openPhone>>} Lane */

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {Lane[]} */ let lanes = [];

before(async () => {
  browser = await openBrowser();
  lanes = await Promise.all(Array.from({ length: LANES }, openLane));
});
after(async () => {
  await browser?.close();
  for (const { unit } of lanes) unit.close();
});

/** @returns {Promise<Lane>} */
async function openLane() {
  const { page, watch } = await openPhone(browser);
  // The page is left in the middle of uploads, where it asks whether that is meant.
  await page.addInitScript('addEventListener("beforeunload", (event) => event.stopImmediatePropagation());');
  return { unit: await new FakeUnit().start(), page, watch };
}

/** @param {Lane} lane @param {import("../lib/page-states.mjs").PageState} state @param {import("../lib/audit.mjs").Look[]} looks */
async function look({ unit, page, watch }, state, looks) {
  await watch.trouble(async () => {
    await showState(page, unit, state);
    await audit(page, state.name, looks, state.at);
    // What this state still has to say is not the next one's.
    await page.goto("about:blank");
  });
  watch.check();
}

test("no state has a violation", { concurrency: LANES }, async (t) => {
  const left = [...PAGE_STATES.entries()];
  const work = async (/** @type {Lane} */ lane) => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [n, state] = next;
      await t.test(state.name, () => look(lane, state, state.at ? [LOOKS[n % 2]] : LOOKS));
    }
  };
  await Promise.all(lanes.map(work));
});
