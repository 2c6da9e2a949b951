// @ts-check
/** From a blank chip to a running application and back, as a person with a phone does it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { openBrowser, openPhone, waitForText } from "../lib/browser.mjs";
import { HOSTILE, LONGEST, twelve } from "../lib/radio.mjs";
import { joined, openSetup, pick, row, savedNetworks, settled, upload } from "../lib/setup-page.mjs";

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").Page} */ let page;
/** @type {import("../lib/browser.mjs").Watch} */ let watch;
/** @type {Device} */ let device;

before(async () => {
  device = new Device({ air: twelve() });
  await device.powerOn();
  browser = await openBrowser({
    "192.168.4.1:80": new URL(device.apUrl()).host,
    "192.168.4.1:443": new URL(device.apUrl(443)).host,
    [`${LONGEST.address}:80`]: new URL(device.staUrl()).host,
    [`${LONGEST.address}:443`]: new URL(device.staUrl(443)).host,
  });
  ({ page, watch } = await openPhone(browser));
});
after(async () => {
  await browser?.close();
  await device?.close();
});

/** Nothing that a network is called has become part of the page's markup. */
async function checkMarkup() {
  assert.equal(await page.locator("b, img[src=x], [onerror]").count(), 0);
  watch.check();
}

test("a blank chip serves the setup page at its access point", async () => {
  await device.waitForAddress("access point", "https");
  await openSetup(page, "http://192.168.4.1/");
  assert.equal((await device.control("status")).running, "factory");
  assert.equal(await page.title(), `${await page.getByTestId("host").innerText()} – Setup`);
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360, "nothing sticks out of the screen");
  assert.deepEqual(await savedNetworks(page), ["", "", "", ""]);
});

test("twelve networks are found and shown by their names, whatever these look like", async () => {
  await page.getByTestId("network").nth(11).waitFor();
  assert.equal(await page.getByTestId("network").count(), 12);
  for (const { ssid } of [HOSTILE, LONGEST]) assert.equal(await row(page, ssid).count(), 1, ssid);
  await checkMarkup();
});

test("picked networks are joined without a restart", async () => {
  const { boots } = await device.figures();
  await pick(page, HOSTILE);
  await joined(page, HOSTILE);
  await pick(page, LONGEST);
  await waitForText(page, "slot-1", new RegExp(LONGEST.ssid));
  const air = (await device.control("air")).aps;
  const hostile = air.find((/** @type {{ ssid: string }} */ ap) => ap.ssid === HOSTILE.ssid);
  await device.control(`air remove ${hostile.bssid}`);
  await joined(page, LONGEST);
  assert.equal((await device.control("status")).address, LONGEST.address);
  assert.equal((await device.figures()).boots, boots);
  await checkMarkup();
});

test("an uploaded application is installed and runs, where the page says", async () => {
  const mark = device.mark();
  await watch.outage(async () => {
    const result = await upload(page, imageFile("ota"));
    for (const words of ["Application installed", "restarts into it", `http://${LONGEST.address}/`])
      assert.ok(result.includes(words), result);
    await device.waitForLine(/lws-xs: station/, { after: mark });
    assert.equal((await device.control("status")).running, "ota_0");
    await page.getByTestId("upload-result").getByRole("link", { name: LONGEST.address }).tap();
    await waitForText(page, "counter", /^\d+$/);
  });
  assert.equal(new URL(page.url()).host, LONGEST.address);
});

test("the application counts at twenty a second", async () => {
  const isRight = (/** @type {number} */ rate) => rate > 16 && rate < 24;
  /** @type {number[]} */
  const rates = [];
  // On a machine that has no time for the device it counts more slowly, for a while.
  while (!rates.some(isRight) && rates.length < 4) rates.push(/** @type {number} */ (await page.evaluate(MEASURE)));
  assert.ok(rates.some(isRight), `${rates.join(", ")} numbers a second`);
  await waitForText(page, "rate", /^(1[6-9]|2[0-4])\.\d$/);
});

/** Runs in the page, where the names of this file mean nothing: numbers a second that the device sends, over three seconds. */
const MEASURE = `(async () => {
  const counter = document.querySelector("[data-testid=counter]");
  const sample = async () => {
    await new Promise((resolve) => {
      const observer = new MutationObserver(() => resolve(observer.disconnect()));
      observer.observe(counter, { childList: true, characterData: true, subtree: true });
    });
    return { count: Number(counter.textContent), time: performance.now() };
  };
  const first = await sample();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const last = await sample();
  return ((last.count - first.count) * 1000) / (last.time - first.time);
})()`;

test("either end closes a connection and the other is told why", async () => {
  const cases = /** @type {const} */ ([
    ["close-client", "3000", "Bye!"],
    ["close-server", "1001", "seeya"],
  ]);
  for (const [button, code, reason] of cases) {
    await page.getByTestId("close-open").tap();
    await waitForText(page, "close-state", /^Open$/);
    await page.getByTestId(button).tap();
    await waitForText(page, "close-state", /^Closed$/);
    assert.equal(await page.getByTestId("close-code").innerText(), code);
    assert.equal(await page.getByTestId("close-reason").innerText(), reason);
  }
  watch.check();
});

test("a button of the application leads back to setup, where everything is still set", async () => {
  const request = page.waitForRequest((each) => each.url().endsWith("/esplws-rtf"));
  await page.getByTestId("back-to-setup").tap();
  await watch.outage(async () => {
    await page.getByTestId("confirm-yes").tap();
    assert.equal((await request).method(), "POST");
    await settled(page);
  });
  assert.equal((await device.control("status")).running, "factory");
  assert.deepEqual(await savedNetworks(page), [HOSTILE.ssid, LONGEST.ssid, "", ""]);
  await joined(page, LONGEST);
  await waitForText(page, "app-name", /^lws-demos$/);
  await checkMarkup();
});

test("after a power cycle the application runs again", async () => {
  await watch.outage(async () => {
    await device.powerOff();
    await device.powerOn();
    await device.waitForAddress("station", "https");
    await page.goto(`http://${LONGEST.address}/`);
    await waitForText(page, "counter", /^[1-9]\d*$/);
  });
  assert.equal((await device.control("status")).running, "ota_0");
  watch.check();
});
