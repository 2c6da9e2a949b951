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

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {FakeUnit} */ let unit;

before(async () => {
  unit = await new FakeUnit().start();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  unit?.close();
});

test("no state has a violation", async (t) => {
  for (const [n, state] of PAGE_STATES.entries()) {
    await t.test(state.name, async () => {
      const { page, watch } = await openPhone(browser);
      try {
        await watch.trouble(async () => {
          await showState(page, unit, state);
          await audit(page, state.name, state.at ? [LOOKS[n % 2]] : LOOKS, state.at);
        });
        watch.check();
      } finally {
        await page.context().close();
      }
    });
  }
});
