// @ts-check
/** The log of requests, in the combined format of Apache. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { text } from "../images/files/assets.mjs";
import { request, startFiles } from "../lib/files.mjs";
import { Raw } from "../lib/raw.mjs";

const COMBINED = /^(\S+) - (\S+) \[([^\]]+)\] "([^"]*)" (\d{3}) (\d+) "([^"]*)" "([^"]*)"( \[[^\]]+\])?$/;

/** @type {Awaited<ReturnType<typeof startFiles>>["device"]} */
let device;
/** @type {string} */
let url;
before(async () => {
  ({ device, url } = await startFiles());
});
after(() => device?.close());

/** @returns {Promise<{ count: number, lines: string[] }>} */
const lines = async () => JSON.parse((await request(url, "GET /log")).body.toString());

/** The line of the last request before this one, in its fields. */
async function last() {
  const line = (await lines()).lines.at(-1) ?? "";
  const [, peer, user, time, start, status, bytes, referrer, agent, upgrade] =
    COMBINED.exec(line) ?? assert.fail(JSON.stringify(line));
  assert.ok(line.length <= 512, `${line.length} characters`);
  assert.match(line, /^[ -~]*$/);
  assert.equal(peer, "127.0.0.1");
  return { user, time, start, status: Number(status), bytes: Number(bytes), referrer, agent, upgrade };
}

test("a line has who, when, what, how it went, from where and by what", async () => {
  await device.control("clock 1700000000");
  await request(url, "GET /text.txt?a=%20b", "Referer: http://a.example/x", "User-Agent: Test/1.0 (x; y)");
  const { time, ...line } = await last();
  assert.match(time, /^14\/Nov\/2023:22:13:\d\d \+0000$/);
  assert.deepEqual(line, {
    user: "-",
    start: "GET /text.txt?a=%20b HTTP/1.1",
    status: 200,
    bytes: text.length,
    referrer: "http://a.example/x",
    agent: "Test/1.0 (x; y)",
    upgrade: undefined,
  });
});

test("bytes are those of the body that went out", async () => {
  for (const [start, status, bytes, ...fields] of /** @type {[string, number, number, ...string[]][]} */ ([
    ["HEAD /text.txt", 200, 0],
    ["GET /text.txt", 304, 0, "If-None-Match: *"],
    ["GET /text.txt", 206, 10, "Accept-Encoding: gzip", "Range: bytes=0-9"],
    ["GET /moved", 301, 0],
    ["GET /empty.txt", 200, 0],
    ["GET /open.shtml", 200, 5],
  ])) {
    await request(url, start, ...fields);
    const line = await last();
    assert.equal(line.status, status, start);
    assert.equal(line.bytes, bytes, start);
  }
});

test("nothing that a client sends can break a line or leave its field", async () => {
  const nasty = 'a"b\\c\td\xe9 [x] "200 5"';
  await request(url, "GET /x", `Referer: ${nasty}`, `User-Agent: ${nasty}`);
  const { referrer, agent } = await last();
  assert.equal(referrer, "a'b\\x5cc\\x09d\\xe9 [x] '200 5'");
  assert.equal(agent, referrer);
  const raw = await Raw.open(url);
  await raw.write('GET /"\x1b[2J" HTTP/1.1\r\nHost: files\r\n\r\n').response();
  raw.close();
  await delay(50);
  assert.match((await last()).start, /^[ !#-~]*$/);
});

test("a long target is cut, a long referrer gives way to the rest", async () => {
  const long = "0123456789".repeat(40);
  await request(url, `GET /${long}`, `Referer: http://${long}`, `User-Agent: ${long.slice(0, 150)}`);
  const { start, referrer, agent } = await last();
  assert.equal(start, `GET /${long.slice(0, 254)} HTTP/1.1`);
  assert.equal(agent, long.slice(0, 150));
  assert.ok(`http://${long}`.startsWith(referrer) && referrer.length < 50, referrer);
  await request(url, `GET /${long}`, "Referer: x", `User-Agent: ${"\xff".repeat(300)}`);
  assert.equal((await last()).referrer, "-");
});

test("an upgrade is logged with the protocol that it led to", async () => {
  const raw = await Raw.open(url);
  raw.write(
    "GET /chat HTTP/1.1\r\nHost: files\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: facts\r\n\r\n",
  );
  await raw.takeTo("\r\n\r\n");
  const { status, start, upgrade } = await last();
  assert.equal(status, 101);
  assert.equal(start, "GET /chat HTTP/1.1");
  assert.equal(upgrade, " [facts]");
  raw.close();
});

test("sixteen lines are kept, the oldest first, and the log has them all at level info", async () => {
  await device.control("log I");
  const mark = device.mark();
  for (let i = 0; i < 20; i++) await request(url, `GET /number-${i}`);
  const { count, lines: kept } = await lines();
  assert.equal(kept.length, 16);
  assert.ok(count > 20);
  await device.waitForLine(/access: 127\.0\.0\.1 - - .* "GET \/number-19 HTTP\/1\.1" 404 105 "-" "-"$/, {
    after: mark,
  });
  assert.deepEqual(
    kept.map((line) => /\/number-(\d+) /.exec(line)?.[1]),
    Array.from({ length: 16 }, (_, i) => String(i + 4)),
  );
});

test("a vhost that has not asked for it keeps nothing", async () => {
  const { count } = await lines();
  await request(url, "GET /sub/text.txt", "Host: bare");
  assert.equal((await lines()).count, count + 1, "only the request for the lines themselves");
});
