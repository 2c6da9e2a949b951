// @ts-check
/** Files in zip archives: passed on packed, inflated for who needs that, and archives that lie. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { hostileNames, large, lines, long, members, small, text } from "../images/files/assets.mjs";
import { request, startFiles } from "../lib/files.mjs";
import { Raw } from "../lib/raw.mjs";

const GZIP = "Accept-Encoding: gzip";

/** @type {Awaited<ReturnType<typeof startFiles>>["device"]} */
let device;
/** @type {string} */
let url;
before(async () => {
  ({ device, url } = await startFiles());
});
after(() => device?.close());

/** The next inflated file may be had again once the last one's connection is gone. @param {string} target */
async function inflated(target) {
  for (let i = 0; ; i++) {
    const response = await request(url, `GET ${target}`);
    if (response.status !== 503 || i === 100) return response;
    await delay(20);
  }
}

test("a deflated member goes out as it lies, in a gzip frame (RFC 1952)", async () => {
  for (const [name, content] of /** @type {[string, string][]} */ ([
    ["small.html", small],
    ["large.html", large],
    ["deep/er/file.txt", "deep"],
    ["%C3%BC%20ber.txt", "umlaut"],
    ["empty.txt", ""],
    ["", "<h1>inside</h1>"],
  ])) {
    const { status, headers, body } = await request(url, `GET /members.zip/${name}`, GZIP);
    assert.equal(status, 200, name);
    assert.equal(headers.get("content-encoding"), "gzip");
    assert.equal(gunzipSync(body).toString(), content);
    assert.equal(headers.get("content-type"), `text/${name.endsWith("txt") ? "plain" : "html"}; charset=utf-8`);
  }
});

test("the bytes are those of the archive", async () => {
  const { body } = await request(url, "GET /members.zip/large.html", GZIP);
  assert.ok(members.includes(body.subarray(10, -8)));
});

test("it is inflated for who takes no gzip, with its exact length", async () => {
  for (const [name, content] of /** @type {[string, string][]} */ ([
    ["small.html", small],
    ["large.html", large],
    ["deep/er/file.txt", "deep"],
    ["empty.txt", ""],
  ])) {
    const { status, headers, body } = await inflated(`/members.zip/${name}`);
    assert.equal(status, 200, name);
    assert.equal(headers.has("content-encoding"), false);
    assert.equal(headers.get("content-length"), String(Buffer.byteLength(content)));
    assert.equal(body.toString(), content);
  }
  assert.deepEqual((await inflated("/members.zip/zeros.bin")).body, Buffer.alloc(2_000_000));
});

test("a stored member goes out as it is, to everybody", async () => {
  for (const fields of [[GZIP], []]) {
    const { headers, body } = await request(url, "GET /members.zip/stored.txt", ...fields);
    assert.equal(headers.has("content-encoding"), false);
    assert.equal(body.toString(), text);
  }
});

test("both forms have ETags of their own, and 304", async () => {
  const packed = (await request(url, "HEAD /members.zip/small.html", GZIP)).headers.get("etag");
  const plain = (await request(url, "HEAD /members.zip/small.html")).headers.get("etag");
  const other = (await request(url, "HEAD /members.zip/index.html")).headers.get("etag");
  assert.equal(new Set([packed, plain, other]).size, 3);
  assert.equal((await request(url, "GET /members.zip/small.html", GZIP, `If-None-Match: ${packed}`)).status, 304);
  assert.equal((await request(url, "GET /members.zip/small.html", `If-None-Match: ${plain}`)).status, 304);
  assert.equal((await request(url, "GET /members.zip/small.html", GZIP, `If-None-Match: ${plain}`)).status, 200);
});

