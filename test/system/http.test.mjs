// @ts-check
/** HTTP/1 as clients use it: methods, kept connections, pipelining, files, bodies. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ROOT } from "../../tools/lib/paths.mjs";
import { openAnywhere } from "../lib/anywhere.mjs";
import { head, tally } from "../lib/bench.mjs";
import { ask, Raw } from "../lib/raw.mjs";

const www = join(ROOT, "test", "images", "bench", "www");
const small = readFileSync(join(www, "1k.txt"));
const large = readFileSync(join(www, "numbers.txt"));

/** @type {import("../lib/anywhere.mjs").Anywhere} */
let bench;
/** @type {string} */
let url;
before(async () => {
  bench = await openAnywhere("bench");
  url = bench.url;
});
after(() => bench?.close());

test("a file: status, type, length, headers of every response", async () => {
  const { status, reason, headers, body } = await ask(url, head("GET /1k.txt"));
  assert.equal(`${status} ${reason}`, "200 OK");
  assert.deepEqual(body, small);
  assert.equal(headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.match(headers.get("content-security-policy") ?? "", /default-src 'self'/);
  assert.equal(headers.has("connection"), false);
});

test("a file of several windows, also to a reader that stops now and then", async () => {
  assert.deepEqual((await ask(url, head("GET /numbers.txt"))).body, large);
  const raw = await Raw.open(url);
  raw.socket.pause();
  raw.write(head("GET /numbers.txt") + head("GET /1k.txt"));
  for (let i = 0; i < 5; i++) {
    await delay(20);
    raw.socket.resume();
    await raw.take(1);
    raw.input = Buffer.concat([Buffer.from("x"), raw.input]);
    raw.socket.pause();
  }
  raw.socket.resume();
  raw.input[0] = "H".charCodeAt(0);
  assert.deepEqual((await raw.response()).body, large);
  assert.deepEqual((await raw.response()).body, small);
  raw.close();
});

test("the query is no part of the path, and an absolute target is like any other", async () => {
  for (const target of ["/1k.txt?", "/1k.txt?x=%zz&/../", "/./a/../1k.txt", "/%31k.txt", "http://other:81/1k.txt"]) {
    assert.equal((await ask(url, head(`GET ${target}`))).status, 200, target);
  }
  assert.equal((await ask(url, head("GET http://bench"))).status, 404);
  assert.equal((await ask(url, "GET /1k.txt HTTP/1.7\r\nHost: a\r\n\r\n")).status, 200);
});

test("404 keeps the connection", async () => {
  const raw = await Raw.open(url);
  for (const path of ["/", "/nothing", "/1k.txt/", "/1K.txt", "/numbers", "/breakfast", "/../../etc/passwd"]) {
    assert.equal((await raw.write(head(`GET ${path}`)).response()).status, 404, path);
  }
  assert.equal((await raw.write(head("GET /1k.txt")).response()).status, 200);
  raw.close();
});

test("405 says what is allowed (RFC 9110 §15.5.6)", async () => {
  for (const [start, allow] of [
    ["POST /1k.txt", "GET, HEAD"],
    ["DELETE /1k.txt", "GET, HEAD"],
    ["GET /sink", "POST, PUT"],
    ["PATCH /sink", "POST, PUT"],
    ["PUT /flood", "GET, HEAD"],
  ]) {
    const raw = await Raw.open(url);
    const { status, headers } = await raw.write(head(start)).response();
    assert.equal(status, 405, start);
    assert.equal(headers.get("allow"), allow, start);
    assert.equal((await raw.write(head("GET /1k.txt")).response()).status, 200, "kept");
    raw.close();
  }
  assert.equal((await ask(url, `${head("POST /1k.txt", "Content-Length: 3")}abc`)).status, 405);
});

test("HEAD is GET without its body (RFC 9110 §9.3.2)", async () => {
  const raw = await Raw.open(url);
  for (const path of ["/1k.txt", "/numbers.txt", "/nothing", "/sink"]) {
    const whole = await raw.write(head(`GET ${path}`)).response();
    const bare = await raw.write(head(`HEAD ${path}`)).response({ head: true });
    assert.equal(bare.status, whole.status, path);
    assert.deepEqual(bare.headers, whole.headers, path);
  }
  assert.equal(raw.input.length, 0);
  raw.close();
});

test("kept connections (RFC 9112 §9.3)", async () => {
  for (const [version, connection, answered, kept] of /** @type {const} */ ([
    ["1.1", "", undefined, true],
    ["1.1", "close", "close", false],
    ["1.1", "Close", "close", false],
    ["1.1", "foo, close", "close", false],
    ["1.1", "keep-alive", undefined, true],
    ["1.0", "", "close", false],
    ["1.0", "keep-alive", "keep-alive", true],
    ["1.0", "foo, Keep-Alive", "keep-alive", true],
  ])) {
    const raw = await Raw.open(url);
    raw.write(`GET /1k.txt HTTP/${version}\r\nHost: a\r\n${connection && `Connection: ${connection}\r\n`}\r\n`);
    const response = await raw.response();
    const what = `HTTP/${version} ${connection}`;
    assert.equal(response.headers.get("connection"), answered, what);
    assert.deepEqual(response.body, small);
    if (kept) assert.equal((await raw.write(head("GET /1k.txt")).response()).status, 200, what);
    else assert.equal(await raw.ended(), "end", what);
    raw.close();
  }
  const old = await Raw.open(url);
  assert.equal((await old.write("GET /1k.txt HTTP/1.0\r\n\r\n").response()).status, 200, "no Host");
  assert.equal(await old.ended(), "end");
  old.close();
});

test("a response of unknown length is chunked for HTTP/1.1 and ended by the connection for 1.0", async () => {
  const raw = await Raw.open(url);
  raw.write(head("GET /flood/5"));
  const response = await raw.response();
  assert.equal(response.headers.get("transfer-encoding"), "chunked");
  assert.equal(response.body.length, 5 * 1024);
  assert.equal((await raw.write(head("GET /1k.txt")).response()).status, 200, "kept");
  raw.close();
  const old = await Raw.open(url);
  const bare = await old.write("GET /flood/5 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").response();
  assert.equal(bare.headers.has("transfer-encoding"), false);
  assert.equal(bare.headers.get("connection"), "close");
  assert.equal(bare.body.length, 5 * 1024);
  old.close();
});

const pipeline = [
  head("GET /1k.txt"),
  head("GET /nothing"),
  head("HEAD /1k.txt"),
  `${head("POST /sink", "Content-Length: 5")}abcde`,
  head("GET /numbers.txt"),
].join("");

/** @param {Raw} raw @param {Buffer} last body of the last response */
async function expectPipeline(raw, last = large) {
  assert.deepEqual((await raw.response()).body, small);
  assert.equal((await raw.response()).status, 404);
  assert.equal((await raw.response({ head: true })).status, 200);
  assert.equal((await raw.response()).body.toString(), tally(Buffer.from("abcde")));
  assert.deepEqual((await raw.response()).body, last);
  assert.equal(raw.input.length, 0);
}

test("five requests in one segment are answered in order", async () => {
  const raw = await Raw.open(url);
  await expectPipeline(raw.write(pipeline));
  raw.close();
});

test("five requests byte by byte", async () => {
  const raw = await Raw.open(url);
  await raw.drip(pipeline);
  await expectPipeline(raw);
  raw.close();
});

test("five requests cut in two at every byte", async () => {
  const short = pipeline.replace("/numbers.txt", "/1k.txt");
  for (let cut = 1; cut < short.length; cut++) {
    const raw = await Raw.open(url);
    raw.write(short.slice(0, cut));
    await delay(1);
    raw.write(short.slice(cut));
    await expectPipeline(raw, small);
    raw.close();
  }
});

test("a hundred requests at once", async () => {
  const raw = await Raw.open(url);
  raw.write(head("GET /1k.txt").repeat(100));
  for (let i = 0; i < 100; i++) assert.deepEqual((await raw.response()).body, small);
  raw.close();
});

test("empty lines before a request are passed over (RFC 9112 §2.2)", async () => {
  const raw = await Raw.open(url);
  raw.write(`\r\n\r\n${head("GET /1k.txt")}\r\n${head("GET /1k.txt")}`);
  assert.equal((await raw.response()).status, 200);
  assert.equal((await raw.response()).status, 200);
  raw.close();
});
