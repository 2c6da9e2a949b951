// @ts-check
/** Vhosts that come to a port and leave it while it is in use. The image is test/images/limits, the port 84. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { ask, Raw } from "../lib/raw.mjs";
import { rested } from "../lib/settle.mjs";
import { CLOSE, closing, handshake, TEXT, WsRaw } from "../lib/ws.mjs";

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
afterEach(() => {
  for (const raw of open.splice(0)) raw.close();
});

/** @param {string} command @returns {Promise<{ name: string, bound: number }[]>} vhosts of the port */
async function admin(command) {
  const request = `GET /admin/${command} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
  return JSON.parse((await ask(device.apUrl(80), request)).body.toString());
}

async function connect() {
  const raw = await Raw.open(device.apUrl(84));
  open.push(raw);
  return raw;
}

/** @param {string} host @param {string} [path] */
const get = (host, path = "/hello.txt") => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

/** Which vhost answers for a host. @param {string} host */
async function answers(host) {
  return (await ask(device.apUrl(84), get(host, "/slow/1"))).body.toString().trim();
}

/** A WebSocket on a vhost. @param {string} host */
async function webSocket(host) {
  const raw = await connect();
  raw.write(handshake({ Host: host, "Sec-WebSocket-Protocol": "slow" }));
  assert.match(await raw.takeTo("\r\n\r\n"), /^HTTP\/1\.1 101 /);
  return new WsRaw(raw);
}

test("a vhost answers for its name as soon as it is added, and no more once it is destroyed", async () => {
  assert.equal(await answers("one.lan"), "base.lan");
  await admin("add/one.lan");
  assert.equal(await answers("one.lan"), "one.lan");
  assert.equal(await answers("x.one.lan:84"), "one.lan");
  assert.equal(await answers("two.lan"), "base.lan");
  const mark = device.mark();
  await admin("destroy/one.lan");
  assert.equal(await answers("one.lan"), "base.lan");
  await device.waitForLine(/one\.lan ends with 0 connections/, { after: mark });
  await device.waitForLine(/one\.lan is gone/, { after: mark });
});

test("destroyed: idle connections are closed, those of other vhosts stay", async () => {
  await admin("add/one.lan");
  const idle = await connect();
  await idle.write(get("one.lan")).response();
  const other = await connect();
  await other.write(get("base.lan")).response();
  const fresh = await connect();
  const half = await connect();
  half.write("GET /slow/1 HTTP/1.1\r\nHo");
  await delay(100);
  const bound = (await admin("")).find(({ name }) => name === "one.lan")?.bound;
  assert.equal(bound, 1);
  await admin("destroy/one.lan");
  assert.equal(await idle.ended(), "end");
  for (const raw of [other, fresh]) assert.equal((await raw.write(get("base.lan")).response()).status, 200);
  assert.equal((await half.write("st: base.lan\r\n\r\n").response()).body.toString(), "base.lan\n");
});

test("destroyed: a request that is being answered is answered, with close, and only then the protocols end", async () => {
  await admin("add/one.lan");
  const busy = await connect();
  busy.write(get("one.lan", "/slow/1200") + get("one.lan"));
  await delay(200);
  const mark = device.mark();
  await admin("destroy/one.lan");
  assert.equal(await answers("one.lan"), "base.lan", "out of sight at once");
  assert.equal(
    device.lines.slice(mark).some((line) => line.includes("one.lan ends")),
    false,
  );
  const response = await busy.response();
  assert.equal(response.body.toString(), "one.lan\n");
  assert.equal(response.headers.get("connection"), "close");
  assert.equal(await busy.ended(), "end");
  busy.close();
  await device.waitForLine(/one\.lan ends with 0 connections/, { after: mark });
  await device.waitForLine(/one\.lan is gone/, { after: mark });
});

test("destroyed: a WebSocket is closed with 1001 (RFC 6455 §7.4.1)", async () => {
  await admin("add/one.lan");
  const ws = await webSocket("one.lan");
  await ws.send(TEXT, "hello").expect(TEXT, "hello");
  const mark = device.mark();
  await admin("destroy/one.lan");
  await ws.expect(CLOSE, closing(1001));
  ws.send(CLOSE, closing(1001));
  assert.equal(await ws.raw.ended(), "end");
  ws.raw.close();
  await device.waitForLine(/one\.lan is gone/, { after: mark });
});

test("destroyed: a WebSocket that does not answer the close is dropped in the end", async () => {
  await admin("add/one.lan");
  const ws = await webSocket("one.lan");
  const mark = device.mark();
  await admin("destroy/one.lan");
  await ws.expect(CLOSE, closing(1001));
  await device.waitForLine(/one\.lan is gone/, { after: mark, timeout: 15_000 });
});

test("a vhost of the same name may come while the old one drains", async () => {
  await admin("add/one.lan");
  const busy = await connect();
  busy.write(get("one.lan", "/slow/1000"));
  await delay(200);
  const mark = device.mark();
  await admin("destroy/one.lan");
  await admin("add/one.lan");
  assert.equal(await answers("one.lan"), "one.lan");
  assert.equal((await busy.response()).body.toString(), "one.lan\n");
  await device.waitForLine(/one\.lan is gone/, { after: mark });
  assert.equal(await answers("one.lan"), "one.lan", "the new one stays");
  await admin("destroy/one.lan");
});

test("removed: off the port, its connections end", async () => {
  await admin("add/one.lan");
  const idle = await connect();
  await idle.write(get("one.lan")).response();
  const left = await admin("remove/one.lan");
  assert.deepEqual(
    left.map(({ name }) => name),
    ["base.lan"],
  );
  assert.equal(await idle.ended(), "end");
  assert.equal(await answers("one.lan"), "base.lan");
});

test("a hundred vhosts come and go, and leave nothing behind", async () => {
  await admin("cycle/5");
  await admin("add/one.lan");
  await answers("one.lan");
  await admin("destroy/one.lan");
  await admin("");
  const start = await rested(device);
  for (let i = 0; i < 10; i++) await admin("cycle/10");
  await admin("");
  assert.deepEqual(await rested(device), start);
});

test("twenty vhosts that were in use come and go, and leave nothing behind", async () => {
  await admin("");
  const start = await rested(device);
  for (let i = 0; i < 20; i++) {
    await admin("add/one.lan");
    const ws = await webSocket("one.lan");
    const idle = await connect();
    await idle.write(get("one.lan")).response();
    const mark = device.mark();
    await admin("destroy/one.lan");
    await ws.expect(CLOSE, closing(1001));
    ws.send(CLOSE, closing(1001));
    await ws.raw.ended();
    await idle.ended();
    for (const raw of open.splice(0)) raw.close();
    await device.waitForLine(/one\.lan is gone/, { after: mark });
  }
  await admin("");
  assert.deepEqual(await rested(device), start);
  assert.equal((await device.figures()).boots, 1);
});

test("without its last vhost the port is closed", async () => {
  await admin("destroy/base.lan");
  await assert.rejects(Raw.open(device.apUrl(84)), /ECONNREFUSED/);
});
