// @ts-check
/** Images that somebody has changed, or that nobody or the wrong one has signed: each is refused with its reason, and the application stays. */
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { after, before, test } from "node:test";
import { RESOURCE } from "../../tools/lib/archive.mjs";
import { Device } from "../../tools/lib/device.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import {
  APPLICATION,
  JAVASCRIPT,
  readImage,
  SETUP,
  VIRTUAL_CHIP,
  verifyImage,
  wrapSegments,
  writeImage,
} from "../../tools/lib/image.mjs";
import { pointOf, signingKey } from "../../tools/lib/keys.mjs";
import { readOtadata } from "../../tools/lib/otadata.mjs";
import { signImage, TRAILER } from "../../tools/lib/trailer.mjs";
import { powerOnSetup, withDevice } from "../lib/chip.mjs";
import { NvsWriter } from "../lib/nvs.mjs";
import { readState } from "../lib/scan-client.mjs";
import { image, put, remade } from "../lib/upload.mjs";

const small = image("fallback");
const { length, entries } = readImage(small);
const key = signingKey();
const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

/** Floors that a unit keeps. */
const floors = new NvsWriter().add("lws-update", "floor-app", "0.1").add("lws-update", "floor-setup", "v0.1.0-7").bytes;

/** @type {Device} */ let device;
let url = "";
/** @type {Buffer} */ let application;

before(async () => {
  device = new Device({ ota_0: "fallback" });
  rewritePartition(device.flashFile, "nvs", floors);
  application = device.partition("ota_0");
  url = await powerOnSetup(device);
  await device.control("button up");
});
after(() => device?.close());

/** The file with some bits of one byte flipped. @param {number} at @param {Buffer} [file] */
function flipped(at, file = small) {
  const copy = Buffer.from(file);
  copy[at] ^= 0x11;
  return copy;
}

/** The image with a byte of its trailer flipped, by somebody who has the key. @param {number} at */
function forged(at) {
  const file = flipped(length + at);
  const signed = file.subarray(length, length + 192);
  sign("sha256", signed, { key, dsaEncoding: "ieee-p1363" }).copy(file, length + 192);
  return file;
}

/** @type {[name: string, at: number][]} */
const FIELDS = [
  ["magic", 0],
  ["format", 4],
  ["length", 6],
  ["size", 8],
  ["chip", 12],
  ["kind", 14],
  ["flags", 15],
  ["version", 16],
  ["minimum", 24],
  ["time", 32],
  ["reserved", 36],
  ["model", 40],
  ["app", 56],
  ["version as text", 88],
  ["base", 120],
  ["digest", 152],
];

/** @type {[name: string, from: number, to: number][]} Regions of an image, without what is seen at the start. */
const REGIONS = [
  ["headers", 20, 23],
  ["the application's description", 48, 288],
  ["our description: builder", 344, 376],
  ["our description: versions", 380, 396],
  ["our description: what is reserved", 397, 416],
  ["the archive's list", 420, 600],
  ["modules", 10_000, length - 200],
  ["padding, checksum and hash", length - 47, length],
];

/** @param {string} name @param {Buffer} file @param {string} error @param {string} [at] */
async function refused(name, file, error, at = url) {
  const answer = await put(at, file);
  assert.deepEqual([answer.status, answer.error], [422, error], name);
}

/** The application is as it was, and selected. */
function untouched() {
  assert.ok(device.partition("ota_0").equals(application));
  assert.equal(readOtadata(device.partition("otadata")), 1);
}

test("what the start of an image says is refused before anything is erased", async () => {
  await refused("another model", remade(small, { model: "lws2" }), "UPDATE_WRONG_MODEL");
  await refused("another chip", remade(small, { chip: 0 }), "UPDATE_WRONG_CHIP");
  await refused("another kind", flipped(292), "UPDATE_WRONG_KIND");
  await refused("an old application", remade(small, { version: "0.0.9-400-gabc" }), "UPDATE_TOO_OLD");
  await refused("a part of an old one", remade(small, { version: "0.0.9", kind: JAVASCRIPT }), "UPDATE_TOO_OLD");
  await refused("an old setup image", remade(small, { version: "0.1.0-6-gabc", kind: SETUP }), "UPDATE_TOO_OLD");
  await refused("no version", remade(small, { version: "abc1234" }), "UPDATE_TOO_OLD");
  await refused("no image", flipped(0), "UPDATE_NOT_IMAGE");
  await refused("no description", flipped(32), "UPDATE_NOT_IMAGE");
  untouched();
});

test("a byte anywhere in the image", async () => {
  for (const [name, from, to] of REGIONS) {
    for (const at of [from, (from + to) >> 1, to - 1]) await refused(`${name}: ${at}`, flipped(at), "UPDATE_DAMAGED");
  }
  assert.equal(verifyImage(device.partition("ota_0")).problem, "empty");
});

