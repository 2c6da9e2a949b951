// @ts-check
/** The setup image as anybody on its network finds it, on whatever it runs. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { openPlace, served } from "../lib/place.mjs";
import { Raw } from "../lib/raw.mjs";
import { readState } from "../lib/scan-client.mjs";

/** @type {import("../lib/place.mjs").Place} */ let place;
/** @type {string} */ let url;
/** The header that names it: it answers to no other name. @type {string} */ let host;
before(
  async () => {
    place = await openPlace("factory");
    url = place.url(443, "https");
    host = `Host: ${new URL(url).host}\r\n`;
    await served(url, /data-page="setup"/);
  },
  { timeout: 120_000 },
);
after(() => place?.close());

/** One request on a connection of its own. @param {string} to @param {string} text */
async function ask(to, text) {
  const raw = await Raw.open(to);
  try {
    return await raw.write(text).response();
  } finally {
    raw.close();
  }
}

test("the page by TLS, compressed for those who take it", async () => {
  const plain = await ask(url, `GET / HTTP/1.1\r\n${host}\r\n`);
  assert.equal(plain.status, 200);
  assert.match(plain.headers.get("content-type") ?? "", /^text\/html;/);
  const packed = await ask(url, `GET / HTTP/1.1\r\n${host}Accept-Encoding: gzip\r\n\r\n`);
  assert.equal(packed.headers.get("content-encoding"), "gzip");
  assert.ok(gunzipSync(packed.body).equals(plain.body));
});

test("port 80 leads to the same path by TLS", async () => {
  const there = new URL(place.url(80)).host;
  const { status, headers } = await ask(place.url(80), `GET /a%20b?c=d HTTP/1.1\r\nHost: ${there}\r\n\r\n`);
  assert.equal(status, 307);
  assert.equal(headers.get("location"), `${url}/a%20b?c=d`);
});

test("a page that was loaded without TLS may neither post nor connect", async () => {
  const fields = `${host}Origin: http://${new URL(url).host}\r\n`;
  assert.equal((await ask(url, `POST /otaform HTTP/1.1\r\n${fields}Content-Length: 0\r\n\r\n`)).status, 403);
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: esplws-scan\r\n";
  assert.equal((await ask(url, `GET / HTTP/1.1\r\n${fields}${upgrade}${key}\r\n`)).status, 403);
});

test("many requests on one connection, some of them at once", async () => {
  const raw = await Raw.open(url);
  for (let i = 0; i < 10; i++) {
    raw.write(`HEAD / HTTP/1.1\r\n${host}\r\nGET /none HTTP/1.1\r\n${host}\r\n`);
    assert.equal((await raw.response({ head: true })).status, 200);
    assert.equal((await raw.response()).status, 404);
  }
  raw.close();
});

test("what is no request gets an answer, and the device goes on", async () => {
  for (const [request, status] of /** @type {const} */ ([
    ["GARBAGE\r\n\r\n", 400],
    [`GET / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, 400],
    [`GET / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501],
    [`GET / HTTP/1.1\r\n${host}X: ${"x".repeat(9000)}\r\n\r\n`, 431],
  ])) {
    assert.equal((await ask(url, request)).status, status, request.slice(0, 60));
  }
  for (let i = 0; i < 20; i++) (await Raw.open(place.url(80))).close(true);
  assert.equal((await ask(url, `GET / HTTP/1.1\r\n${host}\r\n`)).status, 200);
});

test("the page's connection tells what the unit is", async () => {
  const state = await readState(url);
  assert.equal(state["known"]?.[0]?.ssid, "qemu");
});
