// @ts-check
/** How long it takes a person: from a blank flash to the running application with six taps, and in half a minute of the device's time. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { openBrowser, openPhone, waitForText } from "../lib/browser.mjs";
import { PLAIN, twelve } from "../lib/radio.mjs";
import { joined, openSetup, row } from "../lib/setup-page.mjs";

/** The one in the dialog of the system, which picks the file. */
const PICKED = 1;

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {Device} */ let device;

before(async () => {
  device = new Device({ air: twelve() });
  browser = await openBrowser({
    "192.168.4.1:443": new URL(device.apUrl(443)).host,
    [`${PLAIN.address}:80`]: new URL(device.staUrl()).host,
    [`${PLAIN.address}:443`]: new URL(device.staUrl(443)).host,
  });
});
after(async () => {
  await browser?.close();
  await device?.close();
});

test("six taps, thirty seconds", async (t) => {
  const { page, watch } = await openPhone(browser);
  let taps = PICKED;
  await page.exposeBinding("reportTap", () => {
    taps++;
  });
  await page.addInitScript('addEventListener("pointerdown", (e) => e.isTrusted && reportTap(), true);');
  await device.powerOn();
  await device.waitForAddress("access point", "https");
  await openSetup(page, "https://192.168.4.1/");
  await row(page, PLAIN.ssid).tap();
  await page.keyboard.type(PLAIN.passphrase);
  await page.getByTestId("join-button").tap();
  await joined(page, PLAIN);
  const chooser = page.waitForEvent("filechooser");
  await page.getByTestId("upload-file").tap();
  await (await chooser).setFiles(imageFile("ota"));
  const before = (await device.figures()).uptime;
  const start = Date.now();
  const mark = device.mark();
  await watch.outage(async () => {
    await page.getByTestId("upload-button").tap();
    await waitForText(page, "upload-result", /^Application installed/);
    await device.waitForLine(/^lws-xs: station .* is at http/, { after: mark });
    await page.getByTestId("upload-result").getByRole("link").first().tap();
    await waitForText(page, "counter", /^\d+$/);
  });
  // The device counts anew when it restarts.
  const time = (before + Date.now() - start) / 1000;
  t.diagnostic(`${taps} taps, ${time.toFixed(1)} s`);
  assert.equal((await device.control("status")).running, "ota_0");
  assert.ok(taps <= 6, `${taps} taps`);
  assert.ok(time < 30, `${time} s`);
  watch.check();
});