test("what is not in the archive is not found", async () => {
  for (const name of [
    "nothing.txt",
    "Small.html",
    "small.htm",
    "small.html/",
    "/small.html/x.txt",
    "deep",
    "deep/",
    "deep/er/../../../text.txt/x.txt",
    "odd.unknown",
    "x.zip/small.html",
  ]) {
    assert.equal((await request(url, `GET /members.zip/${name}`, GZIP)).status, 404, name);
  }
  assert.equal((await request(url, "GET /missing.zip/small.html")).status, 404);
  assert.equal((await request(url, "GET /text.txt/small.html")).status, 404);
  assert.deepEqual((await request(url, "GET /members.zip")).body, members, "the archive itself is a file");
  assert.equal((await request(url, "GET /members.zip/../text.txt")).body.toString(), text);
});

test("archives that lie are refused, and nothing is read outside of them", async () => {
  assert.ok(hostileNames.length >= 25);
  for (const name of hostileNames) {
    for (const fields of [[GZIP], []]) {
      const { status, body } = await request(url, `GET /bad-${name}.zip/a.txt`, ...fields);
      assert.equal(status, 500, name);
      assert.match(body.toString(), /the archive is damaged/, name);
    }
  }
});

test("members that can't be served are told apart from those that are missing", async () => {
  for (const name of ["method-encrypted", "method-lzma"]) {
    const { status, body } = await request(url, `GET /bad-${name}.zip/a.txt`, GZIP);
    assert.equal(status, 500, name);
    assert.match(body.toString(), /method/, name);
  }
});

test("data that breaks off, or is not what was stated, ends the connection before its stated end", async () => {
  const { boots } = await device.figures();
  for (const name of ["broken-data", "broken-longer", "broken-shorter", "broken-cut"]) {
    const raw = await Raw.open(url);
    raw.write(`GET /bad-${name}.zip/a.txt HTTP/1.1\r\nHost: files\r\n\r\n`);
    await raw.ended();
    const [head, body] = raw.input.toString("latin1").split("\r\n\r\n");
    if (head !== "") {
      assert.match(head, /^HTTP\/1\.1 200 OK/, name);
      assert.ok(body.length < Number(/content-length: (\d+)/i.exec(head)?.[1]), name);
    }
    assert.equal((await inflated("/members.zip/small.html")).body.toString(), small, "the inflater is free again");
  }
  assert.equal((await device.figures()).boots, boots);
});

test("who comes while another file is inflated is told to come again", async () => {
  const slow = await Raw.open(url);
  slow.socket.pause();
  slow.write("GET /members.zip/large.html HTTP/1.1\r\nHost: files\r\n\r\n");
  while ((await device.figures()).native < 34_000) await delay(10);
  const busy = await request(url, "GET /members.zip/small.html");
  assert.equal(busy.status, 503);
  assert.equal(busy.headers.get("retry-after"), "2");
  for (const [start, ...fields] of [
    ["GET /members.zip/small.html", GZIP],
    ["HEAD /members.zip/small.html"],
    ["GET /members.zip/empty.txt"],
    ["GET /members.zip/stored.txt"],
  ]) {
    assert.equal((await request(url, start, ...fields)).status, 200, start);
  }
  const { slots, chunks } = await device.figures();
  await delay(200);
  const later = await device.figures();
  assert.ok(later.slots + later.chunks < slots + chunks + 1000, "a reader that stops stops the inflater");
  slow.close(true);
  assert.equal((await inflated("/members.zip/small.html")).body.toString(), small);
  while ((await device.figures()).native > 10_000) await delay(10);
});

test("a gzip file is inflated by the window that it names, else by the largest", async () => {
  for (const [name, least, most] of /** @type {const} */ ([
    ["narrow", 8_192, 12_000],
    ["wide", 32_768, 37_000],
  ])) {
    const raw = await Raw.open(url);
    raw.socket.pause();
    raw.write(`GET /${name}.txt HTTP/1.1\r\nHost: files\r\n\r\n`);
    const before = (await device.figures()).native;
    while ((await device.figures()).native < least) await delay(10);
    const { native } = await device.figures();
    assert.ok(native < most, `${name}: ${native} bytes`);
    raw.socket.resume();
    assert.ok((await raw.response()).body.equals(long), name);
    raw.close();
    while ((await device.figures()).native > before) await delay(10);
  }
});

