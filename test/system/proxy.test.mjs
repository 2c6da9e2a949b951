// @ts-check
/** A reverse proxy mount in front of a true HTTP server: what is passed on, what is not, and in which form. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Agent, request as undici } from "undici";
import { imageFile } from "../../tools/lib/images.mjs";
import { head, nothingIsLeft, RawOrigin, values } from "../lib/proxy.mjs";
import { seen, startTelling } from "../lib/proxy-origin.mjs";
import { Raw } from "../lib/raw.mjs";

const run = promisify(execFile);

/** @type {Awaited<ReturnType<typeof startTelling>>} */
let all;
/** @type {import("../lib/proxy.mjs").ProxyDevice} */
let proxy;
/** @type {{ port: number }} */
let origin;
let host = "";
before(async () => {
  all = await startTelling();
  ({ proxy, origin, host } = all);
});
after(() => all?.close());

test("the path below the mountpoint is put behind the origin's, the query is kept", async () => {
  for (const [target, url] of [
    ["/p/", "/base/"],
    ["/p/a/b", "/base/a/b"],
    ["/p/a?b=c&d=%20", "/base/a?b=c&d=%20"],
    ["/p/%61%20%3F%23%25", "/base/a%20%3F%23%25"],
    ["/p/%C3%BC", "/base/%C3%BC"],
    ["/p/a/../../p/b", "/base/b"],
    ["/p//a/./b/", "/base/a/b/"],
    ["/p/[x]", ""],
    ["/p/%0d%0aX:y", "/base/%0D%0AX:y"],
  ]) {
    const response = await proxy.request(host, `GET ${target}`);
    if (url !== "") assert.equal(seen(response).url, url, target);
  }
  for (const target of ["/p/..%2fx", "/p/%5c..", "/p/%00", "/p/%ff"]) {
    assert.equal((await proxy.request(host, `GET ${target}`)).status, 400, target);
  }
  assert.equal((await proxy.request(host, "GET /p/../x")).status, 404, "nothing above the mountpoint is reached");
  assert.equal((await proxy.request(host, "GET /px")).status, 404);
});

test("a mountpoint without its slash is redirected, but not for a method that would be lost", async () => {
  const { status, headers } = await proxy.request(host, "GET /p?a");
  assert.equal(status, 301);
  assert.equal(headers.get("location"), "/p/?a");
  const post = await proxy.request(host, "POST /p", "Content-Length: 0");
  assert.equal(seen(post).url, "/base");
});

test("the longest mountpoint wins, and the root may be one", async () => {
  const name = await proxy.make({
    mounts: [
      { mountpoint: "/", origin: `http://127.0.0.1:${origin.port}` },
      { mountpoint: "/deep/er", origin: `http://127.0.0.1:${origin.port}/d/` },
      { mountpoint: "/deep" },
    ],
  });
  assert.equal(seen(await proxy.request(name, "GET /")).url, "/");
  assert.equal(seen(await proxy.request(name, "GET /x/y")).url, "/x/y");
  assert.equal(seen(await proxy.request(name, "GET /deep/er/x")).url, "/d/x");
  assert.equal((await proxy.request(name, "GET /deep/hello.txt")).body.toString(), "hello\n");
  const options = await proxy.request(name, "OPTIONS *");
  assert.equal(options.status, 204);
});

test("bodies of requests: sized, chunked, empty, of every method", async () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS"]) {
    const raw = await Raw.open(proxy.url);
    const sized = seen(await raw.write(`${head(host, `${method} /p/`, "Content-Length: 5")}12345`).response());
    assert.deepEqual([sized.method, sized.body], [method, "12345"]);
    assert.deepEqual(values(sized.fields, "content-length"), ["5"]);
    const chunks = "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nX-Trailer: 1\r\n\r\n";
    const chunked = seen(
      await raw.write(head(host, `${method} /p/`, "Transfer-Encoding: chunked") + chunks).response(),
    );
    assert.deepEqual([chunked.method, chunked.body], [method, "abcd"]);
    assert.deepEqual(values(chunked.fields, "transfer-encoding"), ["chunked"]);
    const empty = seen(await raw.write(head(host, `${method} /p/`, "Content-Length: 0")).response());
    assert.deepEqual(values(empty.fields, "content-length"), ["0"]);
    raw.close();
  }
  const none = seen(await proxy.request(host, "DELETE /p/"));
  assert.deepEqual(values(none.fields, "content-length"), ["0"]);
  assert.deepEqual(values(seen(await proxy.request(host, "GET /p/")).fields, "content-length"), []);
});

