// @ts-check
/** The certificate section of the setup page: what it shows, an upload, its errors, and the way back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { openBrowser, openPhone, waitForText } from "../lib/browser.mjs";
import { certificateState, certified, downloadCertificate } from "../lib/certificates.mjs";
import { Openssl } from "../lib/openssl.mjs";
import { openSetup, settled } from "../lib/setup-page.mjs";

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").Page} */ let page;
/** @type {import("../lib/browser.mjs").Watch} */ let watch;
/** @type {Device} */ let device;
/** @type {Openssl} */ let openssl;
let url = "";

before(async () => {
  openssl = new Openssl();
  device = new Device({ air: "" });
  await device.powerOn(["--clock", "real"]);
  url = await device.waitForAddress("access point", "https");
  await certified(url);
  browser = await openBrowser();
  ({ page, watch } = await openPhone(browser));
  await openSetup(page, url);
});
after(async () => {
  await browser?.close();
  await device?.close();
  openssl?.close();
});

/** Facts as the page shows them, label to value. */
async function shownFacts() {
  const rows = await page.getByTestId("cert-facts").locator("div").all();
  const pairs = await Promise.all(
    rows.map(async (row) => [await row.locator("dt").innerText(), await row.locator("dd").innerText()]),
  );
  return Object.fromEntries(pairs);
}

/** Chooses files in the form, and sends it. @param {Buffer} pub @param {Buffer | undefined} pri */
async function upload(pub, pri) {
  const own = page.getByTestId("cert-own");
  if ((await own.getAttribute("open")) === null) await own.locator("summary").tap();
  await page.getByTestId("cert-pub").setInputFiles(openssl.file(pub));
  await page.getByTestId("cert-pri").setInputFiles(pri === undefined ? [] : openssl.file(pri));
  await page.getByTestId("cert-upload").tap();
  return waitForText(page, "cert-result", /\S/);
}

test("the page shows the certificate that the device has made, and hands it out", async () => {
  await waitForText(page, "cert-name", /^Made by the device$/);
  const state = await certificateState(url);
  assert.equal((await page.getByTestId("cert-print").innerText()).replace(/\s/g, ""), state.print);
  const facts = await shownFacts();
  assert.deepEqual(
    [facts.For, facts["Valid until"], facts.Key, facts["Days left"].replace(/\D/g, "")],
    ["lws-000001, lws-000001.local, 192.168.4.1", "31 Dec 2049", "EC 256", state.days],
  );
  assert.equal(await page.getByTestId("cert-progress").isVisible(), false);
  assert.equal(await page.getByTestId("cert-remove").isVisible(), false);
  const download = page.waitForEvent("download");
  await page.getByTestId("cert-download").tap();
  const stream = await (await download).createReadStream();
  const content = Buffer.concat(await stream.toArray());
  assert.deepEqual(content, await downloadCertificate(url));
});

test("the section can be reached and used with the keyboard alone", async () => {
  await page.locator('nav a[href="#certificate"]').focus();
  await page.keyboard.press("Enter");
  await page.getByTestId("cert-download").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.getByTestId("cert-own").getAttribute("open"), "");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.id"), "cert-pub");
  assert.equal(await page.getByTestId("cert-upload").isDisabled(), true);
});

test("what is wrong with a certificate or a key is said, and nothing changes", async () => {
  const { certificate, key } = openssl.issue("mine");
  const encrypted = openssl.convert(key, "-aes128", "-passout", "pass:x");
  const state = await certificateState(url);
  /** @type {[Buffer, Buffer | undefined, RegExp][]} */
  const cases = [
    [certificate, openssl.key(), /The key is not the one of the certificate\. Nothing has changed/],
    [certificate, encrypted, /The key is protected by a password/],
    [certificate.subarray(0, 300), key, /The certificate is incomplete/],
    [openssl.issue("old", { days: -1, key }).certificate, key, /A certificate has expired/],
    [certificate, undefined, /certificate and key are both needed/],
  ];
  for (const [pub, pri, words] of cases) {
    await watch.refusals(async () => {
      assert.match(await upload(pub, pri), words);
    });
    assert.equal(await page.evaluate("document.activeElement.id"), "cert-result");
  }
  assert.deepEqual(await certificateState(url), state);
});

test("an own certificate is in use at once, and the page says how long it lasts", async () => {
  const { certificate, key } = openssl.issue("<b>mine</b>", {
    days: 20,
    extensions: ["subjectAltName=DNS:mine.example"],
  });
  assert.match(await upload(certificate, key), /^The certificate is in use/);
  await waitForText(page, "cert-name", /^Your own$/);
  const facts = await shownFacts();
  assert.deepEqual([facts.For, facts["Issued to"]], ["mine.example", "\\<b\\>mine\\</b\\>"]);
  await waitForText(page, "cert-note", /expires in (19|20) days/);
  assert.equal((await certificateState(url)).source, "own");
  watch.check();
});

test("the way back asks first", async () => {
  await page.getByTestId("cert-remove").tap();
  await page.getByTestId("confirm-no").tap();
  assert.equal((await certificateState(url)).source, "own");
  await page.getByTestId("cert-remove").tap();
  await page.getByTestId("confirm-yes").tap();
  await waitForText(page, "cert-result", /^Your certificate is removed/);
  await waitForText(page, "cert-name", /^Made by the device$/);
  assert.equal((await certificateState(url)).source, "self");
});

test("who does not stand in front of the device sees the certificate, but no form", async () => {
  await watch.outage(async () => {
    await device.powerOff();
    await device.powerOn();
    url = await device.waitForAddress("access point", "https");
    await page.goto(url);
    await settled(page);
  });
  await waitForText(page, "cert-name", /^Made by the device$/);
  await page.getByTestId("cert-own").locator("summary").tap();
  await waitForText(page, "cert-locked", /hold its button/);
  assert.equal(await page.getByTestId("cert-upload").isVisible(), false);
  assert.equal((await shownFacts())["Days left"], "Not set yet");
  watch.check();
});