test("without memory for the window a client is told to come again, and the others are served", async () => {
  const poor = await startFiles(["--native-heap", "24000"]);
  try {
    const { status, headers } = await request(poor.url, "GET /wide.txt");
    assert.equal(status, 503);
    assert.equal(headers.get("retry-after"), "2");
    assert.ok((await request(poor.url, "GET /narrow.txt")).body.equals(long));
    assert.equal((await request(poor.url, "GET /wide.txt", GZIP)).status, 200);
    assert.equal((await poor.device.figures()).boots, 1);
  } finally {
    await poor.device.close();
  }
});

test("what is no gzip file, or ends too early, is not sent as one", async () => {
  for (const name of ["no-gzip", "short"]) assert.equal((await request(url, `GET /${name}.txt`)).status, 500);
  const raw = await Raw.open(url);
  raw.write("GET /cut.txt HTTP/1.1\r\nHost: files\r\n\r\n");
  await raw.ended();
  assert.ok(raw.input.length < long.length, "not all of it");
  raw.close();
  assert.equal((await inflated("/members.zip/small.html")).body.toString(), small);
});

test("a member of 3.5 MB needs no more memory than one of 1.5 kB", async () => {
  const peaks = [];
  for (const [name, fields] of /** @type {[string, string[]][]} */ ([
    ["small.html", []],
    ["large.html", []],
    ["small.html", [GZIP]],
    ["large.html", [GZIP]],
  ])) {
    await device.powerOff();
    await device.powerOn();
    url = (await device.waitForAddress("access point")).replace(/\/$/, "");
    await request(url, "GET /stored.txt");
    const before = await device.figures();
    const raw = await Raw.open(url);
    for (let i = 0; i < 3; i++) {
      const lines = ["Host: files", ...fields].map((field) => `${field}\r\n`).join("");
      raw.write(`GET /members.zip/${name} HTTP/1.1\r\n${lines}\r\n`);
      assert.equal((await raw.response()).status, 200);
    }
    raw.close();
    while ((await device.figures()).sockets > 0) await delay(10);
    const { slots, chunks, native, peak, nativePeak } = await device.figures();
    const growth = slots + chunks - before.slots - before.chunks;
    assert.ok(growth < 1000, `${name} ${fields}: ${growth} bytes more are in use than before`);
    assert.ok(native < 2000, `${native} bytes of native heap are left`);
    peaks.push({ peak, nativePeak });
  }
  const [small1, large1, small2, large2] = peaks;
  assert.ok(large1.peak <= small1.peak + 4096, JSON.stringify(peaks));
  assert.ok(large2.peak <= small2.peak + 4096, JSON.stringify(peaks));
  assert.ok(large1.nativePeak < 37_000, JSON.stringify(peaks));
  assert.ok(large2.nativePeak < 2000, JSON.stringify(peaks));
});

test("inflating a member of 20 MB needs no more heap than one of 20 kB", { timeout: 120_000 }, async () => {
  const peaks = [];
  for (const [name, length] of /** @type {const} */ ([
    ["20k.txt", 20_000],
    ["20m.txt", 20_000_000],
  ])) {
    await device.powerOff();
    await device.powerOn();
    url = (await device.waitForAddress("access point")).replace(/\/$/, "");
    await request(url, "GET /stored.txt");
    const options = /** @type {const} */ ({ maxBuffer: 1e8, encoding: "buffer" });
    const { stdout } = await promisify(execFile)("curl", ["-sSf", `${url}/members.zip/${name}`], options);
    assert.ok(stdout.equals(lines(length)), name);
    peaks.push((await device.figures()).peak);
  }
  assert.ok(peaks[1] <= peaks[0] + 1024, peaks.join(" "));
});

test("curl reads it either way", async () => {
  const curl = promisify(execFile);
  const options = { maxBuffer: 1e8 };
  assert.equal((await curl("curl", ["-sSf", "--compressed", `${url}/members.zip/large.html`], options)).stdout, large);
  const plain = ["-sSf", "--retry", "5", `${url}/members.zip/large.html`];
  assert.equal((await curl("curl", plain, options)).stdout, large);
});
