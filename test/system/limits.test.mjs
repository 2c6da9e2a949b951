// @ts-check
/** Limits of connections and requests, and who makes room when they are reached. The image is test/images/limits. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { Raw } from "../lib/raw.mjs";

const GET = "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n";
/** Milliseconds that a connection has for itself before it makes room, and those without newcomers after which it has them again. */
const GRACE = 2000;
const CALM = 3000;

/** @type {Device} */
let device;
/** @type {Raw[]} */
const open = [];
before(async () => {
  device = new Device({ factory: null, ota_0: "limits" });
  await device.powerOn();
  await device.waitForAddress("access point");
});
after(() => device?.close());
afterEach(async () => {
  for (const raw of open.splice(0)) raw.close();
  for (let tries = 0; (await device.figures()).sockets > 0; tries++) {
    assert.equal(tries < 100, true, "sockets left");
    await delay(50);
  }
});

/** @param {number} port */
async function connect(port) {
  const raw = await Raw.open(device.apUrl(port));
  open.push(raw);
  return raw;
}

/** A connection that has made a request and is kept. @param {number} port */
async function kept(port) {
  const raw = await connect(port);
  assert.equal((await raw.write(GET).response()).status, 200);
  return raw;
}

/** @param {Raw} raw */
async function isKept(raw) {
  assert.equal((await raw.write(GET).response()).status, 200);
}

test("beyond the limit, the longest idle kept connection makes room", async () => {
  const all = [];
  for (let i = 0; i < 6; i++) {
    all.push(await kept(80));
    // The device counts in milliseconds: none is to be as old as the next.
    await delay(5);
  }
  await isKept(all[0]);
  await delay(GRACE + 200);
  const late = await kept(80);
  assert.equal(await all[1].ended(), "end", "the second one had been idle for longest");
  for (const raw of [all[0], all[2], all[3], all[4], all[5], late]) await isKept(raw);
});

test("a connection that has just been served is left alone for 2 s", async () => {
  await delay(CALM);
  const all = [];
  for (let i = 0; i < 6; i++) all.push(await kept(80));
  const start = Date.now();
  const late = await kept(80);
  assert.equal(await all[0].ended(), "end");
  assert.equal(Date.now() - start > 0.8 * GRACE, true, `${Date.now() - start} ms`);
  await isKept(late);
});

test("a few too many at once cost nobody who has just been served his connection", async () => {
  await delay(CALM);
  const all = [];
  for (let i = 0; i < 6; i++) all.push(await kept(80));
  const late = [await connect(80), await connect(80), await connect(80)];
  for (const raw of late) raw.write(GET);
  await delay(GRACE / 2);
  for (const raw of all) await isKept(raw);
  for (const raw of late) assert.equal((await raw.response()).status, 200);
});

