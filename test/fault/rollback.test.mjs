// @ts-check
/** Applications that do not prove themselves after they were installed are given up by themselves, and the setup page says which one and why. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { readImage } from "../../tools/lib/image.mjs";
import { readState as stateOf } from "../../tools/lib/otadata.mjs";
import { powerOnSetup, servedSetup, withDevice } from "../lib/chip.mjs";
import { NvsWriter, readNvs, settingsWith } from "../lib/nvs.mjs";
import { accessPoint, OPEN } from "../lib/radio.mjs";
import { readState, ScanClient } from "../lib/scan-client.mjs";
import { image, put, remade } from "../lib/upload.mjs";

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

/** Times as fast as the world. */
const SPEED = "5";
const probation = image("probation");
const { version } = readImage(probation);

/**
 * Installs the image of this test, which is then on probation; resolves with a mark of the console before its start.
 * @param {Device} device
 * @param {string} mode what the application is to do
 * @param {{ file?: Buffer, writer?: NvsWriter }} [options]
 */
async function install(device, mode, { file = probation, writer = new NvsWriter() } = {}) {
  rewritePartition(device.flashFile, "nvs", writer.add("test", "mode", mode).bytes);
  const url = await powerOnSetup(device, ["--button", "down", "--speed", SPEED]);
  await device.control("button up");
  const mark = device.mark();
  assert.equal((await put(url, file)).status, 200);
  await device.waitForLine(/Loaded app from partition at offset 0x1f0000/, { after: mark });
  return device.mark();
}

/** What otadata says of the slot. @param {Device} device */
const slotState = (device) => stateOf(device.partition("otadata"));

