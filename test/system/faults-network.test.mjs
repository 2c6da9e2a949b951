// @ts-check
/** Faults of the ESP32 setup firmware that came before this one, by their numbers: each stays mended. Networks, updates and certificates. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { Device } from "../../tools/lib/device.mjs";
import { APPLICATION, readImage, writeImage } from "../../tools/lib/image.mjs";
import { readNvs } from "../../tools/lib/nvs.mjs";
import { TRAILER } from "../../tools/lib/trailer.mjs";
import { AirDevice, failedFor, withAir } from "../lib/air.mjs";
import { certificateState, certified, downloadCertificate, postCertificate } from "../lib/certificates.mjs";
import { powerOnSetup, readChip, setupFlash, withDevice, writeChip } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { NvsWriter, SETTINGS } from "../lib/nvs.mjs";
import { Openssl } from "../lib/openssl.mjs";
import { accessPoint, OPEN, PLAIN } from "../lib/radio.mjs";
import { Raw } from "../lib/raw.mjs";
import { readState, ScanClient } from "../lib/scan-client.mjs";
import { form, image, post, requestHead } from "../lib/upload.mjs";

/** A device with an application that is set up for nothing yet. @type {Device} */ let device;
/** @type {Openssl} */ let openssl;
let url = "";
const ota = image("ota");
/** Waits for the radio are the device's. */
const FAST = { speed: 8 };

before(async () => {
  openssl = new Openssl();
  device = new Device({ ota_0: "ota", air: "" });
  url = await powerOnSetup(device, ["--button", "down"]);
});
after(async () => {
  await device?.close();
  openssl?.close();
});

test("W2: an upload that fails is answered as a failure, and the device serves on", async () => {
  const broken = Buffer.from(ota);
  broken[broken.length >> 1] ^= 1;
  const { status, error } = await post(url, form(broken));
  assert.deepEqual([status, error], [422, "UPDATE_DAMAGED"]);
  const raw = await Raw.open(url);
  raw.write(requestHead(100_000)).write(form(ota).subarray(0, 50_000));
  await delay(200);
  raw.close();
  const mark = await device.meter();
  await delay(1000);
  assert.ok((await device.meter()) - mark < 200_000, "it does not spin");
  assert.equal((await fetch(url)).status, 200);
  assert.equal((await post(url, form(ota))).status, 200);
  const after = device.mark();
  await device.control("button up");
  await device.waitForLine(/unit: lws-/, { after });
  assert.equal((await device.control("status")).running, "ota_0");
});

test("W3: an application that is corrupt behind its head is not taken for a setup image that has to be copied", async () => {
  await withDevice({ ota_0: "ota" }, async (damaged) => {
    const flash = readChip(damaged);
    const at = flash.indexOf(ota) + (ota.length >> 1);
    flash[at] ^= 1;
    writeChip(damaged, flash);
    const images = () => Buffer.concat([damaged.partition("factory"), damaged.partition("ota_0")]);
    const before = images();
    for (let cycle = 0; cycle < 2; cycle++) {
      await powerOnSetup(damaged);
      await delay(500);
      assert.equal((await damaged.control("status")).running, "factory");
      assert.ok(images().equals(before));
      await damaged.powerOff();
    }
  });
});

/** Goes back into setup, as a person who holds the button. */
async function backToSetup() {
  await device.powerOff();
  url = await powerOnSetup(device, ["--button", "down"]);
}

test("W6: images of another model, unsigned ones, and images of which any byte has changed, are refused", async () => {
  await backToSetup();
  const { entries, ...about } = readImage(ota);
  const other = writeImage({ ...about, kind: APPLICATION, model: "other" }, entries);
  assert.equal((await post(url, form(other))).error, "UPDATE_WRONG_MODEL");
  const unsigned = ota.subarray(0, ota.length - TRAILER);
  assert.equal((await post(url, form(unsigned))).error, "UPDATE_NO_TRAILER");
  // The archive with the pages is part of what the hash is over, and the hash of what is signed.
  for (const at of [600, TRAILER + 1, TRAILER / 2, 1]) {
    const changed = Buffer.from(ota);
    changed[ota.length - at] ^= 1;
    assert.match((await post(url, form(changed))).error, /^UPDATE_(DAMAGED|BAD_SIGNATURE)$/, `${at} from the end`);
  }
  assert.equal((await fetch(url)).status, 200);
});