test("every byte of a large body arrives, there and back", async () => {
  const body = Buffer.alloc(300_000, "0123456789abcdef ");
  for (const chunked of [false, true]) {
    const raw = await Raw.open(proxy.url);
    raw.write(head(host, "POST /p/echo", chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`));
    if (!chunked) raw.write(body);
    else {
      for (let at = 0, size = 1; at < body.length; at += size, size = (size * 7) % 5000 || 1) {
        const piece = body.subarray(at, at + size);
        raw
          .write(`${piece.length.toString(16)}\r\n`)
          .write(piece)
          .write("\r\n");
      }
      raw.write("0\r\n\r\n");
    }
    const response = await raw.response();
    assert.deepEqual(response.body, body);
    raw.close();
  }
});

test("a body that is larger than the mount allows is refused", async () => {
  const name = await proxy.mount(origin.port, {}, { bodyLimit: 10 });
  assert.equal((await proxy.request(name, "POST /p/", "Content-Length: 11")).status, 413);
  const raw = await Raw.open(proxy.url);
  raw.write(`${head(name, "POST /p/", "Transfer-Encoding: chunked")}8\r\n12345678\r\n`);
  raw.write("8\r\n12345678\r\n0\r\n\r\n");
  assert.equal((await raw.response()).status, 413);
  raw.close();
});

test("answers keep their form: length, chunks, none; HTTP/1.0 clients get no chunks", async () => {
  const chunks = Array.from({ length: 50 }, (_, i) => `${i},`.repeat(i)).join("");
  const raw = await Raw.open(proxy.url);
  const chunked = await raw.write(head(host, "GET /p/chunks")).response();
  assert.equal(chunked.headers.get("transfer-encoding"), "chunked");
  assert.equal(chunked.body.toString(), chunks);
  const sized = await raw.write(head(host, "GET /p/")).response();
  assert.equal(Number(sized.headers.get("content-length")), sized.body.length);
  const none = await raw
    .write(head(host, "HEAD /p/headers?set=%7B%22Content-Length%22:%22123%22%7D"))
    .response({ head: true });
  assert.equal(none.headers.get("content-length"), "123");
  assert.equal((await raw.write(head(host, "GET /p/")).response()).status, 200, "the connection goes on");
  raw.close();

  const old = await Raw.open(proxy.url);
  old.write(`GET /p/chunks HTTP/1.0\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`);
  const response = await old.response();
  assert.equal(response.headers.has("transfer-encoding"), false);
  assert.equal(response.headers.get("connection"), "close");
  assert.equal(response.body.toString(), chunks);
  old.close();
  const older = await Raw.open(proxy.url);
  older.write(`GET /p/ HTTP/1.0\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`);
  assert.equal((await older.response()).headers.get("connection"), "keep-alive");
  older.write(`GET /p/ HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
  assert.deepEqual(values(seen(await older.response()).fields, "via")[0].slice(0, 3), "1.0");
  older.close();
});

test("every status is passed, with its words", async () => {
  const raw = await Raw.open(proxy.url);
  for (const status of [200, 201, 204, 206, 301, 304, 400, 401, 404, 418, 429, 500, 503, 599]) {
    const response = await raw.write(head(host, `GET /p/status?code=${status}`)).response();
    assert.equal(response.status, status);
    assert.equal(response.headers.get("x-status"), String(status));
    assert.equal(response.body.toString(), status === 204 || status === 304 ? "" : "body");
  }
  raw.write(head(host, `GET /p/headers?set=${encodeURIComponent('{"A":"b"}')}`));
  assert.equal((await raw.response()).reason, "Quite Fine");
  raw.close();
});

test("a login for the mount stays here", async () => {
  const name = await proxy.mount(origin.port, {}, { basicAuth: "users" });
  assert.equal((await proxy.request(name, "GET /p/")).status, 401);
  const login = `Authorization: Basic ${Buffer.from("user:password").toString("base64")}`;
  const { fields } = seen(await proxy.request(name, "GET /p/", login));
  assert.deepEqual(values(fields, "authorization"), []);
});

test("Expect: 100-continue is the origin's to answer (RFC 9110 §10.1.1)", async () => {
  const slow = await RawOrigin.open();
  const name = await proxy.mount(slow.port);
  const raw = await Raw.open(proxy.url);
  raw.write(head(name, "POST /p/", "Content-Length: 5", "Expect: 100-continue"));
  const { raw: there, fields } = await slow.request();
  assert.deepEqual(values(fields, "expect"), ["100-continue"]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(raw.input.length, 0, "nobody has said so yet");
  there.write("HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
  assert.equal(await raw.takeTo("\r\n\r\n"), "HTTP/1.1 100 Continue");
  raw.write("12345");
  assert.equal((await there.take(5)).toString(), "12345");
  there.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  assert.equal((await raw.response()).body.toString(), "ok");

  raw.write(head(name, "POST /p/", "Content-Length: 5", "Expect: 100-continue"));
  const refused = await slow.request();
  refused.raw.write("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
  const response = await raw.response();
  assert.equal(response.status, 417);
  assert.equal(response.headers.get("connection"), "close", "where the next request begins is not certain");
  raw.close();
  slow.close();
});

test("an origin that answers before the request is complete", async () => {
  const early = await RawOrigin.open();
  const name = await proxy.mount(early.port);
  for (const [status, passes] of /** @type {[string, boolean][]} */ ([
    ["413 No", true],
    ["302 Elsewhere", true],
    ["200 OK", false],
  ])) {
    const raw = await Raw.open(proxy.url);
    raw.write(`${head(name, "POST /p/", "Content-Length: 10")}12345`);
    const { raw: there } = await early.request();
    await there.take(5);
    there.write(`HTTP/1.1 ${status}\r\nContent-Length: 4\r\n\r\nbody`);
    if (!passes) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(raw.input.length, 0, "success is meant for all of it");
      raw.write("67890");
      assert.equal((await there.take(5)).toString(), "67890");
    }
    const response = await raw.response();
    assert.equal(response.body.toString(), "body");
    assert.equal(response.headers.get("connection") === "close", passes);
    raw.close();
    there.close();
  }
  early.close();
});

test("requests beyond the limit wait for their turn, and not for ever", async () => {
  const slow = await RawOrigin.open();
  const name = await proxy.mount(slow.port, { requests: 1, connectTimeout: 500 });
  const first = await Raw.open(proxy.url);
  first.write(head(name, "GET /p/1"));
  const { raw: there } = await slow.request();
  const second = await Raw.open(proxy.url);
  second.write(head(name, "GET /p/2"));
  const third = await Raw.open(proxy.url);
  third.write(head(name, "GET /p/3"));
  await new Promise((resolve) => setTimeout(resolve, 200));
  third.close(true);
  there.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
  assert.equal((await first.response()).body.toString(), "1");
  const next = await slow.request();
  assert.equal(next.line, "GET /base/2 HTTP/1.1");
  first.write(head(name, "GET /p/4"));
  const busy = await first.response();
  assert.equal(busy.status, 503);
  assert.equal(busy.headers.get("retry-after"), "2");
  next.raw.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
  assert.equal((await second.response()).body.toString(), "2");
  for (const raw of [first, second]) raw.close();
  slow.close();
});

test("a chain that leads back to where it began is cut", async () => {
  const port = proxy.device.portBase + 81;
  const name = await proxy.make({
    mounts: [{ mountpoint: "/", origin: `http://${proxy.device.apAddress}:${port}/p` }],
  });
  // The origin's vhost is chosen by the Host that it is asked for: an address is nobody's name, so the first one answers.
  assert.equal((await proxy.request(name, "GET /x")).status, 404);
  const raw = await RawOrigin.open();
  const via = await proxy.mount(raw.port);
  const client = await Raw.open(proxy.url);
  client.write(head(via, "GET /p/"));
  const { raw: there, fields } = await raw.request();
  const [own] = values(fields, "via");
  const back = await proxy.request(via, "GET /p/", `Via: 1.1 other, ${own}`);
  assert.equal(back.status, 508);
  there.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  assert.equal((await client.response()).status, 200);
  client.close();
  raw.close();
});

test("pipelined requests are answered in order", async () => {
  const raw = await Raw.open(proxy.url);
  raw.write(Array.from({ length: 20 }, (_, i) => head(host, `GET /p/${i}`)).join(""));
  for (let i = 0; i < 20; i++) assert.equal(seen(await raw.response()).url, `/base/${i}`);
  raw.close();
});

test("undici and curl as clients", async () => {
  const dispatcher = new Agent();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      undici(`${proxy.url}/p/${i}`, { dispatcher, headers: { host }, method: "POST", body: `${i}` }),
    ),
  );
  for (const [i, { statusCode, body }] of answers.entries()) {
    assert.equal(statusCode, 200);
    assert.equal(/** @type {{ body: string }} */ (await body.json()).body, String(i));
  }
  await dispatcher.close();
  const large = "x".repeat(100_000);
  const { stdout } = await run("curl", ["-sS", "-H", `Host: ${host}`, "--data-binary", large, `${proxy.url}/p/echo`]);
  assert.equal(stdout, large);
});

test("an origin that can't be right is refused when the vhost is made", async () => {
  for (const address of [
    "https://127.0.0.1/",
    "http://localhost/",
    "http://256.0.0.1/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1/a b",
    "http://127.0.0.1/?q",
    "http://u@127.0.0.1/",
    "http://224.0.0.1/",
    "http://0.0.0.0/",
    "http://127.0.0.1/../x",
    "http://127.0.0.1/\r\nX: y",
    "127.0.0.1",
  ]) {
    await assert.rejects(proxy.make({ mounts: [{ mountpoint: "/p", origin: address }] }), /BAD_OPTION/, address);
  }
  await assert.rejects(proxy.mount(80, { requests: 0 }), /BAD_OPTION/);
  await assert.rejects(proxy.mount(80, { headerBytes: 1e6 }), /BAD_OPTION/);
});

test("an image that names no proxy links none", () => {
  for (const [name, isLinked] of /** @type {[string, boolean][]} */ ([
    ["proxy", true],
    ["files", false],
    ["factory", false],
  ])) {
    assert.equal(readFileSync(imageFile(name)).includes("lws/client/proxy/mount"), isLinked, name);
  }
});

test("nothing is left", () => nothingIsLeft(proxy));
