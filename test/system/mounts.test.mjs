// @ts-check
/** Every kind of mount and what may be set for each. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { request as undici } from "undici";
import { text } from "../images/files/assets.mjs";
import { openAnywhere } from "../lib/anywhere.mjs";
import { request } from "../lib/files.mjs";
import { Raw } from "../lib/raw.mjs";

/** @type {import("../lib/anywhere.mjs").Anywhere} */
let device;
/** @type {string} */
let url;
before(async () => {
  device = await openAnywhere("files");
  url = device.url;
});
after(() => device?.close());

test("redirects: status, target, the rest of the path, the query (RFC 9110 §15.4)", async () => {
  for (const [target, status, location] of /** @type {[string, number, string][]} */ ([
    ["/moved", 301, "/text.txt"],
    ["/moved/below", 301, "/text.txt"],
    ["/moved?a=1&b=%20", 301, "/text.txt?a=1&b=%20"],
    ["/found", 302, "/"],
    ["/found/", 302, "/"],
    ["/found/a/b.txt?q", 302, "/a/b.txt?q"],
    ["/found//evil.example/", 302, "/evil.example/"],
    ["/found/%2e%2e/none/x", 404, ""],
    ["/found/%3Fa%23b%25%20%22%3Cü", 400, ""],
    ["/found/%3Fa%23b%25%20%22%3C%C3%BC", 302, "/%3Fa%23b%25%20%22%3C%C3%BC"],
    ["/found/%0d%0aSet-Cookie:%20a=b", 302, "/%0D%0ASet-Cookie:%20a=b"],
    ["/kept", 307, "http://example.com/base"],
    ["/kept/a", 307, "http://example.com/base/a"],
    ["/fixed", 308, "http://example.com/x?y=1"],
    ["/fixed?z=2", 308, "http://example.com/x?y=1&z=2"],
    ["/founded", 404, ""],
  ])) {
    const { headers, ...answer } = await request(url, `GET ${target}`);
    assert.equal(answer.status, status, target);
    assert.equal(headers.get("location") ?? "", location, target);
    if (location !== "") assert.equal(answer.body.length, 0);
  }
});

test("from http to https on the host that was asked for, which is checked first", async () => {
  for (const [host, location, location8443] of [
    ["Unit.Local", "https://unit.local/a/b?c", "https://unit.local:8443/a/b?c"],
    ["unit.local:8080", "https://unit.local/a/b?c", "https://unit.local:8443/a/b?c"],
    ["[fe80::1]:80", "https://[fe80::1]/a/b?c", "https://[fe80::1]:8443/a/b?c"],
    ["192.168.4.1", "https://192.168.4.1/a/b?c", "https://192.168.4.1:8443/a/b?c"],
  ]) {
    const to = await request(url, "GET /secure/a/b?c", `Host: ${host}`);
    assert.equal(to.status, 301);
    assert.equal(to.headers.get("location"), location);
    assert.equal((await request(url, "GET /secure8443/a/b?c", `Host: ${host}`)).headers.get("location"), location8443);
  }
  for (const host of ["evil.example/", "a b", "a@b", "evil.example?", "a:b"]) {
    assert.equal((await request(url, "GET /secure/", `Host: ${host}`)).status, 400, host);
  }
  const old = await Raw.open(url);
  const { headers } = await old.write("GET /secure/x HTTP/1.0\r\n\r\n").response();
  assert.equal(headers.get("location"), "https://files/x", "without Host it is the vhost's name");
});

