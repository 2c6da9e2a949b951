// @ts-check
/** Header fields through a reverse proxy mount: what is passed on, what is written anew, and what stays behind. */
import assert from "node:assert/strict";
import { get } from "node:http";
import { after, before, test } from "node:test";
import { head, values } from "../lib/proxy.mjs";
import { seen, startTelling } from "../lib/proxy-origin.mjs";
import { Raw } from "../lib/raw.mjs";

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

test("headers of the connection stay behind, what tells of the client is ours (RFC 9110 §7.6)", async () => {
  const { fields } = seen(
    await proxy.request(
      host,
      "GET /p/",
      "Accept: text/html",
      "accept-encoding: gzip",
      "Cookie: a=b",
      "Authorization: Basic dTpw",
      "Connection: keep-alive, X-Secret ,x-other",
      "Connection: x-third",
      "X-Secret: 1",
      "X-OTHER: 2",
      "X-Third: 3",
      "Keep-Alive: timeout=5",
      "TE: trailers",
      "Trailer: X-Sum",
      "Upgrade: h2c",
      "HTTP2-Settings: AAA",
      "Proxy-Authorization: Basic dTpw",
      "Proxy-Connection: keep-alive",
      "X-Forwarded-For: 6.6.6.6",
      "X-Forwarded-Host: evil.example",
      "X-Forwarded-Port: 1",
      "Forwarded: for=6.6.6.6",
      "X-Real-IP: 6.6.6.6",
      "X_Forwarded_For: 6.6.6.6",
      "Via: 1.0 fred",
      "Origin: http://elsewhere.example",
      "X-Kept: \xfc",
    ),
  );
  assert.deepEqual(
    fields.filter((/** @type {string} */ field) => !/^via:/i.test(field)),
    [
      `Host: 127.0.0.1:${origin.port}`,
      "Accept: text/html",
      "accept-encoding: gzip",
      "Cookie: a=b",
      "Authorization: Basic dTpw",
      "Origin: http://elsewhere.example",
      "X-Kept: \xfc",
      "X-Forwarded-For: 127.0.0.1",
      "X-Forwarded-Proto: http",
      `X-Forwarded-Host: ${host}`,
      "Connection: close",
    ],
  );
  const via = values(fields, "via");
  assert.equal(via[0], "1.0 fred");
  assert.match(via[1], /^1\.1 lws-xs-[0-9a-f]{8}$/);
});

test("a page of ours is a page of the origin's to the origin; those of others change nothing, unless they may", async () => {
  const own = await proxy.request(host, "POST /p/", `Origin: http://${host}`, "Content-Length: 0");
  assert.deepEqual(values(seen(own).fields, "origin"), [`http://127.0.0.1:${origin.port}`]);
  const foreign = ["Origin: http://app.example", "Content-Length: 0"];
  assert.equal((await proxy.request(host, "POST /p/", ...foreign)).status, 403);
  const open = await proxy.mount(origin.port, {}, { allowOrigin: "http://app.example http://b.example" });
  assert.deepEqual(values(seen(await proxy.request(open, "POST /p/", ...foreign)).fields, "origin"), [
    "http://app.example",
  ]);
  assert.equal((await proxy.request(open, "DELETE /p/", "Origin: http://c.example")).status, 403);
});

/** Headers of an answer that has `set`. @param {object} set @param {string} [name] */
async function answered(set, name = host) {
  const { headers } = await proxy.request(name, `GET /p/headers?set=${encodeURIComponent(JSON.stringify(set))}`);
  return headers;
}

test("headers of answers: those of the connection stay behind, the vhost's stand in for what is not there", async () => {
  const headers = await answered({
    "Content-Security-Policy": "default-src 'none'",
    Connection: "close, x-hop",
    "X-Hop": "1",
    "Keep-Alive": "timeout=5",
    Trailer: "X-Sum",
    "Proxy-Authenticate": "Basic",
    "Alt-Svc": 'h2=":443"',
    "Set-Cookie": "a=b; Path=/",
    ETag: '"1"',
    Server: "origin",
    x_y: "z",
  });
  assert.equal(headers.get("content-security-policy"), "default-src 'none'");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("referrer-policy"), "same-origin");
  for (const name of ["connection", "x-hop", "keep-alive", "trailer", "proxy-authenticate", "alt-svc"]) {
    assert.equal(headers.has(name), false, name);
  }
  assert.equal(headers.get("set-cookie"), "a=b; Path=/");
  assert.equal(headers.get("etag"), '"1"');
  assert.equal(headers.get("server"), "origin");
  assert.equal(headers.get("x_y"), "z");
  assert.match(headers.get("via") ?? "", /^1\.1 lws-xs-/);
  const plain = await proxy.mount(origin.port, {}, { headers: { "X-Mount": "1" } });
  const own = await answered({}, plain);
  assert.equal(own.get("x-mount"), "1");
  assert.equal(own.has("content-security-policy"), false);
});

test("several cookies are several headers", async () => {
  const cookies = await new Promise((resolve, reject) => {
    const set = encodeURIComponent(JSON.stringify({ "Set-Cookie": ["a=1", "b=2; HttpOnly"] }));
    const options = { headers: { Host: host }, agent: false };
    get(`${proxy.url}/p/headers?set=${set}`, options, (response) => {
      response.resume();
      resolve(response.headers["set-cookie"]);
    }).on("error", reject);
  });
  assert.deepEqual(cookies, ["a=1", "b=2; HttpOnly"]);
});

test("redirects to the origin lead to the mount", async () => {
  const at = `127.0.0.1:${origin.port}`;
  for (const [location, expected] of [
    [`http://${at}/base/x?y=1#z`, "/p/x?y=1#z"],
    [`HTTP://${at}/base/`, "/p/"],
    [`http://${at}/base`, "/p"],
    [`http://${at}/base?q`, "/p?q"],
    [`//${at}/base/x`, "/p/x"],
    ["/base/x", "/p/x"],
    ["/base/\xfc", "/p/\xfc"],
    ["/basement", "/basement"],
    [`http://${at}/other`, `http://${at}/other`],
    [`http://${at}0/base/x`, `http://${at}0/base/x`],
    [`http://${at}@evil.example/base/`, `http://${at}@evil.example/base/`],
    [`https://${at}/base/x`, `https://${at}/base/x`],
    ["http://example.com/base/x", "http://example.com/base/x"],
    ["//example.com/base/x", "//example.com/base/x"],
    ["x/y", "x/y"],
    ["?q", "?q"],
  ]) {
    const name = location.includes("\xfc") ? "latin1" : location;
    const query = encodeURIComponent(JSON.stringify({ Location: location }));
    const raw = await Raw.open(proxy.url);
    const text = await raw.write(head(host, `GET /p/headers?set=${query}`)).takeTo("\r\n\r\n");
    raw.close();
    assert.equal(/^Location: (.*)$/m.exec(text)?.[1], expected, name);
  }
  const root = await proxy.make({ mounts: [{ mountpoint: "/", origin: `http://${at}` }] });
  for (const [location, expected] of [
    [`http://${at}`, "/"],
    [`http://${at}?q`, "/?q"],
    [`http://${at}/x`, "/x"],
    [`http://${at}//evil.example/`, `http://${at}//evil.example/`],
  ]) {
    const query = encodeURIComponent(JSON.stringify({ Location: location }));
    const { headers } = await proxy.request(root, `GET /headers?set=${query}`);
    assert.equal(headers.get("location"), expected);
  }
});
