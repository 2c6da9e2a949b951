// @ts-check
/** Updates by browser with a real unit: one that breaks off in the middle, both images in turn, and one that the unit fetches itself. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { openBrowser, openPhone, visit, waitForText } from "../lib/browser.mjs";
import { Cable } from "../lib/cable.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { Pki } from "../lib/pki.mjs";
import { pullDevice, SERVER } from "../lib/pull.mjs";
import { accessPoint, PLAIN } from "../lib/radio.mjs";
import { joined, openSetup, pick, settled } from "../lib/setup-page.mjs";
import { imageOf, UpdateServer } from "../lib/update-server.mjs";

const URL_AP = "https://192.168.4.1/";

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").Page} */ let page;
/** @type {import("../lib/browser.mjs").Watch} */ let watch;
/** @type {Device} */ let device;
/** @type {Cable} */ let cable;

before(async () => {
  device = new Device({ air: accessPoint(PLAIN, 1) });
  // Held, so that it may be changed after restarts, too.
  await device.powerOn(["--button", "down"]);
  await device.waitForAddress("access point", "https");
  cable = await Cable.lay(device.apUrl(443));
  browser = await openBrowser({ "192.168.4.1:443": cable.end });
  ({ page, watch } = await openPhone(browser));
  await openSetup(page, URL_AP);
  await pick(page, PLAIN);
  await joined(page, PLAIN);
});
after(async () => {
  await browser?.close();
  cable?.close();
  await device?.close();
});

/** @param {string} name of an image */
async function choose(name) {
  await page.getByTestId("upload-file").setInputFiles(imageFile(name));
  await waitForText(page, "file-note", /\S/);
  await page.getByTestId("upload-button").tap();
}

test("an upload whose cable is pulled goes on by itself, and the application runs", async () => {
  const mark = device.mark();
  cable.pullAfter(600_000);
  await device.control("button up");
  await watch.outage(async () => {
    await choose("ota");
    await waitForText(page, "upload-text", /broke off at \d+ kB of [\d,]+ kB/);
    assert.equal(cable.isPlugged, false);
    cable.pullAfter(Infinity);
    cable.plug();
    await waitForText(page, "upload-result", /^Application installed/, 60_000);
    assert.ok(cable.sent < 700_000, `${cable.sent} bytes the second time`);
    await device.waitForLine(/lws-xs: station .* is at http/, { after: mark, timeout: 30_000 });
  });
  assert.equal((await device.control("status")).running, "ota_0");
});

test("the setup image is replaced by way of the application's slot, and the page comes back", async () => {
  await watch.outage(async () => {
    await device.powerOff();
    await device.powerOn(["--button", "down"]);
    await device.waitForAddress("access point", "https");
    await visit(page, URL_AP);
    await settled(page);
    // What it starts next is decided by what is selected, not by the finger on the button.
    await device.control("button up");
    await choose("factory");
    await waitForText(page, "confirm", /lws-demos is erased/);
    await page.getByTestId("confirm-yes").tap();
    const loaded = page.waitForEvent("load", { timeout: 60_000 });
    await waitForText(page, "upload-result", /^The new setup image has arrived/, 60_000);
    await loaded;
    await settled(page);
  });
  await waitForText(page, "app-name", /^No application yet$/);
  assert.equal((await device.control("status")).running, "factory");
});

test("what is damaged is refused with its reason, and the page goes on", async () => {
  const buffer = Buffer.from(readFileSync(imageFile("echo")));
  buffer[buffer.length - 200] ^= 1;
  await watch.trouble(async () => {
    await device.powerOff();
    await device.powerOn(["--button", "down"]);
    await device.waitForAddress("access point", "https");
    await visit(page, URL_AP);
    await settled(page);
    await page
      .getByTestId("upload-file")
      .setInputFiles({ name: "echo.bin", mimeType: "application/octet-stream", buffer });
    await page.getByTestId("upload-button").tap();
    await waitForText(page, "upload-result", /^The image was refused/);
    await settled(page);
  });
  watch.check();
});

test("what a server offers is looked for, fetched and started from the page", async () => {
  const pki = new Pki();
  const root = pki.make({ name: "root", authority: true });
  const names = await NameServer.start();
  names.names.set(SERVER, ["127.0.0.1"]);
  const server = await UpdateServer.start(pki.make({ name: SERVER }, root));
  server.offer({ app: imageOf("ota", "9.1.0"), factory: imageOf("factory", "0.0.0") });
  const own = pullDevice({ names, server, authority: root.cert, image: "factory", args: ["--button", "down"] });
  try {
    await own.powerOn();
    await own.waitForAddress("station", "https");
    await watch.outage(async () => {
      await visit(page, await own.waitForAddress("access point", "https"));
      await settled(page);
      await page.getByTestId("check").tap();
      await waitForText(page, "latest-text", /^There are updates/);
      await waitForText(page, "offer-app", /New: 9\.1\.0, 2026-01-02/);
      assert.equal(await page.getByTestId("install-factory").isVisible(), false, "an older one is no update");
      await own.control("button up");
      const mark = own.mark();
      await page.getByTestId("install-app").tap();
      await waitForText(page, "upload-result", /^Application installed/);
      await own.waitForLine(/lws-xs: station/, { after: mark });
      assert.equal((await own.control("status")).running, "ota_0");
    });
  } finally {
    await own.close();
    server.close();
    names.close();
    pki.close();
  }
  watch.check();
});