test("every method is redirected, an upgrade too, and the connection goes on", async () => {
  const raw = await Raw.open(url);
  for (const method of ["GET", "HEAD", "DELETE"]) {
    raw.write(`${method} /moved HTTP/1.1\r\nHost: files\r\n\r\n`);
    assert.equal((await raw.response({ head: method === "HEAD" })).status, 301, method);
  }
  const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  raw.write(
    `GET /moved HTTP/1.1\r\nHost: files\r\n${upgrade.join("\r\n")}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  assert.equal((await raw.response()).status, 301);
  raw.close();
  const answer = await undici(`${url}/kept/x`, { method: "POST", body: "body" });
  assert.equal(answer.statusCode, 307);
});

test("an address that would grow too long is refused, not cut", async () => {
  assert.equal((await request(url, `GET /found/${"[".repeat(900)}`)).status, 414);
  assert.equal((await request(url, `GET /typed/${"[".repeat(900)}/`)).status, 404);
});

test("a mountpoint without its slash is redirected to the one with it, query and all", async () => {
  for (const [target, location] of [
    ["/typed", "/typed/"],
    ["/typed?a=b", "/typed/?a=b"],
    ["/none/but", "/none/but/"],
  ]) {
    const { status, headers } = await request(url, `GET ${target}`);
    assert.equal(status, 301);
    assert.equal(headers.get("location"), location);
  }
});

test("a mount that is none hides what is mounted above it, but not what is mounted below", async () => {
  for (const target of ["/none", "/none/", "/none/text.txt", "/none/butter/text.txt"]) {
    assert.equal((await request(url, `GET ${target}`)).status, 404, target);
  }
  assert.equal((await request(url, "GET /none/but/text.txt")).body.toString(), text);
  assert.equal((await request(url, "GET /nonesuch")).status, 404);
});

test("media types of a mount: its own list, the common ones, the rest", async () => {
  for (const [target, status, type] of /** @type {[string, number, string | undefined][]} */ ([
    ["/text.txt", 200, "text/plain; charset=utf-8"],
    ["/data.apk", 404, undefined],
    ["/notes.odd", 404, undefined],
    ["/typed/text.txt", 200, "text/plain; charset=utf-8"],
    ["/typed/data.apk", 200, "application/vnd.android"],
    ["/typed/notes.odd", 200, undefined],
    ["/other/notes.odd", 200, "application/x-other"],
    ["/other/text.txt", 200, "text/plain; charset=utf-8"],
    ["/other/stored.txt", 404, undefined],
    ["/other/members.zip/odd.unknown", 200, "application/x-other"],
  ])) {
    const { headers, ...answer } = await request(url, `GET ${target}`);
    assert.equal(answer.status, status, target);
    if (status === 200) assert.equal(headers.get("content-type"), type, target);
  }
  const part = await request(url, "GET /typed/notes.odd", "Range: bytes=0-0,5-6");
  assert.equal(part.status, 206);
  assert.equal(part.body.includes("Content-Type"), false, "a part has no type either");
});

test("headers of a mount stand in for all of the vhost's", async () => {
  const own = (await request(url, "GET /undated/text.txt")).headers;
  assert.equal(own.get("x-set"), "mount");
  assert.equal(own.has("content-security-policy"), false);
  const shared = (await request(url, "GET /text.txt")).headers;
  assert.equal(shared.has("x-set"), false);
  assert.match(shared.get("content-security-policy") ?? "", /default-src 'self'/);
  assert.equal((await request(url, "GET /undated/nothing.txt")).headers.get("x-set"), "mount", "on its errors, too");
});

test("options of a mount reach the protocol that two mounts share", async () => {
  assert.deepEqual(JSON.parse((await request(url, "GET /options-a")).body.toString()), { color: "red" });
  assert.deepEqual(JSON.parse((await request(url, "GET /options-b/below")).body.toString()), { color: "blue" });
});

test("a mount's body limit stands in for the protocol's", async () => {
  /** @param {string} path @param {number} length @param {boolean} [chunked] */
  const post = async (path, length, chunked = false) => {
    const raw = await Raw.open(url);
    const framing = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
    raw.write(`POST ${path} HTTP/1.1\r\nHost: files\r\n${framing}\r\n\r\n`);
    raw.write(chunked ? `${length.toString(16)}\r\n${"x".repeat(length)}\r\n0\r\n\r\n` : "x".repeat(length));
    const { status } = await raw.response();
    raw.close();
    return status;
  };
  for (const chunked of [false, true]) {
    assert.equal(await post("/options-a", 10, chunked), 200);
    assert.equal(await post("/options-a", 11, chunked), 413);
    assert.equal(await post("/options-b", 20, chunked), 200);
    assert.equal(await post("/options-b", 21, chunked), 413);
  }
});

test("a mount's own time for kept connections", async () => {
  const raw = await Raw.open(url);
  raw.write("GET /text.txt HTTP/1.1\r\nHost: files\r\n\r\n");
  await raw.response();
  raw.write("GET /options-b HTTP/1.1\r\nHost: files\r\n\r\n");
  await raw.response();
  const from = Date.now();
  assert.equal(await raw.ended(), "end");
  assert.ok(Date.now() - from < 4000, "far less than the vhost's 30 s");
  raw.close();
});

test("404 comes with the vhost's own document", async () => {
  for (const target of ["/nothing", "/nothing.html", "/members.zip/nothing.txt", "/none/x", "/typed/nothing"]) {
    const { status, headers, body } = await request(url, `GET ${target}`, "Range: bytes=0-3", "If-None-Match: *");
    assert.equal(status, 404, target);
    assert.match(body.toString(), /Our own words/);
    assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.has("etag"), false);
  }
  assert.equal((await request(url, "HEAD /nothing")).status, 404);
  assert.equal((await request(url, "GET /missing.html")).status, 200, "the document itself is a file");
  assert.equal((await request(url, "DELETE /none/x")).status, 404);
});

test("without a document there is a plain page, which says nothing that the client has said", async () => {
  const { status, body } = await request(url, "GET /%3Cscript%3E?<b>".replace("<b>", "%3Cb%3E"), "Host: bare");
  assert.equal(status, 404);
  assert.match(body.toString(), /<h1>404 Not Found<\/h1>/);
  assert.equal(body.toString().includes("script"), false);
  assert.match(body.toString(), /href="\/error.css"/);
});

test("the style sheet of error pages is built in", async () => {
  for (const host of ["bare", "files"]) {
    const { status, headers, body } = await request(url, "GET /error.css", `Host: ${host}`);
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "text/css; charset=utf-8");
    assert.match(body.toString(), /^html\{/);
  }
});
