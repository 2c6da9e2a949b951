// @ts-check
/** Certificates and memory that is full or damaged: there is always one pair, and it is whole. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { certificateState, certified, downloadCertificate, postCertificate } from "../lib/certificates.mjs";
import { address, powerOnSetup, readChip, setupFlash, withDevice } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { NvsWriter, readBlob, SETTINGS } from "../lib/nvs.mjs";
import { Openssl } from "../lib/openssl.mjs";
import { readState } from "../lib/scan-client.mjs";

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */
/** @typedef {(url: string) => Promise<unknown>} Action */

/** Nothing is in range, so that nothing but the tests writes. */
const air = "";
const BUTTON = ["--button", "down"];

/** @type {Openssl} */ let openssl;
/** @type {import("../lib/openssl.mjs").Issued} */ let mine;
/** @type {import("../lib/openssl.mjs").Issued} */ let other;
before(() => {
  openssl = new Openssl();
  mine = openssl.issue("mine", { kind: "rsa:2048" });
  other = openssl.issue("other");
});
after(() => openssl?.close());

/** Uploads a pair. @param {import("../lib/openssl.mjs").Issued} issued @returns {Action} */
const upload =
  ({ certificate, key }) =>
  async (url) => {
    const answer = await postCertificate(url, { pub: certificate, pri: key });
    assert.equal(answer.status, 200, answer.text);
  };

/** A chip on which these have been done. @param {...Action} actions */
async function chipAfter(...actions) {
  return withDevice({ flash: setupFlash(), air }, async (device) => {
    const url = await powerOnSetup(device);
    await certified(url);
    for (const action of actions) await action(url);
    await device.powerOff();
    return readChip(device);
  });
}

test("an uploaded pair that was damaged on the flash: the self-signed one takes its place, and the page is told", async () => {
  const chip = await chipAfter(upload(mine));
  const der = openssl.der(mine.certificate);
  const at = chip.indexOf(der.subarray(0, 64));
  assert.ok(at > 0);
  chip[at + 50] ^= 1;
  await withDevice({ flash: chip, air }, async (device) => {
    const url = await powerOnSetup(device, BUTTON);
    await device.waitForLine(/certificate: the uploaded one can't be used/);
    const state = await certified(url);
    assert.deepEqual([state.source, state.subject, state.fault], ["self", "lws-000001", "STORAGE_FAILED"]);
    const { cert } = await readState(url);
    assert.deepEqual([cert.source, cert.fault], ["self", "the settings memory can't be read or written"]);
    await upload(mine)(url);
    assert.equal((await certificateState(url)).fault, "");
  });
});

test("a damaged authority for clients: nobody is let in unheard, port 80 says why, and the button leads to its removal", async () => {
  const root = openssl.authority("root");
  const chip = await chipAfter(async (url) => {
    assert.equal((await postCertificate(url, { ca: root.certificate })).status, 200);
  });
  const flipped = Buffer.from(chip);
  flipped[chip.indexOf(openssl.der(root.certificate).subarray(0, 64)) + 50] ^= 1;
  const nvs = chip.subarray(address("nvs"), address("nvs") + 0x6000);
  const self = readBlob(nvs, SETTINGS, "ap-self.pair");
  const malformed = setupFlash(
    new NvsWriter().add(SETTINGS, "ap-self.pair", self).add(SETTINGS, "ap-ca.der", Buffer.from("no certificate")).bytes,
  );
  for (const flash of [flipped, malformed]) {
    await withDevice({ flash, air }, async (device) => {
      await device.powerOn();
      const plain = await device.waitForAddress("access point");
      await device.waitForLine(/certificate: who vouches for clients can't be read/);
      const answer = await fetch(plain, { headers: { Connection: "close" }, redirect: "manual" });
      assert.equal(answer.status, 503);
      assert.match(await answer.text(), /who vouches for clients is damaged: hold the button/);
      await assert.rejects(fetch(device.apUrl(443, "https")));
      await device.powerOff();
      const url = await powerOnSetup(device, BUTTON);
      assert.deepEqual((({ fault, client }) => [fault, client])(await certificateState(url)), [
        "CLIENT_CA_DAMAGED",
        "1",
      ]);
      assert.match((await readState(url)).cert.fault, /who vouches for clients is damaged/);
      assert.equal((await postCertificate(url, { remove: "ca" })).status, 200);
      assert.deepEqual((({ fault, client }) => [fault, client])(await certificateState(url)), ["", "0"]);
      await device.powerOff();
      await powerOnSetup(device, []);
    });
  }
});

/** Settings memory with so many free entries of 32 bytes. @param {number} free */
function crowded(free) {
  const writer = new NvsWriter().add(SETTINGS, "serial", "SN42");
  for (let i = 0; writer.place.page < 4 || writer.place.free > free; i++) writer.add("filler", `count ${i}`, i);
  return setupFlash(writer.bytes);
}

test("memory without room: a pair that does not fit changes nothing", async () => {
  await withDevice({ flash: crowded(60), air }, async (device) => {
    let url = await powerOnSetup(device, BUTTON);
    const self = await certified(url);
    assert.deepEqual([self.source, self.fault], ["self", ""]);
    for (const pair of [mine, openssl.issue("large", { kind: "rsa:4096" })]) {
      const { status, error } = await postCertificate(url, { pub: pair.certificate, pri: pair.key });
      assert.deepEqual([status, error], [507, "STORAGE_FULL"]);
      assert.deepEqual(await certificateState(url), self);
    }
    await upload(other)(url);
    assert.equal((await postCertificate(url, { pub: mine.certificate, pri: mine.key })).error, "STORAGE_FULL");
    await device.powerOff();
    url = await powerOnSetup(device, BUTTON);
    assert.equal((await certificateState(url)).subject, "other");
  });
});

test("memory without room for any: what was made is used all the same", async () => {
  await withDevice({ flash: crowded(10), air }, async (device) => {
    const url = await powerOnSetup(device, BUTTON);
    const state = await certified(url);
    assert.deepEqual([state.source, state.fault], ["self", "STORAGE_FULL"]);
    assert.match(String(await downloadCertificate(url)), /^-----BEGIN CERTIFICATE-----/);
  });
});
