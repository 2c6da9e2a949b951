// @ts-check
/** Uploads that are no application for this device, or that never end: each is refused with its reason, and the device goes on. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Device } from "../../tools/lib/device.mjs";
import { APPLICATION, ESP32_CHIP, readImage, verifyImage, writeImage } from "../../tools/lib/image.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { readOtadata } from "../../tools/lib/otadata.mjs";
import { fetch } from "../lib/fetch.mjs";
import { Raw } from "../lib/raw.mjs";
import { readState, ScanClient } from "../lib/scan-client.mjs";
import { BOUNDARY, form, image, post, requestHead, verdict } from "../lib/upload.mjs";

const SLOT_SIZE = 0x210000;
const ota = image("ota");
const { length, ...about } = readImage(ota);

/** @type {Device} */ let device;
let url = "";
let boots = 0;
/** @type {Buffer} */ let factory;
/** @type {Buffer} */ let application;

before(async () => {
  device = new Device({ ota_0: "bench" });
  factory = device.partition("factory");
  application = device.partition("ota_0");
  await device.powerOn(["--button", "down"]);
  await device.control("button up");
  url = (await device.waitForAddress("access point", "https")).replace(/\/$/, "");
  ({ boots } = await device.figures());
});
after(() => device?.close());

/** The image with other bytes from `at` on. @param {number} at @param {...number} bytes */
function changed(at, ...bytes) {
  const copy = Buffer.from(ota);
  bytes.forEach((byte, i) => {
    copy[at + i] = byte;
  });
  return copy;
}

/** The image with some bits of one byte flipped. @param {number} at @param {number} [bits] */
const flipped = (at, bits = 0x10) => changed(at, ota[at] ^ bits);

/** Two bytes changed so that the checksum stays right. */
function conspired() {
  const copy = flipped(70_001);
  copy[90_002] ^= 0x10;
  return copy;
}

/** The device has not restarted, runs the setup image as it was, and serves it. */
async function checkUp() {
  assert.equal((await device.figures()).boots, boots, device.tail());
  assert.equal((await device.control("status")).running, "factory");
  assert.ok(device.partition("factory").equals(factory));
  assert.equal((await fetch(url)).status, 200);
  assert.equal((await readState(url)).update.state, "idle");
}

/**
 * `error`: alternatives with a bar between them, where what comes behind the image's own bytes decides.
 * @typedef {[name: string, body: Buffer, status: number, error: string, headers?: Record<string, string>]} Case
 */

/**
 * @param {Case[]} cases
 * @param {() => void} check
 */
async function refuse(cases, check) {
  for (const [name, body, status, error, headers] of cases) {
    const answer = await post(url, body, headers);
    assert.equal(answer.status, status, `${name}: ${answer.error}`);
    assert.ok(error.split("|").includes(answer.error), `${name}: ${answer.error}`);
    check();
  }
  await checkUp();
}

/** @param {string} type */
const typed = (type) => ({ "Content-Type": type });

