// @ts-check
/** Somebody at the page updates setup and application again and again; in between somebody else uses the application. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { Device } from "../../tools/lib/device.mjs";
import { openBrowser, openPhone, visit, waitForText } from "../lib/browser.mjs";
import { application, deviceWith, holds, prove } from "../lib/releases.mjs";
import { settled } from "../lib/setup-page.mjs";
import { imageOf } from "../lib/update-server.mjs";

const ROUNDS = 10;

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").Page} */ let page;
/** @type {import("../lib/browser.mjs").Watch} */ let watch;
/** @type {Device} */ let device;

before(async () => {
  device = new Device(deviceWith({ factory: imageOf("factory", "1.0.0") }));
  browser = await openBrowser();
  ({ page, watch } = await openPhone(browser));
});
after(async () => {
  await browser?.close();
  await device?.close();
});

/** Switches the unit on with its button held, and opens its page. */
async function standInFront() {
  await device.powerOff();
  const mark = device.mark();
  await device.powerOn(["--button", "down"]);
  const [, url] = await device.waitForLine(/^lws-xs: access point .* is at (https:\S+)\/$/, { after: mark });
  await visit(page, url);
  await settled(page);
  await device.control("button up");
}

/** @param {Buffer} buffer */
async function upload(buffer) {
  await page
    .getByTestId("upload-file")
    .setInputFiles({ name: "image.bin", mimeType: "application/octet-stream", buffer });
  await page.getByTestId("upload-button").tap();
}

test(`${ROUNDS} updates of both images in turn, by browser`, { timeout: 180_000 }, async () => {
  await watch.outage(async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const version = `1.${round}.0`;
      const setup = imageOf("factory", version);
      await standInFront();
      const mark = device.mark();
      await upload(setup);
      if (round > 1) await page.getByTestId("confirm-yes").tap();
      await waitForText(page, "upload-result", /^The new setup image has arrived/, 60_000);
      await device.waitForLine(/the copy is complete/, { after: mark });
      assert.ok(holds(device, "factory", setup), version);

      const app = application(version);
      await standInFront();
      const again = device.mark();
      await upload(app);
      await waitForText(page, "upload-result", /^Application installed/, 60_000);
      const [, url] = await device.waitForLine(/^lws-xs: access point .* is at (https:\S+)\/$/, { after: again });
      assert.ok(holds(device, "ota_0", app), version);
      assert.equal((await device.control("status")).running, "ota_0");
      const socket = new WebSocket(url.replace(/^http/, "ws"), "dumb-increment-protocol", {
        rejectUnauthorized: false,
      });
      assert.equal(String((await once(socket, "message"))[0]), "0");
      await prove({ device, url, running: "ota_0", version, isOpen: false }, again);
      socket.terminate();
    }
  });
  assert.equal(
    device.lines.find((line) => /board: reset: (?!restart)|^E /.test(line)),
    undefined,
  );
});
