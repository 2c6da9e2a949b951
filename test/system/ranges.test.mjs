// @ts-check
/** Ranges (RFC 9110 §14). */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { noise, small } from "../images/files/assets.mjs";
import { openAnywhere } from "../lib/anywhere.mjs";
import { request } from "../lib/files.mjs";
import { Raw } from "../lib/raw.mjs";

const SIZE = 50_000;
const file = noise(SIZE);
const TAG = `"${SIZE.toString(16)}-v1"`;
const BUILT = "Tue, 14 Nov 2023 22:13:20 GMT";

/** @type {import("../lib/anywhere.mjs").Anywhere} */
let device;
/** @type {string} */
let url;
before(async () => {
  device = await openAnywhere("files");
  url = device.url;
});
after(() => device?.close());

/** @param {string} value @param {...string} fields */
const ranged = (value, ...fields) => request(url, "GET /noise.bin", `Range: ${value}`, ...fields);

/**
 * The parts of a multipart/byteranges body, which must be nothing but parts.
 * @param {{ headers: Map<string, string>, body: Buffer }} response
 */
function parts({ headers, body }) {
  const [, boundary] = /^multipart\/byteranges; boundary=([\w-]{10,70})$/.exec(headers.get("content-type") ?? "") ?? [];
  assert.ok(boundary, headers.get("content-type"));
  const pieces = `\r\n${body.toString("latin1")}`.split(`\r\n--${boundary}`);
  assert.equal(pieces[0], "");
  assert.equal(pieces.at(-1), "--\r\n");
  const found = pieces.slice(1, -1).map((piece) => {
    const end = piece.indexOf("\r\n\r\n");
    const [type, range] = piece.slice(2, end).split("\r\n");
    const [, from, to, size] = /^Content-Range: bytes (\d+)-(\d+)\/(\d+)$/.exec(range) ?? assert.fail(range);
    const bytes = Buffer.from(piece.slice(end + 4), "latin1");
    return { type, from: Number(from), to: Number(to) + 1, size: Number(size), bytes };
  });
  return { boundary, found };
}

test("one range: 206, Content-Range, exactly those bytes (RFC 9110 §14.1.2, §15.3.7)", async () => {
  for (const [value, from, to] of /** @type {[string, number, number][]} */ ([
    ["bytes=0-0", 0, 1],
    ["bytes=0-499", 0, 500],
    ["bytes=500-999", 500, 1000],
    ["bytes=49999-49999", 49999, 50000],
    ["bytes=49999-", 49999, 50000],
    ["bytes=0-", 0, 50000],
    ["bytes=9500-", 9500, 50000],
    ["bytes=-1", 49999, 50000],
    ["bytes=-500", 49500, 50000],
    ["bytes=-99999999", 0, 50000],
    ["bytes=40000-99999999999999999999", 40000, 50000],
    ["bytes=0-49999", 0, 50000],
    ["Bytes=1-2", 1, 3],
    ["bytes= 1-2 ,", 1, 3],
    ["bytes=60000-,1-2,-0", 1, 3],
  ])) {
    const { status, reason, headers, body } = await ranged(value);
    assert.equal(`${status} ${reason}`, "206 Partial Content", value);
    assert.equal(headers.get("content-range"), `bytes ${from}-${to - 1}/${SIZE}`, value);
    assert.deepEqual(body, file.subarray(from, to), value);
    assert.equal(headers.get("etag"), TAG);
    assert.equal(headers.get("content-type"), "application/octet-stream");
  }
});

test("a range that can't be satisfied: 416 with the length (RFC 9110 §15.5.17)", async () => {
  for (const value of [
    "bytes=50000-",
    "bytes=50000-60000",
    "bytes=-0",
    "bytes=99999999999999999999-",
    "bytes=50000-,-0",
  ]) {
    const { status, headers } = await ranged(value);
    assert.equal(status, 416, value);
    assert.equal(headers.get("content-range"), `bytes */${SIZE}`);
  }
  const empty = await request(url, "GET /empty.txt", "Range: bytes=0-");
  assert.equal(empty.status, 416);
  assert.equal(empty.headers.get("content-range"), "bytes */0");
  const raw = await Raw.open(url);
  raw.write("GET /noise.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=50000-\r\n\r\n");
  assert.equal((await raw.response()).status, 416);
  raw.write("GET /noise.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=1-3\r\n\r\n");
  assert.deepEqual((await raw.response()).body, file.subarray(1, 4), "the connection goes on");
  raw.close();
});

test("what is no range of ours is ignored (RFC 9110 §14.2)", async () => {
  for (const value of [
    "lines=1-2",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=--5",
    "bytes=5-2",
    "bytes=a-b",
    "bytes=1",
    "bytes=1-2-3",
    "bytes=1-2;3-4",
    "bytes=0x1-2",
    "bytes=1.5-2",
    "bytes=0-1,5-4",
    "bytes 0-1",
  ]) {
    const { status, body, headers } = await ranged(value);
    assert.equal(status, 200, value);
    assert.equal(body.length, SIZE, value);
    assert.equal(headers.has("content-range"), false);
  }
});

