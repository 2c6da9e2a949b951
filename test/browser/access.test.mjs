// @ts-check
/** The setup page of a real unit: its first load, by keyboard, and the ways through its access. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { audit, WIDTHS } from "../lib/audit.mjs";
import { openBrowser, openPhone, waitForText } from "../lib/browser.mjs";
import { accessPoint, HOSTILE, PLAIN } from "../lib/radio.mjs";
import { joined, openSetup, pick, row, settled } from "../lib/setup-page.mjs";

const PASSWORD = "open sesame 8";
const URL_AP = "https://192.168.4.1/";

/** @type {Device} */ let device;
/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").Page} */ let page;
/** @type {import("../lib/browser.mjs").Watch} */ let watch;

before(async () => {
  device = new Device({ air: [accessPoint(HOSTILE, 1), accessPoint(PLAIN, 2)].join("\n") });
  await device.powerOn();
  await device.waitForAddress("access point", "https");
  browser = await openBrowser({
    "192.168.4.1:80": new URL(device.apUrl()).host,
    "192.168.4.1:443": new URL(device.apUrl(443)).host,
  });
  ({ page, watch } = await openPhone(browser));
});
after(async () => {
  await browser?.close();
  await device?.close();
});

test("first load: one connection but that of the WebSocket, less than 60 kB", async () => {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  /** @type {Set<number>} */ const connections = new Set();
  let bytes = 0;
  session.on("Network.responseReceived", ({ response }) => {
    if (response.url.startsWith("http")) connections.add(response.connectionId);
  });
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await openSetup(page, URL_AP);
  await page.waitForTimeout(500);
  await session.detach();
  assert.ok(bytes > 10_000 && bytes < 60_000, `${bytes} bytes`);
  assert.equal(connections.size, 1);
});

test("a new unit", async () => {
  await row(page, HOSTILE.ssid).waitFor();
});

test("a sheet, and what it complains of", async () => {
  await row(page, PLAIN.ssid).tap();
  await page.getByTestId("passphrase").fill("short");
  await page.getByTestId("join-button").tap();
  await page.getByTestId("sheet-error").waitFor();
  await page.getByTestId("sheet-cancel").tap();
});

test("a joined network has no violation that axe-core knows of", async () => {
  await pick(page, PLAIN);
  await joined(page, PLAIN);
  const looks = WIDTHS.flatMap((width) => [
    { width, colorScheme: /** @type {const} */ ("light") },
    { width, colorScheme: /** @type {const} */ ("dark") },
  ]);
  await audit(page, "joined", looks);
});

test("names are stored by keyboard alone, and a refusal stands beside them", async () => {
  const group = page.getByTestId("name-group");
  await group.focus();
  await page.keyboard.type("no blanks");
  await watch.refusals(async () => {
    await page.keyboard.press("Enter");
    await waitForText(page, "names-error", /characters that it can.t/);
  });
  await group.fill("lamps");
  await page.keyboard.press("Tab");
  await page.keyboard.type("left");
  await page.getByTestId("name-opts").fill("rev. 2");
  await page.keyboard.press("Enter");
  await waitForText(page, "names-done", /^Saved/);
  await waitForText(page, "device-facts", /rev\. 2/);
});

test("a password is set, and this page goes on while another has to log in", async () => {
  await page.getByTestId("password-new").fill("short");
  await page.getByTestId("password-store").tap();
  await waitForText(page, "password-error", /8 to 63/);
  await page.getByTestId("password-new").fill(PASSWORD);
  await page.getByTestId("password-store").tap();
  await waitForText(page, "password-done", /is set/);
  await waitForText(page, "access-state", /A password is set/);
  await page.getByTestId("logout").waitFor();
});

test("after the logout there is a form, which tells a wrong password and counts down", async () => {
  await page.getByTestId("logout").tap();
  await page.locator('body[data-phase="login"]').waitFor();
  assert.equal(await page.locator("nav, #network, #device").filter({ visible: true }).count(), 0);
  await watch.refusals(async () => {
    for (let tries = 0; tries < 3; tries++) {
      await page.getByTestId("login-password").fill("not this one");
      await page.keyboard.press("Enter");
      await waitForText(page, "login-error", /This is not the password/);
      await page.locator("#login-button:enabled").waitFor();
    }
    await page.getByTestId("login-password").fill("not this one");
    await page.keyboard.press("Enter");
    await waitForText(page, "login-error", /too many/);
    await waitForText(page, "login-button", /\(\d s\)/);
  });
  await waitForText(page, "login-button", /^Log in$/);
  await page.getByTestId("login-password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await settled(page);
  watch.check();
});

test("who stands in front of the unit needs no password, and may erase everything", async () => {
  await watch.outage(async () => {
    await device.powerOff();
    await device.powerOn(["--button", "down"]);
    await device.waitForAddress("access point", "https");
    await page.context().clearCookies();
    await openSetup(page, URL_AP);
  });
  await waitForText(page, "access-state", /A password is set/);
  await page.getByTestId("factory-reset").tap();
  await page.getByTestId("confirm").waitFor();
  await watch.outage(async () => {
    await device.control("button up");
    const mark = device.mark();
    await page.getByTestId("confirm-yes").tap();
    await waitForText(page, "reset-note", /ESP_000001/);
    await device.waitForLine(/access point "ESP_000001".*https/, { after: mark });
    await settled(page);
  });
  await waitForText(page, "access-state", /No password/);
});

test("a provisioned unit that nobody stands in front of can be looked at", async () => {
  await watch.outage(async () => {
    await device.powerOff();
    await device.powerOn();
    await device.waitForAddress("access point", "https");
    await openSetup(page, URL_AP);
  });
  await page.getByTestId("locked").waitFor();
  assert.equal(await page.getByTestId("factory-reset").isDisabled(), true);
  watch.check();
});