test("a fact of the trailer, whoever has signed it", async () => {
  for (const [name, at] of FIELDS) {
    await refused(name, flipped(length + at), "UPDATE_DAMAGED");
    await refused(`${name}, signed`, forged(at), "UPDATE_DAMAGED");
  }
});

test("a signature that is none, or a stranger's", async () => {
  const packed = writeImage({ ...readImage(small) }, entries);
  await refused("unknown key", signImage(packed, { key: stranger }), "UPDATE_UNKNOWN_KEY");
  await refused("key", flipped(length + 184), "UPDATE_UNKNOWN_KEY");
  for (const at of [192, 223, 224, 255])
    await refused(`signature: ${at}`, flipped(length + at), "UPDATE_BAD_SIGNATURE");
  await refused("unsigned", signImage(packed), "UPDATE_NO_TRAILER");
  const borrowed = signImage(remade(small, { unixtime: 1 }), { key: stranger });
  small.copy(borrowed, borrowed.length - 72, small.length - 72);
  await refused("the signature of another", borrowed, "UPDATE_BAD_SIGNATURE");
  const zeros = Buffer.from(small).fill(0, length + 192);
  await refused("zeros for a signature", zeros, "UPDATE_BAD_SIGNATURE");
});

test("an application as a part of one, and the reverse", async () => {
  await refused("a part without a base", remade(small, { kind: JAVASCRIPT }), "UPDATE_WRONG_BASE");
  await refused("an application with a base", remade(small, {}, { base: Buffer.alloc(32, 1) }), "UPDATE_DAMAGED");
});

test("after all that the image itself is taken", async () => {
  const mark = device.mark();
  const answer = await put(url, small);
  assert.equal(answer.status, 200, answer.text);
  await device.waitForLine(/Loaded app from partition at offset 0x1f0000/, { after: mark });
  assert.ok(
    device
      .partition("ota_0")
      .subarray(0, length + TRAILER)
      .equals(small),
  );
});

/** The image with two more segments, as those of a chip have. */
function segmented() {
  const [first] = verifyImage(small).segments;
  const more = [4, 9000].map((size) => ({ address: 0x3ffb0000, data: Buffer.alloc(size, size) }));
  return signImage(wrapSegments(VIRTUAL_CHIP, [first, ...more]), { key });
}

test("images of several segments, whose length only their last header tells", async () => {
  await withDevice({ air: "" }, async (unit) => {
    const at = await powerOnSetup(unit);
    const file = segmented();
    const end = file.length - TRAILER;
    await refused("a byte more", Buffer.concat([file, Buffer.alloc(1)]), "UPDATE_DAMAGED", at);
    await refused("no trailer", file.subarray(0, end), "UPDATE_NO_TRAILER", at);
    await refused("without its end", file.subarray(0, end - 1), "UPDATE_TRUNCATED", at);
    await refused("a changed byte", flipped(end - 100, file), "UPDATE_DAMAGED", at);
    assert.equal((await put(at, file)).status, 200);
    assert.ok(unit.partition("ota_0").subarray(0, file.length).equals(file));
  });
});

/** The setup image with another resource, in place of one of that name. @param {string} name @param {Buffer} data */
function setupWith(name, data) {
  const factory = image("factory");
  const about = readImage(factory);
  const kept = about.entries.filter((entry) => entry.name !== name);
  return signImage(writeImage({ ...about }, [...kept, { kind: RESOURCE, name, data }]), { key });
}

test("a build for development takes what nobody has signed, and says so loudly", async () => {
  await withDevice({ factory: setupWith("update/unsigned", Buffer.from("yes")) }, async (unit) => {
    const at = await powerOnSetup(unit);
    await unit.waitForLine(/^W .*NOBODY HAS SIGNED/);
    assert.equal((await readState(at)).unsigned, "1");
    const packed = writeImage({ ...readImage(small), kind: APPLICATION }, entries);
    await refused("a stranger's", signImage(packed, { key: stranger }), "UPDATE_UNKNOWN_KEY", at);
    await refused("no trailer", packed, "UPDATE_NO_TRAILER", at);
    assert.equal((await put(at, signImage(packed))).status, 200);
  });
});

test("two keys are trusted while one takes the place of the other", async () => {
  const keys = Buffer.concat([pointOf(stranger), pointOf(key)]);
  await withDevice({ factory: setupWith("update/keys", keys) }, async (unit) => {
    const at = await powerOnSetup(unit);
    assert.equal((await readState(at)).unsigned, "0");
    await refused("unsigned", signImage(small), "UPDATE_NO_TRAILER", at);
    assert.equal((await put(at, signImage(small, { key: stranger }))).status, 200);
  });
});
