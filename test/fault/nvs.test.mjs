// @ts-check
/** Settings on flash that is damaged or full: it is reported, setup is reached, and what can still be read is still there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { powerOnSetup, setupFlash, withDevice, writeChip } from "../lib/chip.mjs";
import { NvsWriter, PAGE, readNvs, SETTINGS, settingsWith } from "../lib/nvs.mjs";
import { readState, ScanClient } from "../lib/scan-client.mjs";

/** Nothing is in range, so that nothing but the tests writes. */
const air = "";

const NETWORKS = Array.from({ length: 4 }, (_, n) => ({
  ssid: `Network of slot ${n}`,
  passphrase: `passphrase of slot ${n}`,
  address: "",
}));
const names = NETWORKS.map(({ ssid }) => ssid);

/** Names in the slots. @param {import("../lib/scan-client.mjs").Message} state */
const known = (state) => state.known?.map(({ ssid }) => ssid);

/** Five pages: the first names the namespace, and each of the others holds one slot. */
function spread() {
  const writer = new NvsWriter().add(SETTINGS, "serial", "SN42");
  for (const [n, { ssid, passphrase }] of NETWORKS.entries())
    writer.endPage().add(SETTINGS, `${n}ssid`, ssid).add(SETTINGS, `${n}password`, passphrase);
  return writer.bytes;
}

/** Same numbers every time (xorshift). @param {number} seed @returns {(below: number) => number} */
function random(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

test("settings as ESP-IDF's own tools write them are read, and what the device writes can be read", async () => {
  await withDevice({ flash: setupFlash(spread()), air }, async (device) => {
    const client = await ScanClient.open(await powerOnSetup(device));
    const state = await client.state();
    assert.deepEqual([state.storage, state.serial, known(state)], ["ok", "SN42", names]);
    const mark = client.setSlot(2, "another", "another passphrase");
    await client.next((message) => message.known?.[2].ssid === "another", mark);
    client.close();
    const values = readNvs(device.partition("nvs"));
    assert.equal(values.get(`${SETTINGS}/2ssid`), "another");
    assert.equal(values.get(`${SETTINGS}/2password`), "another passphrase");
    assert.equal(values.get(`${SETTINGS}/3ssid`), names[3]);
  });
});

test("a page with a damaged header is reported, and takes no more than its own settings along", async () => {
  for (let page = 0; page < 5; page++) {
    const nvs = spread();
    nvs[page * PAGE + 8 + page] ^= 0x21;
    await withDevice({ flash: setupFlash(nvs), air }, async (device) => {
      const url = await powerOnSetup(device);
      await device.waitForLine(new RegExp(`nvs: page ${page} is damaged`));
      const client = await ScanClient.open(url);
      const state = await client.state();
      assert.equal(state.storage, "damaged");
      const expected = names.map((name, n) => (n === page - 1 ? "" : name));
      assert.deepEqual(known(state), expected);
      // A unit that has lost its settings takes new ones, and keeps them.
      await client.next((message) => message.known?.[0].ssid === "new", client.setSlot(0, "new", ""));
      client.close();
      await device.powerOff();
      const again = await readState(await powerOnSetup(device));
      assert.deepEqual([again.storage, known(again)], ["ok", ["new", ...expected.slice(1)]]);
    });
  }
});

test("the only page lost: the log tells, and the unit can be set up like a new one", async () => {
  const nvs = settingsWith(NETWORKS);
  nvs[28] ^= 1;
  await withDevice({ flash: setupFlash(nvs), air }, async (device) => {
    const state = await readState(await powerOnSetup(device));
    assert.deepEqual(known(state), ["", "", "", ""]);
    await device.waitForLine(/nvs: page 0 is damaged/);
  });
});

test("a damaged value is reported and counts as absent, the others are still there", async () => {
  const nvs = settingsWith(NETWORKS);
  nvs[nvs.indexOf(names[1])] ^= 1;
  await withDevice({ flash: setupFlash(nvs), air }, async (device) => {
    const state = await readState(await powerOnSetup(device));
    assert.deepEqual([state.storage, known(state)], ["damaged", [names[0], "", names[2], names[3]]]);
    await device.waitForLine(/nvs: value "1ssid" is damaged/);
  });
});

test("random damage never shows as settings, and never keeps the device from setup", { timeout: 60_000 }, async () => {
  const below = random(20261121);
  const whole = [settingsWith(NETWORKS), spread()];
  await withDevice({ flash: setupFlash(), air }, async (device) => {
    for (let round = 0; round < 40; round++) {
      const nvs = Buffer.from(whole[round % 2]);
      for (let count = 1 << (round >> 3); count > 0; count--)
        nvs[below(round % 2 ? nvs.length : 1024)] = round % 4 < 2 ? below(256) : 0;
      writeChip(device, setupFlash(nvs));
      const state = await readState(await powerOnSetup(device));
      for (const [n, name] of (known(state) ?? []).entries())
        assert.ok(name === "" || name === names[n], `round ${round}: slot ${n} is ${name}`);
      for (const [key, value] of readNvs(device.partition("nvs"))) {
        const slot = NETWORKS[Number(/^lws-station\/(\d)password$/.exec(key)?.[1] ?? -1)];
        if (slot) assert.equal(value, slot.passphrase, `round ${round}`);
      }
      await device.powerOff();
    }
  });
});
