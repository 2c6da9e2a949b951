// @ts-check
/** What the setup page tells while the radio changes underneath. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AirDevice } from "../lib/air.mjs";
import { openBrowser, openPhone, waitForText } from "../lib/browser.mjs";
import { accessPoint, LONGEST, PLAIN } from "../lib/radio.mjs";
import { joined, openSetup, pick, row } from "../lib/setup-page.mjs";

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").Page} */ let page;
/** @type {import("../lib/browser.mjs").Watch} */ let watch;
/** @type {AirDevice} */ let device;

before(async () => {
  device = new AirDevice([], [accessPoint(PLAIN, 1, "channel=3")], { speed: 5 });
  await device.powerOn();
  browser = await openBrowser();
  ({ page, watch } = await openPhone(browser));
  await openSetup(page, await device.waitForAddress("access point", "https"));
});
after(async () => {
  await browser?.close();
  await device?.close();
});

test("a network that goes is looked for, and joined again on another channel", async () => {
  await pick(page, PLAIN);
  await joined(page, PLAIN);
  await device.vanish(1);
  await page.locator('[data-testid="join"][data-look="bad"]').waitFor();
  assert.equal(await page.getByTestId("join-title").innerText(), `${PLAIN.ssid} is not in range`);
  await waitForText(page, "slot-0", /Not in range/);
  await device.set(PLAIN, 1, "channel=11");
  await joined(page, PLAIN);
});

test("another passphrase is told as a wrong one, and the new one can be entered", async () => {
  const changed = { ...PLAIN, passphrase: "a new passphrase" };
  await device.set(changed, 1);
  await waitForText(page, "slot-0", /Wrong passphrase/);
  await row(page, PLAIN.ssid).waitFor();
  await pick(page, changed);
  await joined(page, changed);
});

test("a stronger twin with another passphrase, and a network that gives no address", async () => {
  const twin = { ...PLAIN, passphrase: "of somebody else", address: "10.66.6.6" };
  const right = { ...PLAIN, passphrase: "a new passphrase" };
  await device.set(twin, 2, "rssi=-25");
  await device.vanish(1);
  await waitForText(page, "slot-0", /Wrong passphrase/);
  await device.set(right, 1);
  await joined(page, right);
  await device.vanish(1);
  await device.vanish(2);
  await device.set(LONGEST, 3, "address=none");
  await page.getByTestId("network").filter({ hasText: LONGEST.ssid }).waitFor();
  await pick(page, LONGEST);
  await waitForText(page, "slot-1", /gives no address/);
  watch.check();
});
