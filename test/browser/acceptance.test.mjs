// @ts-check
/** What whoever takes units over from a line goes through, point by point, with a browser, and with the times that are allowed for each. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { AirDevice } from "../lib/air.mjs";
import { openBrowser, openPhone, waitForText } from "../lib/browser.mjs";
import { readChip, setupFlash, writeChip } from "../lib/chip.mjs";
import { request } from "../lib/files.mjs";
import { loadPage, pageAgent } from "../lib/load-page.mjs";
import { NvsWriter, readNvs, SETTINGS, settingsWith } from "../lib/nvs.mjs";
import { accessPoint, OPEN, PLAIN } from "../lib/radio.mjs";
import { joined, openSetup, pick, row, settled } from "../lib/setup-page.mjs";
import { image } from "../lib/upload.mjs";

/** The device's time, so that what may take half a minute does not. */
const SPEED = 4;
const QUOTED = { ssid: 'Thirty-two bytes with "quotes" \\', passphrase: `"${"p".repeat(61)}\\`, address: "10.9.8.7" };
const REFUSES = { ssid: "Refuses", passphrase: "what it wants", address: "10.6.6.6" };

/** @type {import("playwright-core").Browser} */ let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** A unit with a phone in front of it. @param {AirDevice} device @param {string[]} [args] */
async function phoneAt(device, args = device.held) {
  const start = Date.now();
  await device.powerOn(args);
  const url = await device.waitForAddress("access point", "https");
  const took = ((Date.now() - start) * device.speed) / 1000;
  const { page, watch } = await openPhone(browser);
  await openSetup(page, url);
  return { page, watch, url, took };
}

describe("a virgin unit", () => {
  const air = [accessPoint(QUOTED, 1), accessPoint(REFUSES, 2, "rssi=-30"), accessPoint(PLAIN, 3)];
  const device = new AirDevice([], air, { speed: SPEED });
  /** @type {Awaited<ReturnType<typeof phoneAt>>} */ let at;
  after(() => device.close());

  test("1: its access point is ESP_ and six digits, and its page is there by HTTPS within 120 s", async () => {
    at = await phoneAt(device, []);
    assert.ok(at.took < 120, `${at.took} s`);
    assert.equal((await device.control("status")).ap, "ESP_000001");
    assert.equal(new URL(at.page.url()).protocol, "https:");
    await row(at.page, QUOTED.ssid).waitFor();
    at.watch.check();
  });

  test("1: one connection is enough for the whole page", async () => {
    const agent = pageAgent(1);
    let connections = 0;
    agent.on("connect", () => connections++);
    try {
      await loadPage(new URL(at.url).origin, agent);
      assert.equal(connections, 1);
    } finally {
      await agent.close();
    }
  });

  test("2: a name of 32 bytes with quotes and a passphrase of 63 are joined within 25 s, without a restart", async () => {
    assert.deepEqual([QUOTED.ssid.length, QUOTED.passphrase.length], [32, 63]);
    const { boots } = await device.figures();
    await pick(at.page, QUOTED);
    assert.ok((await device.at(QUOTED.address, 25)) <= 25);
    await joined(at.page, QUOTED);
    assert.equal((await device.figures()).boots, boots);
    at.watch.check();
  });

  test("3: with a wrong passphrase in one slot, the good one in the next is joined within 30 s", async () => {
    await at.page.getByTestId("forget-0").tap();
    await at.page.getByTestId("confirm-yes").tap();
    await device.at("");
    await pick(at.page, REFUSES, "not what it wants");
    await waitForText(at.page, "slot-0", /Wrong passphrase/);
    await pick(at.page, PLAIN);
    assert.ok((await device.at(PLAIN.address, 30)) <= 30);
    await joined(at.page, PLAIN);
    const nvs = readNvs(device.partition("nvs"));
    assert.deepEqual([nvs.get("lws-station/0ssid"), nvs.get("lws-station/1ssid")], [REFUSES.ssid, PLAIN.ssid]);
    at.watch.check();
  });
});

test("7: an application that is corrupt behind its head: setup runs, stays, and is whole", async () => {
  const device = new AirDevice([PLAIN], [accessPoint(PLAIN, 1)], { speed: SPEED, ota_0: "ota" });
  try {
    const flash = readChip(device);
    const ota = image("ota");
    flash[flash.indexOf(ota.subarray(0, 4096)) + (ota.length >> 1)] ^= 1;
    writeChip(device, flash);
    const before = device.partition("factory");
    for (let cycle = 0; cycle < 2; cycle++) {
      const { page, watch } = await phoneAt(device);
      await joined(page, PLAIN);
      await device.pass(5000);
      assert.equal((await device.control("status")).running, "factory");
      assert.ok(device.partition("factory").equals(before));
      watch.check();
      await page.context().close();
      await device.powerOff();
    }
  } finally {
    await device.close();
  }
});

test("8: a factory reset wants somebody in front of the unit, and leaves what is not its own", async () => {
  const writer = new NvsWriter().add("lwsdemoba", "user", "password").add(SETTINGS, "serial", "A1");
  const flash = setupFlash(settingsWith([PLAIN], writer));
  const device = new AirDevice([], [accessPoint(PLAIN, 1)], { speed: SPEED, flash });
  const keys = () => [...readNvs(device.partition("nvs")).keys()];
  try {
    const absent = await phoneAt(device, []);
    await absent.page.getByTestId("locked").waitFor();
    assert.equal(await absent.page.getByTestId("factory-reset").isDisabled(), true);
    assert.ok(keys().includes("lws-station/0ssid"));
    await absent.page.context().close();
    await device.powerOff();
    const { page, watch } = await phoneAt(device, ["--button", "down"]);
    assert.equal((await device.control("status")).ap, "config-lws-A1");
    await page.getByTestId("factory-reset").tap();
    await watch.outage(async () => {
      await device.control("button up");
      const mark = device.mark();
      await page.getByTestId("confirm-yes").tap();
      await device.waitForLine(/access point "ESP_000001".*https/, { after: mark });
      await settled(page);
    });
    assert.deepEqual(
      keys().filter((key) => /ssid|password|serial|lwsdemoba/.test(key)),
      ["lwsdemoba/user"],
    );
  } finally {
    await device.close();
  }
});

test("9: the page behind the login: 401 without, 200 with the password, 403 for a header that is none", async () => {
  const device = new AirDevice([], [accessPoint(OPEN, 1)], { speed: SPEED, ota_0: "ota" });
  rewritePartition(device.flashFile, "nvs", settingsWith([OPEN]));
  try {
    await device.powerOn();
    const url = new URL(await device.waitForAddress("station", "https")).origin;
    const { page } = await openPhone(browser);
    assert.equal((await page.request.get(`${url}/secret/`, { ignoreHTTPSErrors: true })).status(), 401);
    const known = await browser.newContext({ httpCredentials: { username: "user", password: "password" } });
    const inside = await known.newPage();
    assert.equal((await inside.goto(`${url}/secret/`))?.status(), 200);
    await inside.getByTestId("secret").waitFor();
    for (const value of ["Basic ???", `Basic ${"A".repeat(400)}`, "Basic dXNl"])
      assert.equal((await request(url, "GET /secret/", `Authorization: ${value}`)).status, 403, value);
    const wrong = `Basic ${Buffer.from("user:wrong").toString("base64")}`;
    assert.equal((await request(url, "GET /secret/", `Authorization: ${wrong}`)).status, 401);
  } finally {
    await device.close();
  }
});
