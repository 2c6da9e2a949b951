// @ts-check
/** The application page in a browser: drawing, status, forms, the login, and what it does when the device goes. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startApplication } from "../lib/application.mjs";
import { openBrowser, openPhone, PATIENCE, waitForText } from "../lib/browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {Page} */ let phone;
/** @type {Page} */ let desk;
/** @type {import("../lib/browser.mjs").Watch} */ let watch;
/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {string} */ let url;

before(async () => {
  ({ device, url } = await startApplication());
  browser = await openBrowser();
  ({ page: phone, watch } = await openPhone(browser));
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  desk = await context.newPage();
  desk.setDefaultTimeout(PATIENCE);
});
after(async () => {
  await browser?.close();
  await device?.close();
});

/** The colour at a place of the mirror, as RGBA; [0,0,0,0] is bare paper. @param {Page} page @param {number} x @param {number} y */
function pixel(page, x, y) {
  return page.evaluate(
    `Array.from(document.getElementById("canvas").getContext("2d").getImageData(${x}, ${y}, 1, 1).data).join()`,
  );
}

/** @param {Page} page @param {number} x @param {number} y @param {string} colour */
async function waitForPixel(page, x, y, colour) {
  const end = Date.now() + PATIENCE;
  let now;
  do {
    now = await pixel(page, x, y);
    if (now === colour) return;
    await page.waitForTimeout(50);
  } while (Date.now() < end);
  assert.equal(now, colour, `at ${x}, ${y}`);
}

/** Where a place of the mirror is on the screen. @param {Page} page @param {number} x @param {number} y */
async function onScreen(page, x, y) {
  const canvas = page.getByTestId("canvas");
  await canvas.scrollIntoViewIfNeeded();
  const box = (await canvas.boundingBox()) ?? assert.fail("no canvas");
  return { x: box.x + (x * box.width) / 480, y: box.y + (y * box.height) / 300 };
}

/** @param {Page} page @param {(opacity: number) => boolean} fits */
async function waitForOpacity(page, fits) {
  const end = Date.now() + PATIENCE;
  while (!fits(Number(await page.evaluate("getComputedStyle(document.querySelector('main')).opacity")))) {
    assert.ok(Date.now() < end, "the page's light does not change");
    await page.waitForTimeout(100);
  }
}

test("both pages open, and nothing sticks out of a phone's screen", async () => {
  await phone.goto(url);
  await desk.goto(url);
  for (const page of [phone, desk]) await waitForText(page, "link-state", /Connected/);
  assert.equal(await phone.evaluate("document.documentElement.scrollWidth"), 360);
  watch.check();
});

test("server info names both pages", async () => {
  for (const page of [phone, desk]) {
    await waitForText(page, "pages", /^2$/);
    await waitForText(page, "host", /^lws-/);
    await waitForText(page, "version", /^lws-demos /);
    assert.equal(await page.getByTestId("peers").locator("li").count(), 2);
  }
});

test("what a mouse draws appears on the phone, in its colour", async () => {
  for (const page of [phone, desk]) await page.locator("#canvas:not(.away)").waitFor();
  await desk.getByTestId("colour-red").check();
  const from = await onScreen(desk, 100, 100);
  const to = await onScreen(desk, 200, 100);
  await desk.mouse.move(from.x, from.y);
  await desk.mouse.down();
  await desk.mouse.move(to.x, to.y, { steps: 10 });
  await desk.mouse.up();
  for (const page of [phone, desk]) await waitForPixel(page, 150, 100, "128,32,32,255");
  assert.equal(await pixel(phone, 150, 140), "0,0,0,0");
});