test("W11: a certificate comes with its chain, and only with its own key", async () => {
  await backToSetup();
  const root = openssl.authority("root");
  const middle = openssl.authority("middle", root);
  const leaf = openssl.issue("leaf", { issuer: middle });
  const pub = Buffer.concat([leaf.certificate, middle.certificate]);
  assert.equal((await postCertificate(url, { pub, pri: openssl.key() })).error, "KEY_MISMATCH");
  assert.equal((await certificateState(url)).source, "self");
  assert.equal((await postCertificate(url, { pub, pri: leaf.key })).error, "");
  assert.deepEqual((await certificateState(url)).count, "2");
  await postCertificate(url, { remove: "own" });
});

test("W12: without a serial number the DHCP server is told a name all the same", async () => {
  await withAir(
    new AirDevice([PLAIN], [accessPoint(PLAIN, 1)], { ...FAST, args: ["--mac", "240AC4ABCDEE"] }),
    async (unit) => {
      await unit.at(PLAIN.address);
      assert.equal((await unit.control("status")).hostname, "lws-ABCDEF");
    },
  );
});

/** What the firmware before stored for its certificates from elsewhere: the same keys as text and as bytes. */
const ASKED = ["acme-cn", "acme-email", "le-auth-jwk"];

test("W15: a setting that another firmware has stored as another type breaks nothing, and ours are read as they were written", async () => {
  const writer = new NvsWriter();
  for (const key of ASKED) writer.add(SETTINGS, key, key.endsWith("cn") ? "unit.example" : Buffer.from("bytes"));
  for (const key of ["group", "0password"]) writer.add(SETTINGS, key, Buffer.from("bytes in place of text"));
  for (const key of ["role", "1ssid"]) writer.add(SETTINGS, key, 7);
  writer.add(SETTINGS, "2use", "text in place of a count").add(SETTINGS, "ap-own.pair", "text in place of bytes");
  await withDevice({ air: "", flash: setupFlash(writer.bytes) }, async (unit) => {
    const page = await ScanClient.open(await powerOnSetup(unit));
    const before = await page.state();
    assert.deepEqual([before.group, before.role, before.cert.source], ["", "", "self"]);
    const wanted = { serial: "A1", opts: "relay", group: "lamps", role: "left", region: "3" };
    for (const [key, value] of Object.entries(wanted)) page.send({ [key]: value });
    for (const n of [0, 1, 2, 3]) page.setSlot(n, `network ${n}`, `passphrase ${n}`);
    const isAll = (/** @type {import("../lib/scan-client.mjs").Message} */ state) =>
      Object.entries(wanted).every(([key, value]) => state[key] === value) &&
      state.known?.every(({ ssid, pp }, n) => ssid === `network ${n}` && pp === "1");
    await page.next((state) => state.known !== undefined && isAll(state) === true);
    page.close();
    await unit.powerOff();
    assert.ok(isAll(await readState(await powerOnSetup(unit))));
  });
});

test("W22: no certificate is asked for elsewhere, so nothing obsolete is spoken and nothing can stop at its first step", async () => {
  await backToSetup();
  const page = await ScanClient.open(url);
  const state = await page.state();
  const { sockets } = await device.figures();
  const message = { job: "start-le", cn: "unit.example", email: "a@unit.example", staging: "false" };
  const { error } = await page.next((each) => each.error !== undefined, page.send(message));
  assert.equal(error, "BAD_MESSAGE");
  assert.equal((await device.figures()).sockets, sockets, "nobody is called");
  page.close();
  for (const key of ["acme_state", "acme_msg", "le_dns", "le_email"]) assert.equal(key in state, false, key);
  assert.deepEqual(
    readNvs(device.partition("nvs")).filter(({ key }) => ASKED.includes(key)),
    [],
  );
  for (const name of ["factory", "ota"]) {
    for (const entry of readImage(image(name)).entries)
      assert.equal(
        /acme-|letsencrypt|let's encrypt|tls-sni|start-le/i.test(textOf(entry)),
        false,
        `${name}: ${entry.name}`,
      );
  }
});

/** What an entry of an image says; pages are stored packed. @param {import("../../tools/lib/archive.mjs").Entry} entry */
function textOf({ name, data }) {
  const bytes = Buffer.from(data);
  return `${name} ${(name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1")}`;
}

test("W16: joining again and again does not wear the flash out", async () => {
  await withAir(new AirDevice([OPEN], [accessPoint(OPEN, 1)], FAST), async (unit) => {
    const written = () => unit.partition("nvs");
    await unit.at(OPEN.address);
    await certified(await unit.waitForAddress("access point", "https"));
    const before = written();
    for (let i = 0; i < 3; i++) {
      await unit.vanish(1);
      await unit.set(OPEN, 1);
      await unit.at(OPEN.address);
    }
    assert.ok(written().equals(before), "one write in ten minutes");
    const page = await unit.page();
    assert.equal((await page.state()).known?.[0].use, "4");
    page.close();
    assert.equal(readNvs(written()).find(({ key }) => key === "0use")?.value, 1n);
  });
});