test("the last transaction is not for a peer that has all the others", async () => {
  const busy = await Promise.all([0, 1, 2, 3, 4, 5].map(() => connect(84)));
  for (const raw of busy) raw.write("GET /slow/2000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await delay(200);
  const other = await Raw.open(device.apUrl(84), "127.0.0.9");
  open.push(other);
  const start = Date.now();
  assert.equal((await other.write(GET).response()).status, 200);
  assert.equal(Date.now() - start < 1000, true, "served beside those that are at work");
  for (const raw of busy) assert.equal((await raw.response()).status, 200);
});

test("without idle ones, the connection that is longest at its headers makes room", async () => {
  const all = [];
  for (let i = 0; i < 6; i++) all.push((await connect(80)).write("GET / HTTP/1.1\r\n"));
  const start = Date.now();
  const late = await connect(80);
  assert.equal((await late.write(GET).response()).status, 200);
  assert.equal(Date.now() - start < 4500, true, "before the time-out of headers");
});

test("connections that are at work are not purged: new ones wait in the stack", async () => {
  const all = [];
  for (let i = 0; i < 5; i++) {
    const raw = await connect(84);
    all.push(raw.write("GET /slow/1500 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  }
  await delay(100);
  const late = await Promise.all([connect(80), connect(80), connect(80)]);
  for (const raw of late) raw.write(GET);
  for (const raw of all) assert.equal((await raw.response()).status, 200);
  for (const raw of late) assert.equal((await raw.response()).status, 200);
});

test("who waits in the stack is let in once a connection that was at work has been idle for 2 s", async () => {
  const all = [];
  for (let i = 0; i < 5; i++) all.push((await connect(84)).write("GET /slow/500 HTTP/1.1\r\nHost: a\r\n\r\n"));
  await delay(100);
  const late = [await connect(80), await connect(80), await connect(80)];
  for (const raw of late) raw.write(GET);
  for (const raw of all) assert.equal((await raw.response()).status, 200);
  for (const raw of late) assert.equal((await raw.response()).status, 200);
});

test("where connections are refused, one too many is answered 503 (RFC 9110 §15.6.4)", async () => {
  const all = [await kept(81), await kept(81), await kept(81)];
  const late = await connect(81);
  const response = await late.write(GET).response();
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("connection"), "close");
  assert.equal(response.headers.get("retry-after"), "5");
  assert.equal(await late.ended(), "end");
  late.close();
  await isKept(all[0]);
  all[0].close();
  await delay(100);
  await kept(81);
});

test("a connection makes three requests, where that is the limit (RFC 9112 §9.5)", async () => {
  const raw = await connect(81);
  raw.write(GET.repeat(4));
  assert.equal((await raw.response()).headers.has("connection"), false);
  assert.equal((await raw.response()).headers.has("connection"), false);
  assert.equal((await raw.response()).headers.get("connection"), "close");
  assert.equal(await raw.ended(), "end");
  assert.equal(raw.input.length, 0, "the fourth is not answered");
});

test("one peer gets two connections, where that is the limit", async () => {
  const all = [await kept(82), await kept(82)];
  const late = await connect(82);
  assert.equal((await late.response()).status, 503);
  assert.equal(await late.ended(), "end");
  late.close();
  for (const raw of all) await isKept(raw);
  all[0].close();
  await delay(100);
  await kept(82);
});

test("where connections wait, the fourth is served when one of three leaves", async () => {
  const all = [await kept(83), await kept(83), await kept(83)];
  const late = await connect(83);
  late.write(GET);
  await delay(300);
  assert.equal(late.input.length + late.ending.length, 0);
  all[1].close();
  assert.equal((await late.response()).status, 200);
  for (const raw of [all[0], all[2]]) await isKept(raw);
});

test("a client that dies while it waits for a transaction is forgotten, the one behind it is served", async () => {
  const busy = [await connect(84), await connect(84), await connect(84), await connect(84), await connect(84)];
  for (const raw of busy) raw.write("GET /slow/1500 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await delay(100);
  const dying = (await connect(84)).write(GET);
  await delay(50);
  const waiting = (await connect(84)).write(GET);
  await delay(50);
  dying.close(true);
  await delay(300);
  assert.equal(waiting.input.length, 0, "waits");
  for (const raw of busy) assert.equal((await raw.response()).status, 200);
  assert.equal((await waiting.response()).status, 200);
});

test("a handler that throws within its response: the response breaks off, and so does the connection", async () => {
  const mark = device.mark();
  const raw = await connect(84);
  raw.write("GET /slow/late HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(await raw.takeTo("\r\n\r\n"), /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*Content-Length: 10\r\n/);
  assert.equal((await raw.take(5)).toString(), "hello");
  await raw.ended();
  assert.equal(raw.input.length, 0);
  await device.waitForLine(/^E .*thrown on purpose/, { after: mark });
});

test("Date is left out until the clock is set, and then right (RFC 9110 §6.6.1)", async () => {
  const raw = await connect(84);
  assert.equal((await raw.write(GET).response()).headers.has("date"), false);
  const seconds = Date.UTC(2026, 1, 3, 4, 5, 6) / 1000;
  await device.control(`clock ${seconds}`);
  await delay(1100);
  const date = (await raw.write(GET).response()).headers.get("date") ?? "";
  assert.match(date, /^Tue, 03 Feb 2026 04:05:\d\d GMT$/);
  const told = Date.parse(date) / 1000;
  assert.equal(told >= seconds && told < seconds + 8, true, date);
  await delay(1100);
  assert.notEqual((await raw.write(GET).response()).headers.get("date"), date);
  await device.control("clock 0");
  await delay(1100);
  assert.equal((await raw.write(GET).response()).headers.has("date"), false);
});

test("the device has not restarted", async () => {
  assert.equal((await device.figures()).boots, 1);
});
