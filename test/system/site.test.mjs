// @ts-check
/** The setup page by TLS, as clients see it that trust the certificate which the device has made. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { cpuTime } from "../bench/yardstick.mjs";
import { certificateState, certified, downloadCertificate } from "../lib/certificates.mjs";
import { Raw } from "../lib/raw.mjs";
import { ScanClient } from "../lib/scan-client.mjs";
import { run } from "../lib/tls.mjs";

/** Milliseconds of CPU that the first certificate may take, start and radio included. */
const FIRST = 500;

/** @type {Device} */ let device;
let url = "";
/** @type {string} */ let trusted;

before(async () => {
  device = new Device({ air: "" });
  await device.powerOn(["--clock", "real"]);
  url = (await device.waitForAddress("access point", "https")).replace(/\/$/, "");
  await certified(url);
  trusted = join(device.folder, "device.pem");
  writeFileSync(trusted, await downloadCertificate(url));
});
after(() => device?.close());

/** curl that trusts the device's certificate alone. @param {string} host @param {string[]} args */
function curl(host, ...args) {
  const place = `::${device.apAddress}:${device.portBase + 443}`;
  return run("curl", ["-sS", "--cacert", trusted, "--connect-to", place, ...args, `https://${host}/`]);
}

test("the first certificate is there within half a second of work", async () => {
  const fresh = new Device({ air: "" });
  try {
    await fresh.powerOn();
    await fresh.waitForAddress("access point", "https");
    await fresh.waitForLine(/listens on port 443/);
    const time = cpuTime(Number(fresh.pid)) / 1000;
    assert.ok(time <= FIRST, `${time} ms`);
  } finally {
    await fresh.close();
  }
});

for (const host of ["lws-000001", "lws-000001.local", "192.168.4.1"]) {
  test(`curl that trusts the exported certificate accepts the device as ${host}`, async () => {
    const { status, stdout, stderr } = await curl(host);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /data-page="setup"/);
  });
}

test("as anything else the device is refused", async () => {
  const { status, stderr } = await curl("lws-000002.local");
  assert.notEqual(status, 0);
  assert.match(stderr, /subject name|no alternative certificate/i);
});

test("port 80 leads to the same page by TLS, and does not ask to be remembered", async () => {
  for (const [host, there] of [
    ["192.168.4.1", "192.168.4.1"],
    ["lws-000001.local:8080", "lws-000001.local:8443"],
    [new URL(device.apUrl()).host, new URL(device.apUrl(443)).host],
  ]) {
    const raw = await Raw.open(device.apUrl());
    const response = await raw.write(`GET /a%20b?c=d HTTP/1.1\r\nHost: ${host}\r\n\r\n`).response();
    assert.equal(response.status, 307);
    assert.equal(response.headers.get("location"), `https://${there}/a%20b?c=d`);
    raw.close();
  }
});

test("a page that was loaded without TLS may neither post nor connect", async () => {
  const host = new URL(device.apUrl(443)).host;
  const fields = `Host: ${host}\r\nOrigin: http://${host}\r\n`;
  const raw = await Raw.open(device.apUrl(443, "https"));
  const post = `POST /otaform HTTP/1.1\r\n${fields}Content-Length: 0\r\n\r\n`;
  assert.equal((await raw.write(post).response()).status, 403);
  raw.close();
  const ws = await Raw.open(device.apUrl(443, "https"));
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`;
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: esplws-scan\r\n";
  assert.equal((await ws.write(`GET / HTTP/1.1\r\n${fields}${upgrade}${key}\r\n`).response()).status, 403);
  ws.close();
});

test("a new name brings a new certificate to new connections, and leaves those that there are", async () => {
  const client = await ScanClient.open(url);
  const old = (await certificateState(url)).print;
  client.send({ group: "kitchen" });
  client.send({ role: "light" });
  for (let tries = 0; (await certificateState(url)).print === old; tries++) {
    assert.ok(tries < 50, "still the old one");
    await delay(100);
  }
  assert.equal(client.closed, undefined);
  client.close();
});
