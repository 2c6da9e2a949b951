// @ts-check
/** Setup images are installed through the application slot, and copy themselves to where they belong. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { WebSocket } from "ws";
import { RESOURCE } from "../../tools/lib/archive.mjs";
import { readImage, SETUP, verifyImage, writeImage } from "../../tools/lib/image.mjs";
import { signingKey } from "../../tools/lib/keys.mjs";
import { readState as slotState } from "../../tools/lib/otadata.mjs";
import { signImage } from "../../tools/lib/trailer.mjs";
import { powerOnSetup, servedSetup, setupFlash, withDevice } from "../lib/chip.mjs";
import { NvsWriter } from "../lib/nvs.mjs";
import { readState } from "../lib/scan-client.mjs";
import { image, put, remade } from "../lib/upload.mjs";

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

const factory = image("factory");
/** One in which nothing stands where it stood. */
const fresh = signImage(
  writeImage({ ...readImage(factory), version: "0.9.1" }, [
    { kind: RESOURCE, name: "first", data: Buffer.alloc(1000, "shift") },
    ...readImage(factory).entries,
  ]),
  { key: signingKey() },
);
const application = image("echo");
const COMPLETE = /N .*the copy is complete/;
const STARTED = /Loaded app from partition at offset 0x1f0000/;

/** The setup image `file` is in its place, and nothing is left of its copying. @param {Device} device @param {Buffer} file */
function checkInPlace(device, file) {
  assert.ok(device.partition("factory").subarray(0, file.length).equals(file));
  assert.equal(verifyImage(device.partition("ota_0")).problem, "empty");
  assert.equal(slotState(device.partition("otadata")), "");
}

/**
 * Uploads a setup image; resolves with the address of its page when it runs from its place.
 * @param {Device} device @param {string} url @param {Buffer} file
 */
async function updateSetup(device, url, file) {
  await device.control("button up");
  const mark = device.mark();
  assert.equal((await put(url, file)).status, 200);
  await device.waitForLine(COMPLETE, { after: mark });
  const again = await servedSetup(device, mark);
  checkInPlace(device, file);
  return again;
}

test("both images are updated in turn, and an application runs in between", async () => {
  await withDevice({ air: "", ota_0: "echo" }, async (device) => {
    for (const [i, version] of ["0.8.1", "0.8.2"].entries()) {
      const file = remade(factory, { version });
      const url = await updateSetup(device, await powerOnSetup(device), file);
      const { img_factory, img_ota } = await readState(url);
      assert.deepEqual([img_factory.git, img_factory.factory, img_ota.date], [version, "y", "Empty"]);
      await device.powerOff();
      const other = await powerOnSetup(device);
      await device.control("button up");
      const mark = device.mark();
      const app = remade(application, { version: `0.8.${4 + i}` });
      assert.equal((await put(other, app)).status, 200);
      const [, at] = await device.waitForLine(/^lws-xs: access point .* is at (http:\S+)\/$/, { after: mark });
      await echoes(at);
      assert.ok(device.partition("ota_0").subarray(0, app.length).equals(app));
      assert.ok(device.partition("factory").subarray(0, file.length).equals(file));
      await device.powerOff();
    }
  });
});

/** A message to the application comes back. @param {string} url */
async function echoes(url) {
  const client = new WebSocket(url.replace(/^http/, "ws"), "lws-echo");
  try {
    const answer = await new Promise((resolve, reject) => {
      client.on("message", (data) => resolve(String(data)));
      client.on("error", reject);
      client.on("open", () => client.send("hello"));
    });
    assert.equal(answer, "hello");
  } finally {
    client.terminate();
  }
}

test("a copy that power failures interrupt goes on, also with the button held", async () => {
  await withDevice({ air: "" }, async (device) => {
    const url = await powerOnSetup(device);
    await device.control("button up");
    let mark = device.mark();
    assert.equal((await put(url, fresh)).status, 200);
    await device.waitForLine(STARTED, { after: mark });
    for (const operations of [1, 9, 30, 31]) {
      await device.control(`power-cut ${operations}`);
      await device.waitForOff();
      assert.ok(device.partition("ota_0").subarray(0, fresh.length).equals(fresh));
      mark = device.mark();
      await device.powerOn(operations === 9 ? ["--button", "down"] : []);
      if (operations === 9) await device.control("button up");
    }
    await device.waitForLine(COMPLETE, { after: mark });
    await servedSetup(device, mark);
    checkInPlace(device, fresh);
  });
});

test("a setup image that fails at its start gives way to the old one", async () => {
  const flash = setupFlash(new NvsWriter().add("test", "mode", "start").bytes);
  await withDevice({ flash, air: "" }, async (device) => {
    const url = await powerOnSetup(device);
    await device.control("button up");
    const mark = device.mark();
    assert.equal((await put(url, remade(image("probation"), { kind: SETUP }))).status, 200);
    await device.waitForLine(STARTED, { after: mark });
    const { rolled } = await readState(await servedSetup(device, mark));
    assert.deepEqual([rolled.app, rolled.reason], ["probation", "exception"]);
    assert.ok(device.partition("factory").subarray(0, factory.length).equals(factory));
  });
});

const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const foreign = signImage(fresh, { key: stranger });

test("a setup image that nobody trusts, brought by a cable, leaves the one that is there", async () => {
  await withDevice({ air: "", ota_0: foreign }, async (device) => {
    await device.powerOn();
    await device.waitForLine(/E .*is not copied: UPDATE_UNKNOWN_KEY/);
    await servedSetup(device);
    assert.equal((await device.control("status")).running, "factory");
    assert.ok(device.partition("factory").subarray(0, factory.length).equals(factory));
    assert.equal(slotState(device.partition("otadata")), "");
  });
});

test("without another one it serves setup where it is, and takes no update", async () => {
  await withDevice({ air: "", factory: null, ota_0: foreign }, async (device) => {
    const url = await powerOnSetup(device, []);
    assert.equal((await device.control("status")).running, "ota_0");
    assert.equal((await put(url, application)).error, "UPDATE_NO_SLOT");
    assert.equal((await readState(url)).img_ota.git, readImage(fresh).version);
  });
});

test("a setup image that is larger than its place is refused before anything is erased", async () => {
  const about = readImage(factory);
  const padding = { kind: RESOURCE, name: "padding", data: Buffer.alloc(0x1d0000 - factory.length) };
  const large = signImage(writeImage(about, [...about.entries, padding]), { key: signingKey() });
  await withDevice({ air: "", ota_0: "echo" }, async (device) => {
    const url = await powerOnSetup(device);
    const { status, error } = await put(url, large);
    assert.deepEqual([status, error], [413, "UPDATE_TOO_LARGE"]);
    assert.ok(device.partition("ota_0").subarray(0, application.length).equals(application));
  });
});