test("several ranges: multipart/byteranges in the order asked for (RFC 9110 §14.6)", async () => {
  for (const ranges of [
    [
      [0, 1],
      [2, 3],
    ],
    [
      [100, 200],
      [0, 50],
    ],
    [
      [0, 1],
      [49_999, 50_000],
    ],
    [
      [0, 20_000],
      [20_000, 40_000],
      [45_000, 50_000],
    ],
    Array.from({ length: 16 }, (_, i) => [i * 3000, i * 3000 + 1 + i * 150]),
  ]) {
    const response = await ranged(`bytes=${ranges.map(([from, to]) => `${from}-${to - 1}`).join(", ")}`);
    assert.equal(response.status, 206);
    assert.equal(response.headers.has("content-range"), false);
    const { found } = parts(response);
    assert.deepEqual(
      found.map(({ from, to }) => [from, to]),
      ranges,
    );
    for (const { type, from, to, size, bytes } of found) {
      assert.equal(type, "Content-Type: application/octet-stream");
      assert.equal(size, SIZE);
      assert.deepEqual(bytes, file.subarray(from, to));
    }
  }
});

test("boundaries are not to be guessed", async () => {
  const seen = new Set();
  for (let i = 0; i < 5; i++) seen.add(parts(await ranged("bytes=0-1,4-5")).boundary);
  assert.equal(seen.size, 5);
});

test("sets of ranges that are worth nothing are answered with all of it (RFC 9110 §14.2, §17.15)", async () => {
  const many = Array.from({ length: 17 }, (_, i) => `${i * 10}-${i * 10 + 1}`).join(",");
  for (const value of ["bytes=0-10,5-15", "bytes=0-,-1", "bytes=5-5,5-5", "bytes=0-24999,25000-", `bytes=${many}`]) {
    const { status, body } = await ranged(value);
    assert.equal(status, 200, value);
    assert.deepEqual(body, file, value);
  }
  assert.equal((await ranged(`bytes=${"0-0,".repeat(300)}`)).status, 200);
});

test("If-Range: the range only for who has the rest (RFC 9110 §13.1.5)", async () => {
  for (const [value, status] of /** @type {[string, number][]} */ ([
    [TAG, 206],
    [BUILT, 206],
    ["Tuesday, 14-Nov-23 22:13:20 GMT", 206],
    [`W/${TAG}`, 200],
    ['"other"', 200],
    ["Tue, 14 Nov 2023 22:13:19 GMT", 200],
    ["Tue, 14 Nov 2023 22:13:21 GMT", 200],
    ["nonsense", 200],
    ["", 200],
  ])) {
    assert.equal((await ranged("bytes=0-9", `If-Range: ${value}`)).status, status, value);
  }
  assert.equal((await ranged("bytes=60000-", 'If-Range: "other"')).status, 200);
  assert.equal((await request(url, "GET /undated/noise.bin", "Range: bytes=0-9", `If-Range: ${BUILT}`)).status, 200);
});

test("conditions come before ranges (RFC 9110 §13.2.2)", async () => {
  assert.equal((await ranged("bytes=0-9", `If-None-Match: ${TAG}`)).status, 304);
  assert.equal((await ranged("bytes=0-9", 'If-None-Match: "x"')).status, 206);
  assert.equal((await ranged("bytes=0-9", 'If-Match: "x"')).status, 412);
});

test("ranges are of the form that is sent (RFC 9110 §14.2)", async () => {
  const gzip = await request(url, "GET /text.txt", "Accept-Encoding: gzip");
  const piece = await request(url, "GET /text.txt", "Accept-Encoding: gzip", "Range: bytes=100-199");
  assert.equal(piece.status, 206);
  assert.equal(piece.headers.get("content-encoding"), "gzip");
  assert.equal(piece.headers.get("content-range"), `bytes 100-199/${gzip.body.length}`);
  assert.deepEqual(piece.body, gzip.body.subarray(100, 200));
  // This one is in the image in its compressed form alone, and has no ranges in any other.
  const whole = await request(url, "GET /text.txt", "Range: bytes=100-199");
  assert.equal(whole.status, 200);
  assert.deepEqual(whole.body, gunzipSync(gzip.body));
});

test("ranges of a member of an archive in its gzip frame, cut at every seam", async () => {
  const target = "GET /members.zip/small.html";
  const { body: whole } = await request(url, target, "Accept-Encoding: gzip");
  assert.equal(gunzipSync(whole).toString(), small);
  const { length } = whole;
  const seams = [0, 1, 9, 10, 11, length - 9, length - 8, length - 7, length - 1, length];
  for (const from of seams) {
    for (const to of seams.filter((seam) => seam > from)) {
      const piece = await request(url, target, "Accept-Encoding: gzip", `Range: bytes=${from}-${to - 1}`);
      assert.equal(piece.status, 206);
      assert.deepEqual(piece.body, whole.subarray(from, to), `${from}-${to}`);
    }
  }
  const several = await request(url, target, "Accept-Encoding: gzip", "Range: bytes=5-14,-3,100-109");
  assert.deepEqual(
    parts(several).found.map(({ bytes }) => bytes),
    [whole.subarray(5, 15), whole.subarray(-3), whole.subarray(100, 110)],
  );
});

test("a stored member has ranges; one that has to be inflated comes as a whole", async () => {
  const stored = await request(url, "GET /members.zip/stored.txt", "Range: bytes=7-12");
  assert.equal(stored.body.toString(), "line 1");
  const inflated = await request(url, "GET /members.zip/small.html", "Range: bytes=7-12");
  assert.equal(inflated.status, 200);
  assert.equal(inflated.body.toString(), small);
});

test("curl puts a broken download together", async () => {
  const curl = promisify(execFile);
  const options = { encoding: /** @type {"buffer"} */ ("buffer"), maxBuffer: 1e8 };
  const pieces = [];
  for (const range of ["0-9999", "10000-29999", "30000-"]) {
    pieces.push((await curl("curl", ["-sSf", "-r", range, `${url}/noise.bin`], options)).stdout);
  }
  assert.deepEqual(Buffer.concat(pieces), file);
});