test("what is seen to be wrong at the start leaves the installed application alone", async () => {
  const tooLarge = Buffer.concat([ota, Buffer.alloc(SLOT_SIZE + 5000 - length)]);
  const foreign = { ...about, kind: APPLICATION };
  /** @type {Case[]} */
  const cases = [
    ["10 bytes", form(ota.subarray(0, 10)), 422, "UPDATE_TRUNCATED"],
    ["300 bytes", form(ota.subarray(0, 300)), 422, "UPDATE_TRUNCATED"],
    ["one byte less than a block", form(ota.subarray(0, 4095)), 422, "UPDATE_TRUNCATED"],
    ["an empty file", form(""), 422, "UPDATE_NOT_IMAGE"],
    ["a short text", form("hello"), 422, "UPDATE_NOT_IMAGE"],
    ["a long text", form("hello ".repeat(10_000)), 422, "UPDATE_NOT_IMAGE"],
    ["zeros", form(Buffer.alloc(20_000)), 422, "UPDATE_NOT_IMAGE"],
    ["blank flash", form(Buffer.alloc(20_000, 0xff)), 422, "UPDATE_NOT_IMAGE"],
    ["another magic", form(flipped(0)), 422, "UPDATE_NOT_IMAGE"],
    ["no segments", form(changed(1, 0)), 422, "UPDATE_NOT_IMAGE"],
    ["17 segments", form(changed(1, 17)), 422, "UPDATE_NOT_IMAGE"],
    [
      "an image for the ESP32",
      form(writeImage({ ...foreign, chip: ESP32_CHIP }, about.entries)),
      422,
      "UPDATE_WRONG_CHIP",
    ],
    ["no application descriptor", form(flipped(32)), 422, "UPDATE_NOT_IMAGE"],
    ["no descriptor of ours", form(flipped(288)), 422, "UPDATE_WRONG_MODEL"],
    ["another model", form(writeImage({ ...foreign, model: "lws2" }, about.entries)), 422, "UPDATE_WRONG_MODEL"],
    ["a segment of 4 GB", form(changed(28, 0xfc, 0xff, 0xff, 0xff)), 413, "UPDATE_TOO_LARGE"],
    ["an unknown kind", form(changed(292, 9)), 422, "UPDATE_WRONG_KIND"],
    ["too large a file", form(tooLarge), 413, "UPDATE_TOO_LARGE"],
    ["another part name", form(ota, { name: "cert" }), 400, "BAD_REQUEST"],
    ["a field instead of a file", form("ota", { file: null }), 400, "BAD_REQUEST"],
    ["no body", Buffer.alloc(0), 400, "BAD_REQUEST"],
    ["a form that is none", Buffer.alloc(5000, "x"), 400, "BAD_REQUEST"],
    ["JSON", Buffer.from("{}"), 415, "MEDIA_TYPE", typed("application/json")],
    ["the image itself", ota, 415, "MEDIA_TYPE", typed("application/octet-stream")],
    ["no boundary", form(ota), 415, "MEDIA_TYPE", typed("multipart/form-data")],
  ];
  await refuse(cases, checkUntouched);
});

function checkUntouched() {
  assert.ok(device.partition("ota_0").equals(application));
  assert.equal(readOtadata(device.partition("otadata")), 1);
}

test("what no page of ours would ask for leaves it alone, too", async () => {
  const type = `multipart/form-data; boundary=${BOUNDARY}`;
  /** @type {[method: string, status: number, headers: Record<string, string>][]} */
  const cases = [
    ["GET", 405, {}],
    ["PUT", 405, { "Content-Type": type }],
    ["POST", 403, { "Content-Type": type, Origin: "http://example.com" }],
  ];
  for (const [method, status, headers] of cases) {
    const answer = await fetch(`${url}/otaform`, { method, headers, ...(method !== "GET" && { body: form(ota) }) });
    assert.equal(answer.status, status, `${method} ${JSON.stringify(headers)}`);
    checkUntouched();
  }
  await checkUp();
});

/** The setup image is selected, and what lies in the slot does not look like an image. */
function checkEmptied() {
  assert.equal(readOtadata(device.partition("otadata")), 0);
  assert.equal(verifyImage(device.partition("ota_0")).problem, "empty");
}

