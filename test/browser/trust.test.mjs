// @ts-check
/** What Chromium thinks of the device's certificate: nothing good, until it is told of the key, and then everything works. */
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { Device } from "../../tools/lib/device.mjs";
import { SWITCHES } from "../lib/browser.mjs";
import { certified, downloadCertificate } from "../lib/certificates.mjs";
import { openSetup } from "../lib/setup-page.mjs";

/** @type {Device} */ let device;
let url = "";

before(async () => {
  device = new Device();
  await device.powerOn();
  url = (await device.waitForAddress("access point", "https")).replace(/\/$/, "");
  await certified(url);
});
after(() => device?.close());

/** @param {string[]} args @param {(page: import("playwright-core").Page) => Promise<void>} work */
async function withBrowser(args, work) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: [...SWITCHES, ...args] });
  try {
    await work(await browser.newPage());
  } finally {
    await browser.close();
  }
}

test("without further ado it is refused", async () => {
  await withBrowser([], async (page) => {
    await assert.rejects(page.goto(url), /ERR_CERT_AUTHORITY_INVALID/);
  });
});

test("with its key known, the page comes by https and is driven through wss", async () => {
  const { publicKey } = new X509Certificate(await downloadCertificate(url));
  const print = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
  await withBrowser([`--ignore-certificate-errors-spki-list=${print}`], async (page) => {
    /** @type {string[]} */
    const sockets = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await openSetup(page, url);
    assert.ok(sockets.length > 0 && sockets.every((each) => each.startsWith("wss://")), sockets.join(" "));
    await page.getByTestId("network").nth(5).waitFor();
  });
});
