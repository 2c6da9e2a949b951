// @ts-check
/** The page of a published folder: it works without anything from elsewhere, and its button is there. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, test } from "node:test";
import { ESP32_CHIP, SETUP } from "../../tools/lib/image.mjs";
import { publish } from "../../tools/lib/publish.mjs";
import { openBrowser, openPhone } from "../lib/browser.mjs";
import { newKey, release, workshop } from "../lib/release.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".json": "application/json" };
const { folder, file } = workshop("flasher");
const out = join(folder, "www");
const server = createServer((request, response) => {
  const path = request.url === "/" ? "/index.html" : (request.url ?? "");
  const type = TYPES[/** @type {keyof typeof TYPES} */ (extname(path))] ?? "application/octet-stream";
  response.setHeader("Content-Type", type).end(readFileSync(join(out, path)));
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test("the page brings all that its button needs, and asks nobody else", async () => {
  const ours = newKey();
  const about = { chip: ESP32_CHIP };
  publish({
    out,
    key: file(ours.pem, "pem"),
    app: file(release([ours], about)),
    factory: file(release([ours], { ...about, app: "lamp-setup", kind: SETUP })),
    bootloader: file("boot"),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await openBrowser();
  try {
    const { page, watch } = await openPhone(browser);
    /** @type {string[]} */
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).host));
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction("customElements.get('esp-web-install-button')?.isSupported !== undefined");
    assert.deepEqual([...new Set(asked)], [`127.0.0.1:${port}`]);
    assert.equal(await page.locator("tbody tr").count(), 2);
    assert.ok(await page.locator("esp-web-install-button").isVisible());
    watch.check();
  } finally {
    await browser.close();
  }
});