test("what a finger draws appears on the desk, and the page does not scroll", async () => {
  await phone.getByTestId("colour-blue").check();
  const from = await onScreen(phone, 240, 50);
  const to = await onScreen(phone, 240, 250);
  const scrolled = await phone.evaluate("scrollY");
  const session = await phone.context().newCDPSession(phone);
  const touch = (/** @type {string} */ type, /** @type {{ x: number, y: number }[]} */ touchPoints) =>
    session.send("Input.dispatchTouchEvent", /** @type {any} */ ({ type, touchPoints }));
  await touch("touchStart", [from]);
  for (let i = 1; i <= 10; i++) {
    await touch("touchMove", [{ x: from.x + ((to.x - from.x) * i) / 10, y: from.y + ((to.y - from.y) * i) / 10 }]);
  }
  await touch("touchEnd", []);
  // A tap that comes too soon after a stroke is none to the browser.
  await phone.waitForTimeout(600);
  for (const page of [phone, desk]) await waitForPixel(page, 240, 150, "0,0,255,255");
  assert.equal(await phone.evaluate("scrollY"), scrolled);
  await desk.getByTestId("clear").click();
  assert.equal(await pixel(desk, 240, 150), "0,0,0,0");
  assert.equal(await pixel(phone, 240, 150), "0,0,255,255");
  watch.check();
});

test("a form of text comes back as it was, and is only text", async () => {
  await phone.getByTestId("text").fill('<img src=x onerror=alert(1)> & "Grüße"');
  await phone.getByTestId("send").tap();
  await phone.getByTestId("form-facts").or(phone.getByTestId("form-error")).filter({ visible: true }).first().waitFor();
  assert.equal(await phone.getByTestId("form-error").innerText(), "");
  await waitForText(phone, "form-facts", /<img src=x onerror=alert\(1\)> & "Grüße"/);
  await waitForText(phone, "form-facts", /send, 4 bytes/);
  watch.check();
  // A browser reports the refusal on its console.
  await desk.getByTestId("text").fill("x".repeat(2000));
  await desk.getByTestId("send").click();
  await waitForText(desk, "form-error", /too large/);
});

test("a file is counted; one that is too large is not even sent", async () => {
  const small = join(device.folder, "a <b>bold name.txt");
  const large = join(device.folder, "large.bin");
  writeFileSync(small, Buffer.alloc(99_999, 1));
  writeFileSync(large, Buffer.alloc(100_000));
  await desk.getByTestId("file").setInputFiles(small);
  await desk.getByTestId("upload").click();
  await waitForText(desk, "form-facts", /file, 99999 bytes\s*a <b>bold name\.txt/);
  await desk.getByTestId("file").setInputFiles(large);
  await desk.getByTestId("upload").click();
  await waitForText(desk, "form-error", /less than 100,000 bytes/);
});

test("without its script the page's form is an ordinary one", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByTestId("send").click();
  await page.getByText("Form results").waitFor();
  assert.match(await page.locator("table").innerText(), /Grüße & <b>/);
  await context.close();
});

test("the page behind the login wants a user and a password", async () => {
  const refused = await phone.request.get(`${url}/secret/`, { ignoreHTTPSErrors: true });
  assert.equal(refused.status(), 401);
  assert.equal(refused.headers()["www-authenticate"], 'Basic realm="lwsws", charset="UTF-8"');
  const known = await browser.newContext({ httpCredentials: { username: "user", password: "password" } });
  const open = await known.newPage();
  await open.goto(url);
  await open.getByTestId("secret-link").click();
  await open.getByTestId("secret").waitFor();
  assert.equal(new URL(open.url()).pathname, "/secret/");
  await known.close();
});

test("the page dims when the device goes, and comes back by itself", { timeout: 90_000 }, async () => {
  await watch.outage(async () => {
    await device.powerOff();
    await waitForText(phone, "link-state", /Reconnecting/);
    await waitForText(phone, "pages", /^–$/);
    await waitForOpacity(phone, (opacity) => opacity < 0.7);
    await device.powerOn();
    await waitForText(phone, "link-state", /Connected/);
    await waitForText(phone, "pages", /^[12]$/);
    await waitForOpacity(phone, (opacity) => opacity === 1);
  });
  await waitForText(desk, "pages", /^2$/);
  for (const page of [phone, desk]) await page.locator("#canvas:not(.away)").waitFor();
  const from = await onScreen(desk, 300, 200);
  await desk.mouse.move(from.x, from.y);
  await desk.mouse.down();
  await desk.mouse.move(from.x + 40, from.y, { steps: 4 });
  await desk.mouse.up();
  await waitForPixel(phone, 310, 200, "128,32,32,255");
  watch.check();
});
