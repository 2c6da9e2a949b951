// @ts-check
/** Settings memory without room. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownPair } from "../lib/certificates.mjs";
import { powerOnSetup, setupFlash, withDevice } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { ENTRIES, NvsWriter, readNvs, SETTINGS, settingsWith } from "../lib/nvs.mjs";
import { readState, ScanClient } from "../lib/scan-client.mjs";

/** @typedef {import("../lib/scan-client.mjs").Message} Message */

/** Nothing is in range, so that nothing but the tests writes. */
const air = "";

/** A device without one would begin with storing it. */
const PAIR = ownPair();
/** An empty memory but for that. */
const fresh = () => new NvsWriter().add(SETTINGS, "ap-self.pair", PAIR);

/** Pages that NVS may fill: it keeps one of six free. */
const USABLE = 5;
const OLD = { ssid: "The old network", passphrase: "the old passphrase", address: "" };
const NEW = {
  ssid: "The new network, a longer name",
  passphrase: "a new passphrase, 63 characters: ".padEnd(63, "x"),
  address: "",
};

/**
 * Settings with one network among so many values of another program that `free` entries are left.
 * @param {number} free
 */
function crowded(free) {
  const writer = fresh();
  settingsWith([OLD], writer);
  for (let i = 0; writer.place.page < USABLE - 1 || writer.place.free > free; i++)
    writer.add("filler", `count ${i}`, i);
  return writer.bytes;
}

/**
 * Asks for a network in a slot; resolves with the device's answer, an error or a state that shows it.
 * @param {ScanClient} client @param {number} slot @param {{ ssid: string, passphrase: string }} network
 */
function set(client, slot, { ssid, passphrase }) {
  return client.next(
    ({ error, known }) => error !== undefined || known?.[slot].ssid === ssid,
    client.setSlot(slot, ssid, passphrase),
  );
}

/** Value of a key of the settings on flash. @param {import("../../tools/lib/device.mjs").Device} device @param {string} key */
const stored = (device, key) => readNvs(device.partition("nvs")).get(`${SETTINGS}/${key}`);

test("values are taken until the memory is full, which is reported; then room can be made", async () => {
  await withDevice({ flash: setupFlash(crowded(14)), air }, async (device) => {
    const url = await powerOnSetup(device);
    const client = await ScanClient.open(url);
    /** @type {Message | undefined} */ let refusal;
    let slot = 1;
    for (; slot < 4; slot++) {
      refusal = await set(client, slot, { ...NEW, ssid: `${NEW.ssid} ${slot}` });
      if (refusal.error !== undefined) break;
    }
    assert.deepEqual([refusal?.error, refusal?.for], ["STORAGE_FULL", "slot"]);
    assert.ok(slot > 1 && slot < 4, `slot ${slot} was refused`);
    await device.waitForLine(/settings: full/);
    const full = await client.next((message) => message.storage === "full");
    assert.deepEqual(
      [full.known?.[0].ssid, full.known?.[1].ssid, full.known?.[slot].ssid],
      [OLD.ssid, `${NEW.ssid} 1`, ""],
    );
    assert.equal((await fetch(url)).status, 200);
    // What was there is not harmed by being asked to change.
    assert.equal((await set(client, 0, NEW)).error, "STORAGE_FULL");
    assert.deepEqual([stored(device, "0ssid"), stored(device, "0password")], [OLD.ssid, OLD.passphrase]);
    await client.next((message) => message.known?.[1].ssid === "", client.setSlot(1, "", ""));
    const answer = await set(client, 1, { ssid: "short", passphrase: "" });
    assert.deepEqual([answer.error, answer.storage], [undefined, "ok"]);
    client.close();
    await device.powerOff();
    const state = await readState(await powerOnSetup(device));
    assert.deepEqual(
      state.known?.slice(0, 2).map(({ ssid }) => ssid),
      [OLD.ssid, "short"],
    );
  });
});

test("a memory that other programs have filled still lets the device be reached", async () => {
  const writer = new NvsWriter();
  for (let i = 0; i < USABLE * ENTRIES - 1; i++) writer.add("filler", `count ${i}`, i);
  await withDevice({ flash: setupFlash(writer.bytes), air }, async (device) => {
    const client = await ScanClient.open(await powerOnSetup(device));
    assert.equal((await client.state()).storage, "full");
    assert.equal((await set(client, 0, NEW)).error, "STORAGE_FULL");
    client.close();
  });
});

test("a memory without its free page can't be used, and the device can still be reached", async () => {
  const writer = settingsWithFiller();
  await withDevice({ flash: setupFlash(writer), air }, async (device) => {
    const client = await ScanClient.open(await powerOnSetup(device));
    await device.waitForLine(/nvs: not usable/);
    assert.equal((await client.state()).storage, "damaged");
    assert.equal((await set(client, 0, NEW)).error, "STORAGE_FAILED");
    client.close();
  });
});

function settingsWithFiller() {
  const writer = fresh();
  settingsWith([OLD], writer);
  while (writer.place.page < USABLE) writer.add("filler", `count ${writer.place.page} ${writer.place.free}`, 1);
  return writer.bytes;
}
