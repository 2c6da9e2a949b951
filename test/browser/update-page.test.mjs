// @ts-check
/** Updates as the page handles them, with a unit that is made up: resuming, cancelling, telling files apart, and everything about the server. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openBrowser, openPhone, PATIENCE, waitForText } from "../lib/browser.mjs";
import { application, freshState, JOINED, latest, offer } from "../lib/fake-state.mjs";
import { FakeUnit } from "../lib/fake-unit.mjs";
import { choose, send } from "../lib/page-states-update.mjs";
import { openSetup } from "../lib/setup-page.mjs";

const RUNNING = { ...JOINED, ...application("v0.1.0", 9), ...latest() };

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").Page} */ let page;
/** @type {import("../lib/browser.mjs").Watch} */ let watch;
/** @type {FakeUnit} */ let unit;

before(async () => {
  unit = await new FakeUnit().start();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  unit?.close();
});
beforeEach(async () => {
  ({ page, watch } = await openPhone(browser));
});
afterEach(async () => {
  watch.check();
  await page.context().close();
});

/** @param {Record<string, any>} [state] */
async function open(state = RUNNING) {
  unit.reset(state);
  await openSetup(page, unit.url);
}

test("an upload whose connection breaks off goes on where it was, by itself", async () => {
  await open();
  unit.cutAt = 150_000;
  await watch.trouble(async () => {
    const { buffer } = await send(page, {});
    await waitForText(page, "upload-text", /broke off at \d+ kB of 391 kB/);
    const { received, id } = unit.upload;
    assert.equal(received, 150_000);
    assert.equal(id, buffer.subarray(-256).subarray(152, 168).toString("hex"), "the content's own name");
    unit.comeBack();
    await waitForText(page, "upload-result", /^Application installed/);
    assert.deepEqual(
      unit.requests,
      ["PUT update", "PUT update", "PUT update"],
      "its head, the rest, and the rest of that",
    );
    assert.ok(unit.content.equals(buffer), "every byte once, in its place");
  });
});

test("a unit that has forgotten everything gets it from the start", async () => {
  await open();
  unit.cutAt = 150_000;
  await watch.trouble(async () => {
    const { buffer } = await send(page, {});
    await waitForText(page, "upload-text", /broke off/);
    unit.upload = { state: "idle", id: "", received: 0, length: 0 };
    unit.comeBack();
    await waitForText(page, "upload-result", /^Application installed/);
    assert.ok(unit.content.equals(buffer));
  });
});

test("a page that is loaded anew goes on with the same file, and cancels for another one", async () => {
  await open();
  unit.cutAt = 150_000;
  await watch.trouble(async () => {
    const file = await send(page, {});
    await waitForText(page, "upload-text", /broke off/);
    await page.context().close();
    unit.comeBack();
    ({ page, watch } = await openPhone(browser));
    await openSetup(page, unit.url);
    await waitForText(page, "upload-text", /Choose the same file/);
    await page.getByTestId("upload-file").setInputFiles(file);
    await page.getByTestId("upload-button").tap();
    await waitForText(page, "upload-result", /^Application installed/);
    assert.ok(unit.content.equals(file.buffer));
    assert.equal(unit.requests.length, 3);
  });
  unit.reset({ ...RUNNING, update: { state: "paused", id: "ab", from: "page" } });
  unit.upload = { state: "paused", id: "ab", received: 5000, length: 9000 };
  await openSetup(page, unit.url);
  await send(page, {});
  await waitForText(page, "upload-result", /^Application installed/);
  assert.deepEqual(unit.requests, ["DELETE update", "PUT update", "PUT update"]);
});

test("cancelling is told to the unit, also while the connection is broken", async () => {
  await open();
  unit.holdAt = 100_000;
  await watch.trouble(async () => {
    await send(page, {});
    await waitForText(page, "upload-text", /^98 kB of 391 kB/);
    assert.equal(await page.evaluate("document.activeElement.id"), "upload-cancel");
    await page.keyboard.press("Enter");
    await waitForText(page, "upload-result", /^The update was cancelled/);
    assert.deepEqual(unit.requests, ["PUT update", "PUT update", "DELETE update"]);
    assert.equal(await page.evaluate("document.activeElement.id"), "upload-result");
    unit.holdAt = Infinity;
    unit.cutAt = 200_000;
    await page.getByTestId("upload-button").tap();
    await waitForText(page, "upload-text", /broke off/);
    await page.getByTestId("upload-cancel").tap();
    await waitForText(page, "upload-result", /^The update was cancelled/);
    unit.comeBack();
  });
});

test("what is refused is said in the unit's words, also where only the WebSocket carried them", async () => {
  await open();
  await watch.trouble(async () => {
    const text = "the image is older than this device allows";
    unit.answers.set("update", { status: 422, body: { error: "UPDATE_TOO_OLD", text } });
    await send(page, {});
    await waitForText(page, "upload-result", /^The image was refused\s*The image is older than this device allows\./);
    unit.answers.clear();
    unit.holdAt = 100_000;
    await page.getByTestId("upload-button").tap();
    await waitForText(page, "upload-text", /^98 kB/);
    unit.say({ error: "UPDATE_FLASH", text: "the flash memory failed", for: "update" });
    unit.cutConnections();
    await waitForText(page, "upload-result", /The flash memory failed\./);
  });
});

