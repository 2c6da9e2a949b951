// @ts-check
/** What HTTP/1 carries: cached and compressed files, bodies of every framing, origins; with raw sockets, undici and curl. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { Agent, request } from "undici";
import { ROOT } from "../../tools/lib/paths.mjs";
import { openAnywhere } from "../lib/anywhere.mjs";
import { head, tally } from "../lib/bench.mjs";
import { ask, Raw } from "../lib/raw.mjs";

const small = readFileSync(join(ROOT, "test", "images", "bench", "www", "1k.txt"));

/** @type {import("../lib/anywhere.mjs").Anywhere} */
let bench;
/** @type {string} */
let url;
before(async () => {
  bench = await openAnywhere("bench");
  url = bench.url;
});
after(() => bench?.close());

test("a compressed twin for who accepts gzip (RFC 9110 §12.5.3)", async () => {
  const plain = await ask(url, head("GET /1k.txt"));
  for (const accepted of ["gzip", "deflate, gzip", "GZIP;q=0.5", "br;q=1.0, gzip;q=0.8, *;q=0.1"]) {
    const { headers, body } = await ask(url, head("GET /1k.txt", `Accept-Encoding: ${accepted}`));
    assert.equal(headers.get("content-encoding"), "gzip", accepted);
    assert.deepEqual(gunzipSync(body), small);
    assert.equal(headers.get("content-type"), plain.headers.get("content-type"));
    assert.equal(headers.get("vary"), "Accept-Encoding");
    assert.notEqual(headers.get("etag"), plain.headers.get("etag"));
  }
  for (const refused of ["gzip;q=0", "gzip; q=0.000, br", "br", "", "xgzip", "gzipx"]) {
    const { headers, body } = await ask(url, head("GET /1k.txt", `Accept-Encoding: ${refused}`));
    assert.equal(headers.has("content-encoding"), false, refused);
    assert.equal(headers.get("vary"), "Accept-Encoding");
    assert.deepEqual(body, small);
  }
});

test("a file that the client has is not sent again (RFC 9110 §13.1.2)", async () => {
  const raw = await Raw.open(url);
  const etag = (await raw.write(head("GET /1k.txt")).response()).headers.get("etag") ?? "";
  assert.match(etag, /^"[^"]+"$/);
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
    const { status, headers, body } = await raw.write(head("GET /1k.txt", `If-None-Match: ${known}`)).response();
    assert.equal(status, 304, known);
    assert.equal(headers.get("etag"), etag);
    assert.equal(headers.get("vary"), "Accept-Encoding");
    assert.equal(headers.has("content-length"), false);
    assert.equal(body.length, 0);
  }
  for (const other of ['"x"', '""', `${etag.slice(0, -1)}x"`]) {
    assert.equal((await raw.write(head("GET /1k.txt", `If-None-Match: ${other}`)).response()).status, 200, other);
  }
  const packed = await raw.write(head("GET /1k.txt", "Accept-Encoding: gzip", `If-None-Match: ${etag}`)).response();
  assert.equal(packed.status, 200, "the tag of the other form");
  assert.equal((await raw.write(head("HEAD /1k.txt", `If-None-Match: ${etag}`)).response({ head: true })).status, 304);
  raw.close();
});

const body = Buffer.from(Array.from({ length: 300 }, (_, at) => (at % 7 === 0 ? 13 : at % 5 === 0 ? 10 : at & 255)));

