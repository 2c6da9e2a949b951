// @ts-check
/** Files and what clients know of them already: forms, validators, conditions. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { request as undici } from "undici";
import { noise, text } from "../images/files/assets.mjs";
import { openAnywhere } from "../lib/anywhere.mjs";
import { request } from "../lib/files.mjs";
import { Raw } from "../lib/raw.mjs";

const BUILT = "Tue, 14 Nov 2023 22:13:20 GMT";
const EARLIER = "Tue, 14 Nov 2023 22:13:19 GMT";
const TAG = `"${text.length.toString(16)}-v1"`;

/** @type {import("../lib/anywhere.mjs").Anywhere} */
let device;
/** @type {string} */
let url;
before(async () => {
  device = await openAnywhere("files");
  url = device.url;
});
after(() => device?.close());

test("a file has validators, a cache policy, and can be had in ranges (RFC 9110 §8.8, §14.3)", async () => {
  const { status, headers, body } = await request(url, "GET /text.txt");
  assert.equal(status, 200);
  assert.equal(body.toString(), text);
  assert.equal(headers.get("etag"), TAG);
  assert.equal(headers.get("last-modified"), BUILT);
  assert.equal(headers.get("cache-control"), "max-age=60");
  assert.equal(headers.get("accept-ranges"), "bytes");
  assert.equal(headers.get("vary"), "Accept-Encoding");
  assert.equal(headers.has("content-encoding"), false);
  const undated = await request(url, "GET /undated/text.txt");
  assert.equal(undated.headers.has("last-modified"), false);
  assert.equal(undated.headers.get("cache-control"), "no-cache");
});

test("HEAD gets the headers of GET (RFC 9110 §9.3.2)", async () => {
  for (const target of [
    "/text.txt",
    "/noise.bin",
    "/empty.txt",
    "/members.zip/small.html",
    "/members.zip/large.html",
  ]) {
    for (const coding of ["gzip", "identity"]) {
      const field = `Accept-Encoding: ${coding}`;
      const get = await request(url, `GET ${target}`, field);
      const head = await request(url, `HEAD ${target}`, field, "Range: bytes=0-9");
      assert.equal(head.status, 200, target);
      assert.deepEqual([...head.headers], [...get.headers], target);
      assert.equal(head.headers.get("content-length"), String(get.body.length));
    }
  }
});

test("gzip goes to who wants it no less than the plain form (RFC 9110 §12.5.3)", async () => {
  for (const [accept, wanted] of /** @type {[string, boolean][]} */ ([
    ["gzip", true],
    ["gzip, deflate, br, zstd", true],
    ["deflate,br , gzip", true],
    ["GZIP", true],
    ["x-gzip", true],
    ["*", true],
    ["gzip;q=1", true],
    ["br;q=1.0, gzip;q=0.8, *;q=0.1", true],
    ["gzip; q=0.001", true],
    ["*;q=0.5", true],
    ["identity;q=0.5, gzip;q=0.5", true],
    ["", false],
    ["deflate, br", false],
    ["gzipped, xgzip, gzip-1", false],
    ["identity", false],
    ["gzip;q=0", false],
    ["gzip;q=0.000, *", false],
    ["*;q=0", false],
    ["identity;q=1, *;q=0", false],
    ["identity;q=1, gzip;q=0.5", false],
    ["gzip;q=2", false],
    ["gzip;level=9", false],
  ])) {
    const { headers, body } = await request(url, "GET /text.txt", `Accept-Encoding: ${accept}`);
    assert.equal(headers.get("content-encoding"), wanted ? "gzip" : undefined, accept);
    assert.equal((wanted ? gunzipSync(body) : body).toString(), text, accept);
    assert.equal(headers.get("etag"), wanted ? `"${body.length.toString(16)}-v1-gz"` : TAG);
  }
  const noTwin = await request(url, "GET /noise.bin", "Accept-Encoding: gzip");
  assert.equal(noTwin.headers.has("content-encoding"), false);
  assert.deepEqual(noTwin.body, noise(50_000));
});

