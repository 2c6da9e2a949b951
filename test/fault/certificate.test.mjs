// @ts-check
/** Certificates and power that fails, memory that is full or damaged: there is always one pair, and it is whole. */
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import { certificateState, certified, downloadCertificate, postCertificate } from "../lib/certificates.mjs";
import { address, powerOnSetup, readChip, setupFlash, withDevice, writeChip } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { NvsWriter, readBlob, SETTINGS } from "../lib/nvs.mjs";
import { Openssl } from "../lib/openssl.mjs";
import { readState, ScanClient } from "../lib/scan-client.mjs";

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

/** @type {Action} */
const remove = async (url) => {
  assert.equal((await postCertificate(url, { remove: "own" })).status, 200);
  await certified(url);
};

/** Gives the device another name, and waits until its certificate has it. @param {string} url */
async function rename(url) {
  const client = await ScanClient.open(url);
  try {
    client.send({ group: "kitchen" });
    client.send({ role: "light" });
    await client.next((message) => message.certsubject === "kitchen-light" && message.cert.progress === "100");
  } finally {
    client.close();
  }
}

/** The stored pair of this kind is whole, or there is none. @param {Device} device @param {string} key */
function checkStored(device, key) {
  const pair = readBlob(device.partition("nvs"), SETTINGS, key);
  if (pair.length === 0) return;
  const [chain, length] = [pair.readUInt16LE(4), pair.readUInt16LE(6)];
  assert.equal(pair.length, 8 + chain + length);
  const certificate = new X509Certificate(pair.subarray(8, 8 + chain));
  const der = pair.subarray(8 + chain);
  const form = der[4] === 1 ? "sec1" : der[7] === 2 ? "pkcs1" : "pkcs8";
  const type = /** @type {"pkcs8"} */ (form);
  assert.ok(certificate.checkPrivateKey(createPrivateKey({ key: der, format: "der", type })));
}

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

/**
 * Cuts the power at every flash operation of an action.
 * @param {Buffer} chip
 * @param {Action} action
 * @param {(state: Record<string, string>) => string} what names what a device presents then
 * @returns {Promise<string[]>} what it presented after each cut
 */
async function cutEverywhere(chip, action, what) {
  /** @type {string[]} */ const seen = [];
  await withDevice({ flash: chip, air }, async (device) => {
    for (let n = 1, isDone = false; !isDone; n++) {
      writeChip(device, chip);
      const url = await powerOnSetup(device, BUTTON);
      await device.control(`power-cut ${n}`);
      isDone = await action(url).then(
        () => true,
        () => false,
      );
      if (isDone) await device.powerOff();
      else assert.equal(await device.waitForOff(), 0);
      const again = await powerOnSetup(device, BUTTON);
      const state = await certified(again);
      const handed = new X509Certificate(await downloadCertificate(again)).fingerprint256.replaceAll(":", "");
      assert.deepEqual([state.print, state.fault], [handed, ""], `cut ${n}`);
      for (const key of ["ap-own.pair", "ap-self.pair"]) checkStored(device, key);
      seen.push(what(state));
      // What is left of it is no obstacle to the next one.
      await upload(mine)(again);
      await device.powerOff();
    }
  });
  return seen;
}

/** One after the other, without repetitions. @param {string[]} seen */
const order = (seen) => seen.filter((each, i) => each !== seen[i - 1]);
const subject = (/** @type {Record<string, string>} */ { subject }) => subject;

/** @type {[name: string, prepare: () => Promise<Buffer>, act: () => Action, expected: string[]][]} */
const CASES = [
  ["a first upload", () => chipAfter(), () => upload(mine), ["lws-000001", "mine"]],
  ["an upload that replaces another", () => chipAfter(upload(mine)), () => upload(other), ["mine", "other"]],
  ["a removal", () => chipAfter(upload(mine)), () => remove, ["mine", "lws-000001"]],
  [
    "the making of another certificate after a change of name",
    () => chipAfter(),
    () => rename,
    ["lws-000001", "kitchen-light"],
  ],
];

for (const [name, prepare, act, expected] of CASES) {
  test(`at every operation of ${name}: the old pair or the new one`, { timeout: 120_000 }, async () => {
    const seen = await cutEverywhere(await prepare(), act(), subject);
    assert.ok(seen.length > 3, `${seen.length} operations`);
    // The very first cut may already be one too late for the old one.
    assert.deepEqual(order(seen), expected.slice(-order(seen).length), seen.join(" "));
  });
}

test("the first one of all: power that fails at any operation leaves a device that makes one", {
  timeout: 60_000,
}, async () => {
  // A chip with an uploaded pair and without another: removing it makes the first one.
  const chip = await chipAfter(upload(mine));
  const self = readBlob(chip.subarray(address("nvs"), address("nvs") + 0x6000), SETTINGS, "ap-self.pair");
  const at = chip.indexOf(self.subarray(0, 64));
  chip[at + 40] ^= 1;
  const seen = await cutEverywhere(chip, remove, subject);
  assert.ok(seen.length > 3, `${seen.length} operations`);
  assert.equal(seen.at(-1), "lws-000001");
});

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