test("kinds are told apart before a byte is sent", async () => {
  await open();
  await choose(page, { kind: 3 });
  await waitForText(page, "file-note", /^JavaScript part for the application lws-demos, v0\.2\.0\.$/);
  await choose(page, { model: "lamp" });
  await waitForText(page, "file-note", /for the model lamp/);
  await send(page, { kind: 1, app: "lws-setup", version: "v0.3.0" });
  await waitForText(page, "file-note", /^Setup image lws-setup v0\.3\.0\. Updating setup erases/);
  await page.getByTestId("confirm-no").tap();
  assert.deepEqual(unit.requests, []);
  await send(page, { signed: false });
  await waitForText(page, "upload-result", /is not signed/);
  await page
    .getByTestId("upload-file")
    .setInputFiles({ name: "cat.jpg", mimeType: "image/jpeg", buffer: Buffer.from("meow") });
  await page.getByTestId("upload-button").tap();
  await waitForText(page, "upload-result", /“cat\.jpg” is not a firmware image/);
  assert.deepEqual(unit.requests, []);
  unit.change({ unsigned: "1" });
  await page.getByTestId("unsigned").waitFor();
  await send(page, { signed: false });
  await waitForText(page, "upload-result", /^Application installed/);
});

test("updates of the server: check, install, follow, cancel", async () => {
  await open({ ...RUNNING, ...latest({ app: offer("v0.2.0", true), factory: offer("v0.3.0", true), auto: "0" }) });
  await page.getByTestId("check").tap();
  await unit.hears("check");
  await page.getByTestId("auto-update").tap();
  assert.deepEqual(await unit.hears("auto-update"), { "auto-update": "1" });
  await waitForText(page, "offer-app", /Installed: lws-demos · v0\.1\.0.*New: v0\.2\.0, 20 Nov 2026, 1,110 kB/s);
  await waitForText(page, "offer-factory", /erases the installed application/);
  await page.getByTestId("install-factory").tap();
  await page.getByTestId("confirm-no").tap();
  await page.getByTestId("install-factory").tap();
  await page.getByTestId("confirm-yes").tap();
  await unit.hears("update-factory");
  unit.change({ update: { state: "receiving", id: "", from: "server" } });
  unit.say({ upload: "1", pos: "512000", len: "1024000" });
  await waitForText(page, "upload-text", /500 kB of 1,000 kB/);
  assert.equal(await page.getByTestId("install-app").isDisabled(), true);
  await page.getByTestId("upload-cancel").tap();
  await unit.hears("cancel");
  unit.change({ update: { state: "idle", id: "", from: "" } });
  await waitForText(page, "upload-result", /^The update was cancelled/);
  await page.getByTestId("install-app").tap();
  await unit.hears("update-ota");
  unit.change({ update: { state: "done", id: "", from: "server" } });
  await waitForText(page, "upload-result", /^Application installed/);
});

test("the server's address is stored, refused with its reason, or taken back", async () => {
  await open();
  await page.getByTestId("server").locator("summary").tap();
  const input = page.getByTestId("update-url");
  assert.equal(await input.inputValue(), "https://updates.example/lws");
  await input.fill("https://other.example:8443/x");
  await page.keyboard.press("Enter");
  assert.deepEqual(await unit.hears("update-url"), { "update-url": "https://other.example:8443/x" });
  unit.change(latest({ url: "https://other.example:8443/x", state: "waiting" }));
  await waitForText(page, "server-done", /^Saved/);
  unit.heard.length = 0;
  await input.fill("https://full.example");
  await page.keyboard.press("Enter");
  await unit.hears("update-url");
  unit.say({ error: "STORAGE_FULL", text: "the settings memory is full", for: "update-url" });
  await waitForText(page, "server-error", /^The settings memory is full\.$/);
});

test("an application that was taken back is told of, and started again", async () => {
  await open({ ...JOINED, rolled: { app: "<i>x</i>", version: "v9", reason: "exception", start: "1" } });
  await waitForText(page, "rolled", /<i>x<\/i> v9: its program failed\./);
  await page.getByTestId("rolled-start").tap();
  assert.deepEqual(await unit.hears("start"), { start: "1" });
  await waitForText(page, "upload-result", /http:\/\/192\.168\.1\.50\//);
});

test("a unit that knows nothing of all this still takes an application", async () => {
  const { unsigned: _, rolled: __, latest: ___, ...old } = freshState();
  unit.reset();
  unit.state = { ...old, update: { state: "idle" } };
  unit.answers.set("otaform", { status: 200, body: { ok: "1", text: "installed" } });
  await openSetup(page, unit.url);
  for (const id of ["updates", "rolled", "unsigned"]) assert.equal(await page.getByTestId(id).isVisible(), false, id);
  await send(page, { signed: false });
  await waitForText(page, "upload-result", /^Application installed/);
  assert.deepEqual(unit.requests, ["POST otaform"]);
});

test("without scripts there is a login form, and the words that say why", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
  const plain = await context.newPage();
  unit.reset();
  await plain.goto(unit.url);
  assert.match(await plain.locator("noscript p").innerText({ timeout: PATIENCE }), /This page needs JavaScript/);
  await plain.locator("noscript button").click();
  await plain.waitForURL("**/access/login");
  assert.deepEqual(unit.requests, ["POST access/login"]);
  await context.close();
});