test("If-None-Match: lists, weak tags, * (RFC 9110 §13.1.2)", async () => {
  for (const [value, status] of /** @type {[string, number][]} */ ([
    [TAG, 304],
    [`W/${TAG}`, 304],
    [`"a", W/"b",${TAG}`, 304],
    [`"a",W/${TAG} , "c"`, 304],
    ["*", 304],
    ['"other"', 200],
    [TAG.slice(0, -1), 200],
    [TAG.slice(1, -1), 200],
    [`"x${TAG.slice(1)}`, 200],
    [`${TAG.slice(0, -1)}-gz"`, 200],
    ["", 200],
    ['"*"', 200],
  ])) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await request(url, `${method} /text.txt`, `If-None-Match: ${value}`);
      assert.equal(answer.status, status, value);
      assert.equal(answer.headers.get("etag"), TAG);
      assert.equal(answer.headers.get("cache-control"), "max-age=60", "a 304 has the policy too");
      assert.equal(answer.headers.get("vary"), "Accept-Encoding");
      if (status === 304) assert.equal(answer.headers.has("content-type"), false);
    }
  }
});

test("If-Modified-Since in all three forms of dates (RFC 9110 §13.1.3, §5.6.7)", async () => {
  for (const [value, status] of /** @type {[string, number][]} */ ([
    [BUILT, 304],
    ["Tue, 14 Nov 2023 22:13:21 GMT", 304],
    ["Wed, 01 Jan 2070 00:00:00 GMT", 304],
    [EARLIER, 200],
    ["Tuesday, 14-Nov-23 22:13:20 GMT", 304],
    ["Tuesday, 14-Nov-23 22:13:19 GMT", 200],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 200],
    ["Tue Nov 14 22:13:20 2023", 304],
    ["Sun Nov  6 08:49:37 1994", 200],
    ["yesterday", 200],
    ["2023-11-14T22:13:20Z", 200],
    ["Tue, 14 Nuv 2023 22:13:20 GMT", 200],
    ["", 200],
  ])) {
    assert.equal((await request(url, "GET /text.txt", `If-Modified-Since: ${value}`)).status, status, value);
  }
  const undated = await request(url, "GET /undated/text.txt", "If-Modified-Since: Wed, 01 Jan 2070 00:00:00 GMT");
  assert.equal(undated.status, 200, "without a date of our own there is nothing to compare");
});

test("preconditions and their order (RFC 9110 §13.1.1, §13.1.4, §13.2.2)", async () => {
  for (const [status, ...fields] of /** @type {[number, ...string[]][]} */ ([
    [200, `If-Match: ${TAG}`],
    [200, "If-Match: *"],
    [200, `If-Match: "a", ${TAG}`],
    [412, 'If-Match: "a"'],
    [412, `If-Match: W/${TAG}`],
    [412, 'If-Match: "a"', `If-None-Match: ${TAG}`],
    [304, `If-Match: ${TAG}`, `If-None-Match: ${TAG}`],
    [200, `If-Unmodified-Since: ${BUILT}`],
    [412, `If-Unmodified-Since: ${EARLIER}`],
    [200, `If-Match: ${TAG}`, `If-Unmodified-Since: ${EARLIER}`],
    [200, 'If-None-Match: "a"', `If-Modified-Since: ${BUILT}`],
    [304, `If-None-Match: ${TAG}`, `If-Modified-Since: ${EARLIER}`],
  ])) {
    assert.equal((await request(url, "GET /text.txt", ...fields)).status, status, fields.join());
  }
});

test("a condition is looked at after the file is found, and never in a body", async () => {
  assert.equal((await request(url, "GET /nothing.txt", "If-None-Match: *")).status, 404);
  const raw = await Raw.open(url);
  raw.write("GET /text.txt HTTP/1.1\r\nHost: files\r\nContent-Length: 20\r\n\r\nIf-None-Match: *\r\n\r\n");
  assert.equal((await raw.response()).status, 200);
  raw.close();
});

test("undici and curl get the same bytes", async () => {
  const answer = await undici(`${url}/noise.bin`);
  assert.deepEqual(Buffer.from(await answer.body.arrayBuffer()), noise(50_000));
  const options = { encoding: /** @type {"buffer"} */ ("buffer"), maxBuffer: 1e8 };
  const curl = promisify(execFile);
  assert.equal((await curl("curl", ["-sS", "--compressed", `${url}/text.txt`], options)).stdout.toString(), text);
  const etag = await curl("curl", [
    "-sS",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "-H",
    `If-None-Match: ${TAG}`,
    `${url}/text.txt`,
  ]);
  assert.equal(etag.stdout, "304");
});