test("W17: of two access points with one name the stronger is joined and kept, without turns", async () => {
  const air = [accessPoint({ ...PLAIN, address: "10.0.0.1" }, 1, "rssi=-61"), accessPoint(PLAIN, 2, "rssi=-60")];
  await withAir(new AirDevice([PLAIN], air, FAST), async (unit) => {
    await unit.at(PLAIN.address);
    await unit.waitForLine(/joined slot 0/);
    const mark = unit.mark();
    const page = await unit.page();
    for (let i = 0; i < 6; i++) {
      await unit.set({ ...PLAIN, address: "10.0.0.1" }, 1, `rssi=${i % 2 ? -61 : -55}`);
      page.send({ scan: "1" });
      await unit.pass(1000);
    }
    page.close();
    const changes = unit.lines.slice(mark).filter((line) => /joins|link lost|joined/.test(line));
    assert.deepEqual(changes, []);
  });
});

test("W17: more than ten networks are looked at, so a weak one that is known is found among them", async () => {
  const others = Array.from({ length: 30 }, (_, i) => accessPoint({ ...OPEN, ssid: `Neighbour ${i}` }, i, "rssi=-40"));
  await withAir(new AirDevice([PLAIN], [...others, accessPoint(PLAIN, 99, "rssi=-88")], FAST), (unit) =>
    unit.at(PLAIN.address),
  );
});

test("W17: who is on the setup page is not cut off by scans for a network that does not come", async () => {
  await withAir(new AirDevice([PLAIN], [], { speed: 16 }), async (unit) => {
    const page = await unit.page();
    const scans = async () => (await unit.control("status")).scans;
    // The waits of the first minute: 1, 3, 9 and 17 s, each up to a fifth longer.
    await unit.pass(45_000);
    const after = await scans();
    assert.ok(after <= 6, `${after} scans`);
    await unit.pass(22_000);
    assert.equal(await scans(), after, "a page is open: none but what it asks for");
    page.send({ scan: "1" });
    await unit.pass(4000);
    assert.equal(await scans(), after + 1);
    page.close();
  });
});

test("W19: the certificate that the device makes names the device, and its number is positive", async () => {
  await certified(url);
  const certificate = new X509Certificate(await downloadCertificate(url));
  assert.equal(certificate.subject, "CN=lws-000001");
  assert.match(certificate.serialNumber, /^[1-7][\dA-F]{39}$/);
  assert.equal(certificate.subjectAltName, "DNS:lws-000001, DNS:lws-000001.local, IP Address:192.168.4.1");
});

test("W21: what does not begin like an application erases nothing", async () => {
  const before = device.partition("ota_0");
  const foreign = Buffer.from(ota);
  foreign.writeUInt16LE(0, 12);
  for (const data of [Buffer.alloc(50_000, 0x41), Buffer.alloc(50_000, 0xff), foreign])
    assert.equal((await post(url, form(data))).status, 422);
  assert.ok(device.partition("ota_0").equals(before));
});

test("W23: names of 32 bytes, passphrases of 63 and keys of 64 digits are joined, stored and joined again", async () => {
  const long = { ssid: "n".repeat(32), passphrase: "p".repeat(63), address: "10.0.0.32" };
  const hex = { ssid: "é".repeat(16), passphrase: "0123456789abcdef".repeat(4), address: "10.0.0.64" };
  await withAir(new AirDevice([], [accessPoint(long, 1)], FAST), async (unit) => {
    const page = await unit.page();
    page.setSlot(0, long.ssid, long.passphrase);
    await unit.at(long.address);
    page.setSlot(3, hex.ssid, hex.passphrase);
    await page.next(({ known }) => known?.[3].ssid === hex.ssid);
    page.close();
    await unit.powerOff();
    await unit.powerOn(unit.held);
    await unit.at(long.address);
    await unit.set(hex, 2);
    await unit.vanish(1);
    await unit.at(hex.address);
  });
});

test("W24: a scan that finds nothing at all is followed by others", async () => {
  await withAir(new AirDevice([PLAIN], [], FAST), async (unit) => {
    const page = await unit.page();
    await failedFor(page, "0", "absent");
    page.close();
    await unit.set(PLAIN, 1);
    await unit.at(PLAIN.address, 25);
  });
});
