// @ts-check
/** npm run screenshots: the pictures of the documentation, taken by a phone that sets a device up. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { openBrowser, openPhone, waitForText } from "../test/lib/browser.mjs";
import { joined, openSetup, pick, upload } from "../test/lib/setup-page.mjs";
import { Device } from "./lib/device.mjs";
import { imageFile } from "./lib/images.mjs";
import { ROOT, shown } from "./lib/paths.mjs";
import { main, say } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

const FOLDER = join(ROOT, "docs", "images");
/** A network of tools/air/default.air. */
const NETWORK = { ssid: "Casa Verde", passphrase: "correct horse", address: "192.168.1.50" };

/** @param {import("playwright-core").Page} page @param {string} name */
async function shoot(page, name) {
  const path = join(FOLDER, `${name}.png`);
  await page.evaluate("document.activeElement?.blur(); scrollTo(0, 0);");
  await page.screenshot({ path, animations: "disabled" });
  say(`${shown(path)}: ${Math.round(statSync(path).size / 1000)} kB`);
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
  await setUp({ tests: true });
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
