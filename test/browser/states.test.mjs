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

/** States that are looked at side by side, each with a unit of its own. */
const LANES = 2;

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {FakeUnit[]} */ let units = [];

before(async () => {
  units = await Promise.all(Array.from({ length: LANES }, () => new FakeUnit().start()));
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  for (const unit of units) unit.close();
});

/** @param {FakeUnit} unit @param {import("../lib/page-states.mjs").PageState} state @param {import("../lib/audit.mjs").Look[]} looks */
async function look(unit, state, looks) {
  const { page, watch } = await openPhone(browser);
  try {
    await watch.trouble(async () => {
      await showState(page, unit, state);
      await audit(page, state.name, looks, state.at);
    });
    watch.check();
  } finally {
    await page.context().close();
  }
}

test("no state has a violation", { concurrency: LANES }, async (t) => {
  const left = [...PAGE_STATES.entries()];
  const lane = async (/** @type {FakeUnit} */ unit) => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [n, state] = next;
      await t.test(state.name, () => look(unit, state, state.at ? [LOOKS[n % 2]] : LOOKS));
    }
  };
  await Promise.all(units.map(lane));
});