/** @type {[mode: string, reason: string, line: RegExp][]} */
const FAILURES = [
  ["start", "exception", /the image can't start: a failure/],
  ["crash", "exception", /reset: exception/],
  ["hang", "watchdog", /reset: watchdog/],
  ["deaf", "health", /has not proved itself: it is rolled back/],
  ["well", "health", /has not proved itself: it is rolled back/],
];

for (const [mode, reason, line] of FAILURES) {
  const what = mode === "well" ? "serves, but nobody, and without a network" : `fails by "${mode}"`;
  test(`an application that ${what} is rolled back, and stays so`, async () => {
    await withDevice({ air: "" }, async (device) => {
      let mark = await install(device, mode);
      for (let round = 0; round < 2; round++) {
        await device.waitForLine(line, { after: mark });
        const url = await servedSetup(device, mark);
        assert.equal((await device.control("status")).running, "factory");
        assert.ok(["aborted", "invalid"].includes(slotState(device)));
        const { rolled, update } = await readState(url);
        assert.deepEqual(rolled, { app: "probation", version, reason, start: "1" });
        assert.equal(update.state, "idle");
        await device.powerOff();
        // Once is enough for those that take long.
        if (round > 0 || mode !== "crash") break;
        mark = await tryAgain(device);
      }
      // It stays with setup, and still knows why.
      mark = device.mark();
      await device.powerOn(["--speed", SPEED]);
      assert.equal((await readState(await servedSetup(device, mark))).rolled.reason, reason);
    });
  });
}

/** Somebody in front of the device, which is off, starts what was rolled back once more. @param {Device} device */
async function tryAgain(device) {
  const client = await ScanClient.open(await powerOnSetup(device, ["--button", "down", "--speed", SPEED]));
  await device.control("button up");
  const mark = device.mark();
  client.send({ start: "1" });
  await client.ended();
  await device.waitForLine(/Loaded app from partition at offset 0x1f0000/, { after: mark });
  return mark;
}

/** @param {Device} device @param {number} mark */
async function proved(device, mark) {
  await device.waitForLine(/N .*health: on probation/, { after: mark });
  assert.equal(slotState(device), "pending");
  await device.waitForLine(/N .*the image has proved itself/, { after: mark });
  assert.equal(slotState(device), "valid");
  await device.powerOff();
  await device.powerOn(["--speed", SPEED]);
  assert.equal((await device.control("status")).running, "ota_0");
}

test("an application that joins its network proves itself, and says what is too old from now on", async () => {
  await withDevice({ air: accessPoint(OPEN, 1) }, async (device) => {
    const file = remade(probation, { version: "0.7.2", minimum: "0.7.1" });
    const writer = new NvsWriter().add("lws-update", "failed", "watchdog");
    settingsWith([OPEN], writer);
    await proved(device, await install(device, "well", { file, writer }));
    await device.powerOff();
    const stored = readNvs(device.partition("nvs"));
    assert.equal(stored.get("lws-update/floor-app"), "0.7.1.0");
    const url = await powerOnSetup(device);
    assert.deepEqual((await readState(url)).rolled, {});
    assert.equal((await put(url, remade(probation, { version: "0.7.0-99" }))).error, "UPDATE_TOO_OLD");
    // What a factory reset forgets is not this.
    const client = await ScanClient.open(url);
    const mark = client.send({ "factory-reset": "1" });
    await client.ended();
    const again = await servedSetup(device, mark);
    assert.equal((await put(again, remade(probation, { version: "0.7.0-99" }))).error, "UPDATE_TOO_OLD");
  });
});

test("an application proves itself to somebody on its page, and no minimum is above its own version", async () => {
  await withDevice({ air: "" }, async (device) => {
    const file = remade(probation, { version: "0.2", minimum: "9" });
    const mark = await install(device, "well", { file });
    const [, url] = await device.waitForLine(/^lws-xs: access point .* is at (http:\S+)\/$/, { after: mark });
    const page = new WebSocket(url.replace(/^http/, "ws"), "lws-echo");
    page.on("error", () => {});
    await proved(device, mark);
    page.terminate();
    assert.equal(readNvs(device.partition("nvs")).get("lws-update/floor-app"), "0.2.0.0");
  });
});

test("power that fails in the probation is no failure twice, and then says so", async () => {
  await withDevice({ air: "" }, async (device) => {
    let mark = await install(device, "well");
    for (let losses = 0; losses < 3; losses++) {
      await device.waitForLine(/N .*health: on probation/, { after: mark });
      await device.powerOff();
      mark = device.mark();
      await device.powerOn();
    }
    assert.equal((await readState(await servedSetup(device, mark))).rolled.reason, "power on");
  });
});

test("power that fails in the probation leads to setup for whoever holds the button", async () => {
  await withDevice({ air: "" }, async (device) => {
    const mark = await install(device, "well");
    await device.waitForLine(/N .*health: on probation/, { after: mark });
    await device.powerOff();
    assert.equal((await readState(await powerOnSetup(device))).rolled.reason, "power on");
  });
});

test("an application that nothing selects is started when the unit is in use, and offered when it is new", async () => {
  const blank = Buffer.alloc(0x2000, 0xff);
  for (const nvs of [settingsWith([OPEN], new NvsWriter().add("test", "mode", "well")), undefined]) {
    await withDevice({ air: "", ota_0: "probation" }, async (device) => {
      rewritePartition(device.flashFile, "otadata", blank);
      if (nvs) rewritePartition(device.flashFile, "nvs", nvs);
      await device.powerOn();
      if (nvs) await device.waitForLine(/N .*health: on probation/);
      else {
        assert.deepEqual((await readState(await servedSetup(device))).rolled, {
          app: "probation",
          version,
          reason: "power on",
          start: "1",
        });
      }
    });
  }
});

test("there is nothing to start where nothing was rolled back", async () => {
  await withDevice({ air: "", ota_0: "probation" }, async (device) => {
    const client = await ScanClient.open(await powerOnSetup(device));
    assert.deepEqual((await client.state()).rolled, {});
    const mark = client.send({ start: "1" });
    const { error, for: what } = await client.next((message) => message.error !== undefined, mark);
    assert.deepEqual([error, what], ["NOT_FOUND", "start"]);
    client.close();
  });
});
