// @ts-check
/**
 * npm run screenshots: the pictures of the documentation. Those of the first page are taken by a phone that sets a device up; those of every
 * state that the setup page can be in, with a unit that is made up. With names only these states: npm run screenshots -- uploading updates
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WIDTHS } from "../test/lib/audit.mjs";
import { openBrowser, openPhone, waitForText } from "../test/lib/browser.mjs";
import { FakeUnit } from "../test/lib/fake-unit.mjs";
import { PAGE_STATES, showState } from "../test/lib/page-states.mjs";
import { joined, openSetup, pick, upload } from "../test/lib/setup-page.mjs";
import { Device } from "./lib/device.mjs";
import { imageFile } from "./lib/images.mjs";
import { ROOT, shown } from "./lib/paths.mjs";
import { withPalette } from "./lib/png.mjs";
import { main, say } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

const FOLDER = join(ROOT, "docs", "images");
/** A network of tools/air/default.air. */
const NETWORK = { ssid: "Casa Verde", passphrase: "correct horse", address: "192.168.1.50" };

/** As many as letters need to look smooth: in the pictures of the first page, and in those of states. */
const COLOURS = { first: 64, states: 16 };

/** @param {string} name @param {Buffer} png @param {number} colours */
function store(name, png, colours) {
  const path = join(FOLDER, `${name}.png`);
  const picture = withPalette(png, colours);
  writeFileSync(path, picture);
  say(`${shown(path)}: ${Math.round(picture.length / 1000)} kB`);
}

/** @param {import("playwright-core").Page} page @param {string} name */
async function shoot(page, name) {
  await page.evaluate("document.activeElement?.blur(); scrollTo(0, 0);");
  store(name, await page.screenshot({ animations: "disabled" }), COLOURS.first);
}

/**
 * Every state, on a phone and on a wide screen, in light and in dark.
 * @param {string[]} wanted names; none: all
 */
async function takeStates(wanted) {
  const unit = await new FakeUnit().start();
  const browser = await openBrowser();
  try {
    if (wanted.length === 0) rmSync(join(FOLDER, "states"), { recursive: true, force: true });
    mkdirSync(join(FOLDER, "states"), { recursive: true });
    for (const state of PAGE_STATES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      const { page } = await openPhone(browser);
      await page.emulateMedia({ reducedMotion: "reduce" });
      await showState(page, unit, state);
      await page.evaluate("document.activeElement?.blur(); for (const img of document.images) img.loading = 'eager';");
      for (const width of WIDTHS) {
        for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
          // A section is shown where nothing has to be scrolled, so that nothing lies over it.
          await page.setViewportSize({ width, height: state.at ? 3200 : width > 500 ? 560 : 740 });
          await page.emulateMedia({ colorScheme });
          const picture = state.at
            ? await page.locator(`#${state.at}`).screenshot({ animations: "disabled" })
            : await page.screenshot({ animations: "disabled" });
          store(`states/${state.name}-${width}-${colorScheme}`, picture, COLOURS.states);
        }
      }
      await page.context().close();
    }
  } finally {
    await browser.close();
    unit.close();
  }
}

/** @param {Device} device @param {import("playwright-core").Page} page */
async function takeAll(device, page) {
  mkdirSync(FOLDER, { recursive: true });
  await device.powerOn(["--clock", "real"]);
  await device.waitForAddress("access point");
  await openSetup(page, "http://192.168.4.1/");
  await pick(page, NETWORK);
  await joined(page, NETWORK);
  await shoot(page, "setup");
  const mark = device.mark();
  await upload(page, imageFile("ota"));
  await device.waitForLine(/^lws-xs: station/, { after: mark });
  await page.getByTestId("upload-result").getByRole("link").first().click();
  await waitForText(page, "rate", /^[12]\d\.\d$/);
  await waitForText(page, "counter", /^\d{3}$/);
  await shoot(page, "application");
}

main(async () => {
  const wanted = process.argv.slice(2);
  await setUp({ tests: true });
  await takeStates(wanted);
  if (wanted.length > 0) return;
  const device = new Device();
  const browser = await openBrowser({
    "192.168.4.1:80": new URL(device.apUrl()).host,
    "192.168.4.1:443": new URL(device.apUrl(443)).host,
    [`${NETWORK.address}:80`]: new URL(device.staUrl()).host,
    [`${NETWORK.address}:443`]: new URL(device.staUrl(443)).host,
  });
  try {
    const { page } = await openPhone(browser, { scale: 2 });
    await takeAll(device, page);
  } finally {
    await browser.close();
    await device.close();
  }
});
