// @ts-check
/** Uploads as the body of a PUT: connections that are lost and others that go on, two at once, and lengths that are not the image's. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { readOtadata } from "../../tools/lib/otadata.mjs";
import { fetch } from "../lib/fetch.mjs";
import { Raw } from "../lib/raw.mjs";
import { ScanClient } from "../lib/scan-client.mjs";
import { form, image, post, put, putHead } from "../lib/upload.mjs";

const ID = "0123456789abcdef";
const OTHER = "fedcba9876543210";
const small = image("fallback");
/** @type {Device} */ let device;
let url = "";
/** @type {Buffer} */ let application;

before(async () => {
  device = new Device({ ota_0: "fallback" });
  application = device.partition("ota_0");
  await device.powerOn(["--button", "down"]);
  url = (await device.waitForAddress("access point", "https")).replace(/\/$/, "");
});
after(() => device?.close());

/** @param {string} [method] @returns {Promise<{ state: string, id: string, received: string, length: string }>} */
async function ask(method = "GET") {
  const answer = await fetch(`${url}/update`, { method });
  assert.equal(answer.status, 200);
  return /** @type {any} */ (await answer.json());
}

beforeEach(() => ask("DELETE"));

/** Resolves when the device says that of its update. @param {string} state */
async function until(state) {
  for (let i = 0; i < 500; i++) {
    const facts = await ask();
    if (facts.state === state) return facts;
    await delay(10);
  }
  return assert.fail(`never ${state}: ${JSON.stringify(await ask())}`);
}

/**
 * Begins an upload, and loses the connection when the device has taken some of it.
 * @param {{ hard?: boolean, id?: string, bytes?: number }} [how]
 */
async function begun({ hard = false, id = ID, bytes = 30_000 } = {}) {
  const raw = await Raw.open(url);
  raw.write(putHead({ id, length: small.length })).write(small.subarray(0, bytes));
  while (Number((await ask()).received) < bytes) await delay(10);
  raw.close(hard);
  const facts = await until("paused");
  assert.deepEqual(facts, { state: "paused", id, received: String(bytes), length: String(small.length) });
  return bytes;
}

test("nothing is under way", async () => {
  const { state, id } = await ask();
  assert.deepEqual([state, id], ["idle", ""]);
  assert.ok(device.partition("ota_0").equals(application));
});

test("lengths that are not the image's are seen before anything is erased", async () => {
  const L = small.length;
  /** @type {[name: string, file: Buffer, status: number, error: string][]} */
  const cases = [
    ["a byte short", small.subarray(0, L - 1), 422, "UPDATE_TRUNCATED"],
    ["no trailer", small.subarray(0, L - 256), 422, "UPDATE_NO_TRAILER"],
    ["half", small.subarray(0, L >> 1), 422, "UPDATE_TRUNCATED"],
    ["a byte long", Buffer.concat([small, Buffer.alloc(1)]), 422, "UPDATE_DAMAGED"],
    ["two of it", Buffer.concat([small, small]), 422, "UPDATE_DAMAGED"],
    ["too large", Buffer.concat([small, Buffer.alloc(0x210000)]), 413, "UPDATE_TOO_LARGE"],
    ["nothing", Buffer.alloc(0), 422, "UPDATE_NOT_IMAGE"],
  ];
  for (const [name, file, status, error] of cases) {
    const answer = await put(url, file);
    assert.deepEqual([answer.status, answer.error], [status, error], name);
    assert.ok(device.partition("ota_0").equals(application), name);
    assert.equal(readOtadata(device.partition("otadata")), 1, name);
  }
});

test("requests that say too little, or too much", async () => {
  /** @type {[string, string, number][]} */
  const cases = [
    ["no id", putHead({ id: "", length: 4 }), 400],
    ["a short id", putHead({ id: "0123456", length: 4 }), 400],
    ["an id that is none", putHead({ id: '0123456"', length: 4 }), 400],
    ["a part that is none", putHead({ length: 4, headers: { "Content-Range": "bytes 4/8" } }), 400],
    ["a part of another length", putHead({ length: 4, headers: { "Content-Range": "bytes 0-4/8" } }), 400],
    ["a part beyond the end", putHead({ length: 4, headers: { "Content-Range": "bytes 8-11/10" } }), 400],
    ["no length", putHead({ length: 4 }).replace(/Content-Length: 4/, "Transfer-Encoding: chunked"), 411],
    ["a foreign page", putHead({ length: 4, headers: { Origin: "http://example.com" } }), 403],
    ["a POST", putHead({ length: 4 }).replace("PUT", "POST"), 405],
  ];
  for (const [name, head, status] of cases) {
    const raw = await Raw.open(url);
    const answer = await raw.write(head).write("abcd").response();
    raw.close();
    assert.equal(answer.status, status, name);
    assert.equal((await ask()).state, "idle", name);
  }
  assert.ok(device.partition("ota_0").equals(application));
});

