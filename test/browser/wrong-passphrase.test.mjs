// @ts-check
/** A network that refuses the passphrase, what else the setup page can do, and messages that no page would send. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { openBrowser, openPhone, PATIENCE, waitForText } from "../lib/browser.mjs";
import { HOSTILE, PLAIN, twelve } from "../lib/radio.mjs";
import { ScanClient } from "../lib/scan-client.mjs";
import { joined, openSetup, pick, savedNetworks, settled } from "../lib/setup-page.mjs";

/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").Page} */ let page;
/** @type {import("../lib/browser.mjs").Watch} */ let watch;
/** @type {Device} */ let device;
let url = "";
const WRONG = `Wrong passphrase for ${HOSTILE.ssid}`;

before(async () => {
  device = new Device({ air: twelve(), args: ["--speed", "5"] });
  // Held, so that things may be set after a restart, too.
  await device.powerOn(["--button", "down"]);
  url = await device.waitForAddress("access point", "https");
  browser = await openBrowser();
  ({ page, watch } = await openPhone(browser));
  await openSetup(page, url);
});
after(async () => {
  await browser?.close();
  await device?.close();
});

test("the page says that a passphrase is wrong", async () => {
  await pick(page, HOSTILE, "not the right one");
  await page.locator('[data-testid="join"][data-look="bad"]').filter({ hasText: WRONG }).waitFor();
  await waitForText(page, "join-text", /refused it. Enter it again/);
  await waitForText(page, "slot-0", /Wrong passphrase/);
});

test("the next slot is joined, and the wrong passphrase stays in sight", async () => {
  await pick(page, PLAIN);
  await joined(page, PLAIN);
  assert.deepEqual(await savedNetworks(page), [HOSTILE.ssid, PLAIN.ssid, "", ""]);
  await waitForText(page, "join-wrong", /Wrong passphrase for "<b>/);
  await waitForText(page, "slot-0", /Wrong passphrase/);
});

/**
 * Resolves when the light has turned so often, from brighter to darker or back, within its last 64 steps of 25 ms.
 * @param {(turns: number) => boolean} wanted
 */
async function untilTurns(wanted) {
  for (const end = Date.now() + PATIENCE; ; await delay(50)) {
    /** @type {{ duty: number }[]} */
    const steps = (await device.control("led")).pwm;
    const signs = steps.slice(1).map(({ duty }, i) => Math.sign(duty - steps[i].duty));
    const turns = signs.filter((sign) => sign !== 0).filter((sign, i, all) => i > 0 && sign !== all[i - 1]).length;
    if (wanted(turns)) return;
    assert.ok(Date.now() < end, `${turns} turns`);
  }
}

test("identify makes the light breathe fast", async () => {
  // That is one slow breath or almost five fast ones.
  await untilTurns((turns) => turns <= 3);
  await page.getByTestId("identify").tap();
  await untilTurns((turns) => turns >= 7);
  assert.equal(await page.locator("#identify-text").innerText(), "The lamp is flashing");
});

test("the page's button restarts the device, which tries slot after slot", async () => {
  const { boots } = await device.figures();
  const mark = device.mark();
  await page.getByTestId("restart").tap();
  await watch.outage(async () => {
    await page.getByTestId("confirm-yes").tap();
    await waitForText(page, "restart-note", /The device restarts/);
    await page.waitForEvent("load");
    await settled(page);
  });
  assert.equal((await device.figures()).boots, boots + 1);
  assert.equal((await device.control("status")).running, "factory");
  for (const line of [/joins slot 0/, /slot 0 not joined: password/, /joins slot 1/, /joined slot 1/])
    await device.waitForLine(line, { after: mark });
  await joined(page, PLAIN);
});

test("a forgotten slot is empty, and the link through another stays", async () => {
  const mark = device.mark();
  await page.getByTestId("forget-0").tap();
  await page.getByTestId("confirm-no").tap();
  assert.deepEqual(await savedNetworks(page), [HOSTILE.ssid, PLAIN.ssid, "", ""]);
  await page.getByTestId("forget-0").tap();
  await page.getByTestId("confirm-yes").tap();
  await waitForText(page, "slot-0", /Empty/);
  assert.deepEqual(await savedNetworks(page), ["", PLAIN.ssid, "", ""]);
  await joined(page, PLAIN);
  assert.deepEqual(
    device.lines.slice(mark).filter((line) => line.includes("link lost")),
    [],
  );
});

test("a page comes back by itself after a restart that it knows nothing of", async () => {
  await watch.outage(async () => {
    await device.control("restart");
    await page.locator('body[data-link="lost"]').waitFor();
    await waitForText(page, "link-state", /Reconnecting/);
    await settled(page);
    await waitForText(page, "link-state", /^Connected$/);
  });
  await joined(page, PLAIN);
  assert.deepEqual(await savedNetworks(page), ["", PLAIN.ssid, "", ""]);
  watch.check();
});

test("a message that makes no sense gets an error object, and the connection stays", async () => {
  /** @type {[name: string, message: string | Buffer | object, error: string, about: string][]} */
  const cases = [
    ["no JSON", "hello", "BAD_MESSAGE", ""],
    ["half of an object", '{"scan":', "BAD_MESSAGE", "scan"],
    ["an array", '["scan"]', "BAD_MESSAGE", ""],
    ["a number", '{"scan":1}', "BAD_MESSAGE", "scan"],
    ["nothing", "", "BAD_MESSAGE", ""],
    ["binary", Buffer.from('{"scan":"1"}'), "BAD_MESSAGE", ""],
    ["an unknown key", { format: "1" }, "BAD_MESSAGE", ""],
    ["a key too many", { scan: "1", identify: "1" }, "BAD_MESSAGE", "scan"],
    ["slot 9", { ssid9: "x", pw9: "", slot: "9" }, "BAD_SLOT", "slot"],
    ["keys of two slots", { ssid1: "x", pw2: "", slot: "1" }, "BAD_MESSAGE", "slot"],
    ["a name of 33 bytes", { ssid2: "€".repeat(11), pw2: "", slot: "2" }, "BAD_SSID", "slot"],
    ["a name with a NUL", { ssid2: "a\0b", pw2: "", slot: "2" }, "BAD_SSID", "slot"],
    ["a passphrase of 7", { ssid2: "x", pw2: "1234567", slot: "2" }, "BAD_PASSPHRASE", "slot"],
    ["64 that are not hex", { ssid2: "x", pw2: "g".repeat(64), slot: "2" }, "BAD_PASSPHRASE", "slot"],
    ["a group with a blank", { group: "a b" }, "BAD_NAME", "group"],
  ];
  const client = await ScanClient.open(url);
  try {
    await client.state();
    for (const [name, message, error, about] of cases) {
      const answer = await client.next((each) => each.error !== undefined, client.send(message));
      assert.deepEqual([answer.error, answer.for], [error, about], name);
      assert.match(answer.text, /^[a-z].{10}/, name);
    }
    const { known } = await client.state(client.send({ scan: "1" }));
    assert.deepEqual(
      known?.map(({ ssid }) => ssid),
      ["", PLAIN.ssid, "", ""],
    );
    assert.equal(client.closed, undefined);
  } finally {
    client.close();
  }
});
