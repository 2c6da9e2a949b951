// @ts-check
/** Files with names in them that a protocol replaces. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { split } from "../images/files/assets.mjs";
import { request, startFiles } from "../lib/files.mjs";
import { Raw } from "../lib/raw.mjs";

/** @type {Awaited<ReturnType<typeof startFiles>>["device"]} */
let device;
/** @type {string} */
let url;
before(async () => {
  ({ device, url } = await startFiles());
});
after(() => device?.close());

/** What /…?who=WHO makes of `$name`. @param {string} [who] */
const value = (who = "") => `&lt;b class=&quot;x&quot;&gt;&#39;&amp;&#39; ${who}&lt;/b&gt;`;

test("names are replaced by escaped values; what is no name of ours stays", async () => {
  const { status, headers, body } = await request(url, "GET /page.shtml?who=%3Cscript%3E%22'");
  const name = value("&lt;script&gt;&quot;&#39;");
  assert.equal(status, 200);
  assert.equal(
    body.toString(),
    `name=${name};unknown=$unknown;price=5$;twice=$${name};glued=${name}${name};end=${name}`,
  );
  assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(headers.get("transfer-encoding"), "chunked");
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.has("etag"), false);
});

test("names cut by any end of a piece, values longer than a piece, names that are too long", async () => {
  const expected = split.replace(/\$([A-Za-z0-9_]+)/g, (whole, name) => {
    if (name === "name") return value();
    if (name === "long") return "0123456789".repeat(300);
    return name === "x".repeat(31) ? "" : whole;
  });
  const { body } = await request(url, "GET /split.shtml");
  assert.equal(body.length, expected.length);
  assert.equal(body.toString(), expected);
});

test("a name has 31 characters at most", async () => {
  const { body } = await request(url, "GET /long-name.shtml");
  assert.equal(body.toString(), `$${"y".repeat(32)};$${"y".repeat(33)}${value()}`);
});

test("a reader that stops now and then gets the same", async () => {
  const expected = (await request(url, "GET /split.shtml")).body;
  const raw = await Raw.open(url);
  raw.socket.pause();
  raw.write("GET /split.shtml HTTP/1.1\r\nHost: files\r\n\r\nGET / HTTP/1.1\r\nHost: files\r\n\r\n");
  await new Promise((resolve) => setTimeout(resolve, 300));
  raw.socket.resume();
  assert.deepEqual((await raw.response()).body, expected);
  assert.equal((await raw.response()).status, 200);
  raw.close();
});

test("neither gzip nor ranges nor conditions", async () => {
  const fields = ["Accept-Encoding: gzip", "Range: bytes=0-3", "If-None-Match: *"];
  const { status, headers } = await request(url, "GET /page.shtml", ...fields);
  assert.equal(status, 200);
  assert.equal(headers.has("content-encoding"), false);
});

test("HTTP/1.0 gets it without chunks, up to the end of the connection", async () => {
  const raw = await Raw.open(url);
  raw.write("GET /page.shtml HTTP/1.0\r\n\r\n");
  const { headers, body } = await raw.response();
  assert.equal(headers.has("transfer-encoding"), false);
  assert.match(body.toString(), /^name=&lt;b.*end=&lt;b/);
});

test("HEAD gets the headers, and the connection goes on", async () => {
  const raw = await Raw.open(url);
  raw.write("HEAD /page.shtml HTTP/1.1\r\nHost: files\r\n\r\n");
  const { status, headers } = await raw.response({ head: true });
  assert.equal(status, 200);
  assert.equal(headers.get("transfer-encoding"), "chunked");
  assert.equal((await raw.write("GET / HTTP/1.1\r\nHost: files\r\n\r\n").response()).status, 200);
  raw.close();
});

test("a member of an archive, the protocol bound as long as the file goes out", async () => {
  assert.equal((await request(url, "GET /members.zip/page.shtml")).body.toString(), `name=${value()}`);
  for (let i = 0; i < 3; i++) {
    const { body } = await request(url, "GET /open.shtml");
    assert.equal(body.toString(), "1 pss");
  }
});

test("a protocol that can't be bound: 500, and what was begun is given up", async () => {
  for (let i = 0; i < 3; i++) {
    const { status, body } = await request(url, "GET /members.zip/page.shtml?refuse");
    assert.equal(status, 500);
    assert.match(body.toString(), /^<!DOCTYPE html>.*<\/html>\n$/);
  }
  const raw = await Raw.open(url);
  raw.write("GET /heavy/members.zip/page.shtml?refuse HTTP/1.1\r\nHost: files\r\n\r\n");
  assert.equal((await raw.response()).status, 500);
  await raw.ended();
  assert.equal(raw.input.length, 0, "nothing comes behind a page that did not fit beside its head");
  assert.equal((await request(url, "GET /members.zip/page.shtml")).status, 200, "the inflater is free again");
});

test("a protocol that throws costs its own connection", async () => {
  const raw = await Raw.open(url);
  raw.write("GET /fail.shtml HTTP/1.1\r\nHost: files\r\n\r\n");
  await raw.ended();
  assert.equal(raw.input.includes("0\r\n\r\n"), false, "no end that looks like a good one");
  assert.equal((await request(url, "GET /open.shtml")).body.toString(), "1 pss");
});