test("what is found later leaves an empty slot and setup selected", async () => {
  const filled = Buffer.concat([ota, Buffer.alloc(SLOT_SIZE + 1 - ota.length)]);
  /** @type {Case[]} */
  const cases = [
    ["one block", form(ota.subarray(0, 4096)), 422, "UPDATE_TRUNCATED"],
    ["half", form(ota.subarray(0, length >> 1)), 422, "UPDATE_TRUNCATED"],
    ["all but the hash", form(ota.subarray(0, length - 32)), 422, "UPDATE_TRUNCATED"],
    ["all but one byte", form(ota.subarray(0, length - 1)), 422, "UPDATE_TRUNCATED"],
    ["all but the trailer", form(ota.subarray(0, length)), 422, "UPDATE_NO_TRAILER"],
    ["all but a byte of the trailer", form(ota.subarray(0, -1)), 422, "UPDATE_TRUNCATED"],
    ["two segments", form(changed(1, 2)), 422, "UPDATE_DAMAGED|UPDATE_TRUNCATED"],
    ["a segment of another length", form(flipped(29)), 422, "UPDATE_DAMAGED|UPDATE_TRUNCATED"],
    ["no hash", form(changed(23, 0)), 422, "UPDATE_DAMAGED"],
    ["reserved bytes", form(flipped(20)), 422, "UPDATE_DAMAGED"],
    ["a descriptor's text", form(flipped(50)), 422, "UPDATE_DAMAGED"],
    ["the middle", form(flipped(length >> 1)), 422, "UPDATE_DAMAGED"],
    ["a block's first byte", form(flipped(8192, 1)), 422, "UPDATE_DAMAGED"],
    ["a checksum that is right all the same", form(conspired()), 422, "UPDATE_DAMAGED"],
    ["the checksum", form(flipped(length - 33)), 422, "UPDATE_DAMAGED"],
    ["the hash", form(flipped(length - 1, 1)), 422, "UPDATE_DAMAGED"],
    ["the trailer", form(flipped(length + 4)), 422, "UPDATE_DAMAGED"],
    ["more than an image", form(Buffer.concat([ota, Buffer.alloc(16)])), 422, "UPDATE_DAMAGED"],
    ["one byte too large for the slot", form(filled), 422, "UPDATE_DAMAGED"],
    ["a form without an end", form(ota, { end: "" }), 400, "BAD_REQUEST"],
  ];
  await refuse(cases, checkEmptied);
});

test("an upload that breaks off", async () => {
  const body = form(ota);
  const client = await ScanClient.open(url);
  /** @type {[part: number, hard: boolean][]} */
  const cases = [
    [6000, false],
    [60_000, true],
    [body.length - 1, false],
  ];
  for (const [part, hard] of cases) {
    const mark = device.mark();
    const before = client.mark();
    const raw = await Raw.open(url);
    raw.write(requestHead(body.length)).write(body.subarray(0, part));
    await client.next((message) => message.upload !== undefined && Number(message.pos) > part / 2, before);
    const after = client.mark();
    raw.close(hard);
    await client.next((message) => message.update?.state === "idle", after);
    checkEmptied();
    assert.deepEqual(
      device.lines.slice(mark).filter((line) => line.startsWith("E")),
      [],
    );
  }
  client.close();
  await checkUp();
});

test("a second upload is told of the first, which is not disturbed", async () => {
  const mark = device.mark();
  const body = form(ota);
  const client = await ScanClient.open(url);
  const first = await Raw.open(url);
  first.write(requestHead(body.length)).write(body.subarray(0, 50_000));
  await client.next((message) => Number(message.pos) > 40_000);
  const second = await post(url, body);
  assert.deepEqual([second.status, second.error], [409, "UPDATE_BUSY"]);
  const answer = verdict(await first.write(body.subarray(50_000)).response());
  assert.deepEqual([answer.status, answer.error], [200, ""]);
  first.close();
  client.close();
  await device.waitForLine(/Loaded app from partition at offset 0x1f0000/, { after: mark });
  assert.equal((await device.control("status")).running, "ota_0");
  assert.ok(device.partition("ota_0").subarray(0, ota.length).equals(ota));
});

test("curl uploads an application as well", async () => {
  await device.powerOff();
  await device.powerOn(["--button", "down"]);
  await device.control("button up");
  await device.waitForAddress("access point", "https");
  const mark = device.mark();
  const { stdout } = await promisify(execFile)("curl", ["-sSk", "-F", `ota=@${imageFile("bench")}`, `${url}/otaform`]);
  assert.equal(JSON.parse(stdout).ok, "1");
  await device.waitForLine(/Loaded app from partition at offset 0x1f0000/, { after: mark });
  assert.ok(device.partition("factory").equals(factory));
});