/** @param {number[]} sizes of the chunks */
function chunked(...sizes) {
  const parts = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(Buffer.from(`${size.toString(16)}\r\n`), body.subarray(at, at + size), Buffer.from("\r\n"));
    at += size;
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

for (const [name, whole] of /** @type {const} */ ([
  ["sized", Buffer.concat([Buffer.from(head("POST /sink", "Content-Length: 300")), body])],
  [
    "chunked",
    Buffer.concat([Buffer.from(head("PUT /sink", "Transfer-Encoding: chunked")), chunked(1, 15, 16, 255, 13)]),
  ],
])) {
  test(`a ${name} body arrives whole, at every cut`, async () => {
    const raw = await Raw.open(url);
    for (let cut = 1; cut < whole.length; cut++) {
      raw.write(whole.subarray(0, cut));
      await delay(1);
      raw.write(whole.subarray(cut));
      const response = await raw.response();
      assert.equal(response.status, 200, `cut at ${cut}`);
      assert.equal(response.body.toString(), tally(body), `cut at ${cut}`);
    }
    raw.close();
  });

  test(`a ${name} body byte by byte, and ten at once`, async () => {
    const raw = await Raw.open(url);
    await raw.drip(whole);
    assert.equal((await raw.response()).body.toString(), tally(body));
    raw.write(Buffer.concat(Array.from({ length: 10 }, () => whole)));
    for (let i = 0; i < 10; i++) assert.equal((await raw.response()).body.toString(), tally(body), `number ${i}`);
    raw.close();
  });
}

test("extensions and trailers of a chunked body are passed over (RFC 9112 §7.1)", async () => {
  const raw = await Raw.open(url);
  const start = head("POST /sink", "Transfer-Encoding: Chunked");
  for (const chunks of [
    "3;a=b\r\nabc\r\n0\r\n\r\n",
    '0003 ; a="b;c"\r\nabc\r\n0;x\r\nX: y\r\nZ:\r\n\r\n',
    "1\r\na\r\n2\r\nbc\r\n00\r\n\r\n",
  ]) {
    assert.equal((await raw.write(start + chunks).response()).body.toString(), tally(Buffer.from("abc")), chunks);
  }
  raw.close();
});

test("no body is an empty body", async () => {
  const raw = await Raw.open(url);
  for (const request of [
    head("POST /sink"),
    head("POST /sink", "Content-Length: 0"),
    `${head("POST /sink", "Transfer-Encoding: chunked")}0\r\n\r\n`,
  ]) {
    assert.equal((await raw.write(request).response()).body.toString(), tally(Buffer.alloc(0)));
  }
  raw.close();
});

test("the largest body that is taken", async () => {
  const most = Buffer.alloc(100_000, "x");
  const response = await ask(url, Buffer.concat([Buffer.from(head("POST /sink", "Content-Length: 100000")), most]));
  assert.equal(response.body.toString(), tally(most));
});

test("Expect: 100-continue (RFC 9110 §10.1.1)", async () => {
  const raw = await Raw.open(url);
  for (let i = 0; i < 2; i++) {
    raw.write(head("POST /sink", "Content-Length: 3", "Expect: 100-Continue"));
    assert.equal((await raw.response()).status, 100);
    assert.equal((await raw.write("abc").response()).body.toString(), tally(Buffer.from("abc")));
  }
  raw.write("POST /sink HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  await delay(50);
  assert.equal(raw.input.length, 0, "not for HTTP/1.0");
  assert.equal((await raw.write("abc").response()).status, 200);
  raw.close();
});

test("a page of another origin may not POST (RFC 6454)", async () => {
  for (const [origin, status] of /** @type {const} */ ([
    ["http://evil.example", 403],
    ["null", 403],
    ["http://bench.evil.example", 403],
    ["http://bench:8080", 403],
    ["bench", 403],
    ["http://bench", 200],
    ["http://BENCH", 200],
  ])) {
    assert.equal((await ask(url, head("POST /sink", `Origin: ${origin}`))).status, status, origin);
  }
  assert.equal(
    (await ask(url, head("GET /1k.txt", "Origin: http://evil.example"))).status,
    200,
    "reading is not changing",
  );
});

test("who has sent a request and its FIN is still answered", async () => {
  for (const [whole, count] of /** @type {const} */ ([
    [head("GET /1k.txt"), 1],
    [head("GET /numbers.txt"), 1],
    [`${head("POST /sink", "Content-Length: 3")}abc`, 1],
    [head("GET /1k.txt").repeat(3), 3],
  ])) {
    const raw = await Raw.open(url);
    raw.write(whole).end();
    for (let i = 0; i < count; i++) assert.equal((await raw.response()).status, 200);
    assert.equal(await raw.ended(), "end");
    raw.close();
  }
});

test("who stops in the middle of a request is not", async () => {
  for (const part of ["GET /1k.txt HTTP/1.1\r\nHo", `${head("POST /sink", "Content-Length: 3")}ab`, ""]) {
    const raw = await Raw.open(url);
    raw.write(part).end();
    await raw.ended();
    assert.equal(raw.input.length, 0, part);
    raw.close();
  }
});

test("undici: sixty requests over four connections", async () => {
  const dispatcher = new Agent({ connections: 4, pipelining: 1 });
  try {
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const post = i % 3 === 0;
        const options = post ? { method: /** @type {const} */ ("POST"), body: Buffer.alloc(i * 100, i) } : {};
        const response = await request(`${url}${post ? "/sink" : "/1k.txt"}`, { dispatcher, ...options });
        assert.equal(response.statusCode, 200);
        const text = await response.body.text();
        assert.equal(text, post ? tally(Buffer.alloc(i * 100, i)) : small.toString());
      }),
    );
  } finally {
    await dispatcher.close();
  }
});

test("curl: compressed, uploaded, chunked", async () => {
  /** @param {string[]} args */
  const curl = async (...args) => (await promisify(execFile)("curl", ["-sS", "--max-time", "10", ...args])).stdout;
  const file = join(ROOT, "test", "images", "bench", "www", "1k.txt");
  assert.equal(await curl("--compressed", `${url}/1k.txt`), small.toString());
  assert.equal(await curl("-T", file, `${url}/sink`), tally(small));
  assert.equal(await curl("-T", file, "-H", "Transfer-Encoding: chunked", `${url}/sink`), tally(small));
  assert.equal(await curl("--data-binary", `@${file}`, "-H", "Expect: 100-continue", `${url}/sink`), tally(small));
  assert.equal(await curl("-o", "/dev/null", "-w", "%{http_code}", "-I", `${url}/nothing`), "404");
});