test("who wants to go on elsewhere, or with something else, is told where", async () => {
  const at = await begun();
  for (const part of [{ from: at - 1 }, { from: at + 1 }, { from: at, id: OTHER }, { from: 1, to: small.length }]) {
    const answer = await put(url, small, part);
    assert.deepEqual([answer.status, answer.error], [409, "UPDATE_OFFSET"]);
    assert.deepEqual([answer.state, answer.id, answer.received], ["paused", ID, String(at)]);
  }
  assert.equal((await put(url, Buffer.concat([small, small]), { from: at })).error, "UPDATE_OFFSET");
  assert.equal((await ask("DELETE")).state, "idle");
  assert.equal((await put(url, small, { from: at })).error, "UPDATE_OFFSET");
});

test("an upload is cancelled from another page", async () => {
  const raw = await Raw.open(url);
  raw.write(putHead({ length: small.length })).write(small.subarray(0, 30_000));
  await until("receiving");
  const client = await ScanClient.open(url);
  const mark = client.send({ cancel: "1" });
  const { status, body } = await raw.response();
  assert.deepEqual([status, JSON.parse(body.toString()).error], [409, "UPDATE_CANCELLED"]);
  raw.close();
  assert.equal((await client.next((message) => message.update?.state === "idle", mark)).update.id, "");
  client.close();
});

test("while one uploads, others are refused, and a form is", async () => {
  const raw = await Raw.open(url);
  raw.write(putHead({ length: small.length })).write(small.subarray(0, 30_000));
  await until("receiving");
  assert.equal((await put(url, small, { id: OTHER })).error, "UPDATE_BUSY");
  assert.equal((await post(url, form(small))).error, "UPDATE_BUSY");
  const client = await ScanClient.open(url);
  const mark = client.send({ reset: "1" });
  assert.equal((await client.next((message) => message.error !== undefined, mark)).error, "UPDATE_BUSY");
  client.close();
  raw.close();
  await until("paused");
});

test("a pause ends by itself", async () => {
  await device.powerOff();
  await device.powerOn(["--button", "down", "--speed", "30"]);
  await device.waitForAddress("access point", "https");
  await begun();
  const start = Date.now();
  await until("idle");
  assert.ok(Date.now() - start > 1500, `${Date.now() - start} ms`);
  await device.powerOff();
  await device.powerOn(["--button", "down"]);
  await device.waitForAddress("access point", "https");
});

test("a form takes the place of an upload that is paused", async () => {
  await begun();
  assert.equal((await post(url, form(small.subarray(0, 5000)))).error, "UPDATE_TRUNCATED");
  assert.equal((await ask()).state, "idle");
});

test("after each of ten lost connections the next one goes on, until the image is there", async () => {
  let at = await begun({ hard: true, bytes: 1000 });
  for (let i = 0; i < 9; i++) {
    const raw = await Raw.open(url);
    const to = Math.min(at + 1 + i * 1777, small.length - 500);
    raw.write(putHead({ from: at, length: small.length - at, total: small.length })).write(small.subarray(at, to));
    while (Number((await ask()).received) < to) await delay(5);
    // Every other time the connection is only silent, and the next one takes its place.
    if (i % 2 === 0) raw.close(i % 4 === 0);
    at = to;
  }
  // One part for itself, and then the rest.
  const { state, received } = await put(url, small, { from: at, to: small.length - 100 });
  assert.deepEqual([state, received], ["paused", String(small.length - 100)]);
  const mark = device.mark();
  const answer = await put(url, small, { from: small.length - 100 });
  assert.deepEqual([answer.status, answer.ok], [200, "1"]);
  await device.waitForLine(/reset: restart/, { after: mark });
  assert.ok(device.partition("ota_0").subarray(0, small.length).equals(small));
  assert.equal(readOtadata(device.partition("otadata")), 1);
});
