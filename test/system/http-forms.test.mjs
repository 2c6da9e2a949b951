// @ts-check
/** HTTP as a client: forms that it sends, and cookies that it keeps. The image is test/images/client. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, NETWORK, startClient } from "../lib/client.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { rested } from "../lib/settle.mjs";

/** @typedef {import("../lib/client.mjs").Outcome} Outcome */
/** @typedef {{ name: string, value?: string, filename?: string, type?: string, count?: number, times?: number, open?: boolean }} Field */

const HOSTS = [
  "www.shop.example",
  "shop.example",
  "pay.shop.example",
  "a.b.shop.example",
  "www.shop.co.uk",
  "shop.co.uk",
];
const SECURE = "www.shop.example";

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {NameServer} */ let names;
const origins = new Origins();
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: SECURE }, root);

before(async () => {
  names = await NameServer.start();
  for (const host of [...HOSTS, "other.example"]) names.names.set(host, ["127.0.0.1"]);
  device = await startClient([...names.switchFor(NETWORK), "--clock", "real"]);
});
after(async () => {
  await device?.close();
  names?.close();
  origins.close();
  pki.close();
});

/** Lets the device ask. @param {string} url @param {object} [order] @param {string} [authority] @returns {Promise<Outcome>} */
function get(url, order = {}, authority = "") {
  return ask(device, { url, options: { idle: 300 }, ...order }, { authority });
}

/** @param {number} count */
const letters = (count) => "abcdefghijklmnopqrstuvwxyz".repeat(Math.ceil(count / 26)).slice(0, count);
/** @param {Field} field */
const textOf = ({ value = "", times = 1, count }) => (count === undefined ? value.repeat(times) : letters(count));

/** @type {{ type: string, length: string | undefined, body: Buffer } | undefined} */ let last;
/** Takes any request, and leads those to /N elsewhere by that status. @type {import("node:http").RequestListener} */
async function take(request, response) {
  const pieces = [];
  try {
    for await (const piece of request) pieces.push(piece);
  } catch {
    // It was given up.
    return;
  }
  const { "content-type": type = "", "content-length": length } = request.headers;
  last = { type, length, body: Buffer.concat(pieces) };
  const [, status] = /^\/(\d+)/.exec(request.url ?? "") ?? [];
  if (status) response.writeHead(Number(status), { Location: "/there" });
  response.end("hello");
}

/** @type {Field[][]} */
const FORMS = [
  [{ name: "a", value: "b" }],
  [
    { name: "a", value: "" },
    { name: "", value: "x" },
  ],
  [
    { name: "ä ö+&=%", value: "1 + 1 = 2 & ü\r\n\t\u0001~*-._\u{1f600}" },
    { name: "b", value: "x", times: 3000 },
    { name: "b", value: "%", times: 2500 },
  ],
  [
    { name: "c", count: 0 },
    { name: "d", count: 10_000 },
    { name: "e", count: 5000, open: true },
    { name: "f", value: "last" },
  ],
  Array.from({ length: 8 }, (_, i) => ({ name: `f${i}`, value: "v", times: 20 * i })),
  [],
];

test("urlencoded: what is sent is what was meant, and as long as was said", async () => {
  const port = await origins.http(take);
  for (const fields of FORMS) {
    const order = { method: "POST", form: "urlencoded", fields };
    assert.equal((await get(`http://127.0.0.1:${port}/`, order)).text, "hello");
    assert.equal(last?.type, "application/x-www-form-urlencoded");
    assert.equal(last?.length, fields.some(({ count }) => count) ? undefined : String(last?.body.length));
    assert.match(String(last?.body), /^[\w.+%=&-]*$/);
    const parsed = [...new URLSearchParams(String(last?.body))];
    assert.deepEqual(
      parsed,
      fields.map((field) => [field.name, textOf(field)]),
    );
  }
});

test("multipart: parts with names of files and types, of any length", async () => {
  const port = await origins.http(take);
  const files = [
    { name: 'a"b', filename: 'x"y\r\nz.bin', type: "application/octet-stream", count: 3000 },
    { name: "note", value: "--lws\r\n\r\n--" },
    { name: "file", filename: "", type: "text/plain", value: "" },
  ];
  for (const fields of [...FORMS, files]) {
    if (fields.length === 0) continue;
    const order = { method: "POST", form: "multipart", fields };
    assert.equal((await get(`http://127.0.0.1:${port}/`, order)).text, "hello");
    const isOpen = fields.some((field) => "open" in field);
    assert.equal(last?.length, isOpen ? undefined : String(last?.body.length));
    const answer = new Response(last?.body, { headers: { "Content-Type": String(last?.type) } });
    const parsed = [];
    for (const [name, value] of await answer.formData())
      parsed.push(typeof value === "string" ? [name, value] : [name, value.name, value.type, await value.text()]);
    const expected = fields.map((/** @type {Field} */ field) => {
      const { name, filename, type } = field;
      // What a parser makes of the line breaks in a name of a file is its own affair.
      return filename === undefined ? [name, textOf(field)] : [name, filename, type, textOf(field)];
    });
    assert.deepEqual(parsed, expected);
  }
});

test("a form is written once more behind a redirect that wants it, and left out behind one that does not", async () => {
  const port = await origins.http(take);
  const fields = [{ name: "d", count: 3000 }];
  for (const form of ["urlencoded", "multipart"]) {
    for (const status of [302, 307]) {
      last = undefined;
      const order = { method: "POST", form, fields, redirects: 1 };
      assert.equal((await get(`http://127.0.0.1:${port}/${status}`, order)).text, "hello");
      const body = String(/** @type {any} */ (last).body);
      assert.equal(body.includes(letters(3000)), status === 307);
      assert.equal(/** @type {any} */ (last).type !== "", status === 307);
    }
  }
});

test("forms that can't be are refused", async () => {
  const port = await origins.http(take);
  const ask = (/** @type {object} */ field, form = "multipart") =>
    get(`http://127.0.0.1:${port}/`, { method: "POST", form, fields: [field] });
  assert.equal((await ask({ name: "a", type: "a\r\nb" })).thrown, "BAD_OPTION");
  for (const form of ["multipart", "urlencoded"])
    assert.equal((await ask({ name: "", long: 3000 }, form)).error, "BAD_OPTION");
});

// --- cookies ------------------------------------------------------------------------------------------------------------------

let jars = 2048;
/** A server with what it sets at "/set", and a client that visits it; returns the Cookie header of each path. */
class Shop {
  /** @type {string[]} */ set = [];
  /** @type {string | undefined} */ heard;
  /** Nobody else has a jar of this size. */
  jar = ++jars;
  port = 0;
  securePort = 0;
  options = { idle: 300 };

  static async open() {
    const shop = new Shop();
    /** @type {import("node:http").RequestListener} */
    const listener = (request, response) => {
      shop.heard = request.headers.cookie;
      if (request.url?.startsWith("/set") && shop.set.length > 0) response.setHeader("Set-Cookie", shop.set);
      if (request.url === "/set/and/go") response.writeHead(302, { Location: "/there" });
      response.end("hello");
    };
    shop.port = await origins.http(listener);
    shop.securePort = await origins.http(listener, pair);
    return shop;
  }

  /** @param {string} path @param {string} [host] @param {object} [order] */
  async visit(path, host = "www.shop.example", order = {}) {
    const isSecure = host.startsWith("https://");
    const place = isSecure ? `${host}:${this.securePort}` : `http://${host}:${this.port}`;
    this.heard = undefined;
    const outcome = await get(
      place + path,
      { jar: this.jar, options: this.options, ...order },
      isSecure ? root.cert : "",
    );
    assert.equal(outcome.text, "hello", JSON.stringify(outcome));
    return this.heard;
  }

  /** Sets cookies. @param {string[]} set @param {string} [host] @param {string} [path] */
  async give(set, host, path = "/set") {
    this.set = set;
    await this.visit(path, host);
    this.set = [];
  }
}

test("a cookie comes back to where it is from: to its host, below its path, the longest first", async () => {
  const shop = await Shop.open();
  await shop.give(["a=1", "b=2; Path=/x", "c=3; path=/x/y/", "d=4; PATH=x", " e = 5 = 6 ;; foo", "f=", "noname", "=g"]);
  assert.equal(await shop.visit("/"), "a=1; d=4; e=5 = 6; f=");
  assert.equal(await shop.visit("/x"), "b=2; a=1; d=4; e=5 = 6; f=");
  assert.equal(await shop.visit("/xy"), "a=1; d=4; e=5 = 6; f=");
  assert.equal(await shop.visit("/x/y/z?q"), "c=3; b=2; a=1; d=4; e=5 = 6; f=");
  assert.equal(await shop.visit("/", "shop.example"), undefined);
  assert.equal(await shop.visit("/", "pay.shop.example"), undefined);
  assert.equal(await shop.visit("/", "127.0.0.1"), undefined);
  await shop.give(["g=7"], undefined, "/set/here/now");
  assert.equal(await shop.visit("/set/here"), "g=7; a=1; d=4; e=5 = 6; f=");
  assert.doesNotMatch(String(await shop.visit("/set/her")), /g=7/);
  await shop.give(["h=8; Path=/"], undefined, "/set/and/go");
  const order = { redirects: 1 };
  assert.match(String(await shop.visit("/set/and/go", undefined, order)), /h=8/, "a redirect has set it");
});

test("domains: a neighbour's may be shared, another's or a registry's not", async () => {
  for (const [host, domain, takers] of /** @type {[string, string, string[]][]} */ ([
    ["www.shop.example", "shop.example", ["www.shop.example", "shop.example", "pay.shop.example", "a.b.shop.example"]],
    ["www.shop.example", ".Shop.Example", ["www.shop.example", "shop.example", "pay.shop.example", "a.b.shop.example"]],
    ["shop.example", "shop.example", ["www.shop.example", "shop.example", "pay.shop.example", "a.b.shop.example"]],
    ["www.shop.example", "www.shop.example", ["www.shop.example"]],
    // Too far up: for the host alone.
    ["a.b.shop.example", "shop.example", ["a.b.shop.example"]],
    ["shop.example", "example", ["shop.example"]],
    ["shop.co.uk", "co.uk", ["shop.co.uk"]],
    ["www.shop.co.uk", "shop.co.uk", ["www.shop.co.uk", "shop.co.uk"]],
    // Another's: not at all.
    ["www.shop.example", "pay.shop.example", []],
    ["www.shop.example", "op.example", []],
    ["shop.example", "www.shop.example", []],
    ["www.shop.example", "other.example", []],
    ["127.0.0.1", "0.0.1", []],
    ["127.0.0.1", "127.0.0.1", ["127.0.0.1"]],
  ])) {
    const shop = await Shop.open();
    await shop.give([`a=1; Domain=${domain}`], host);
    const heard = [];
    for (const each of [...HOSTS, "other.example", "127.0.0.1"]) if (await shop.visit("/", each)) heard.push(each);
    assert.deepEqual(
      heard,
      takers.sort((a, b) => HOSTS.indexOf(a) - HOSTS.indexOf(b)),
      `${host} ${domain}`,
    );
  }
});

test("what is secret stays so: neither said nor set in the open", async () => {
  const shop = await Shop.open();
  const secure = `https://${SECURE}`;
  await shop.give(["a=1; Secure", "__Host-b=2; Secure; Path=/", "__Secure-c=3; Secure", "d=4"], secure);
  assert.equal(await shop.visit("/", secure), "a=1; __Host-b=2; __Secure-c=3; d=4");
  assert.equal(await shop.visit("/"), "d=4");
  await shop.give(["a=evil", "a=evil; Secure", "d=5", "__Host-e=1", "__Secure-f=1", "__host-g=1; Secure; Path=/"]);
  assert.equal(await shop.visit("/", secure), "a=1; __Host-b=2; __Secure-c=3; d=5");
  await shop.give(["__Host-h=1; Secure; Path=/set", "__Host-i=1; Secure; Path=/; Domain=shop.example"], secure);
  assert.equal(await shop.visit("/set", secure), "a=1; __Host-b=2; __Secure-c=3; d=5");
});

test("ages and dates", async () => {
  const shop = await Shop.open();
  const at = (/** @type {number} */ seconds) => new Date(Date.now() + 1000 * seconds).toUTCString();
  await shop.give([
    "a=1; Max-Age=3600",
    "b=1; Max-Age=0",
    "c=1; Max-Age=-5",
    "d=1; Max-Age=x",
    `e=1; Expires=${at(3600)}`,
    `f=1; Expires=${at(-10)}`,
    `g=1; Expires=${at(-10)}; Max-Age=60`,
    "h=1; Expires=Wed, 09-Jun-2094 10:18:14 GMT",
    "i=1; Expires=Sunday, 06-Nov-94 08:49:37 GMT",
    "j=1; Expires=never",
    "k=1; Expires=Thu, 31 Feb 2019 10:00:00 GMT",
  ]);
  assert.equal(await shop.visit("/"), "a=1; d=1; e=1; g=1; h=1; j=1; k=1");
  await shop.give(["a=2", "d=1; Max-Age=0", `e=; Expires=${at(-1)}`, "g=1; Path=/other; Max-Age=0"]);
  assert.equal(await shop.visit("/"), "g=1; h=1; j=1; k=1; a=2");
  await shop.give(["l=1; Max-Age=1"]);
  assert.match(String(await shop.visit("/")), /l=1/);
  await device.control(`clock ${Math.ceil(Date.now() / 1000) + 1}`);
  assert.doesNotMatch(String(await shop.visit("/")), /l=1/);
});

test("there is room for some: the oldest go, and nobody fills all of it", async () => {
  const shop = await Shop.open();
  await shop.give(["mine=1"], "other.example");
  for (let i = 0; i < 30; i += 5) await shop.give(Array.from({ length: 5 }, (_, j) => `c${i + j}=${"x".repeat(50)}`));
  const kept = String(await shop.visit("/")).split("; ");
  assert.equal(kept.at(-1)?.split("=")[0], "c29");
  assert.ok(kept.length > 5 && kept.length < 12, `${kept.length}`);
  assert.equal(await shop.visit("/", "other.example"), "mine=1");
  await shop.give([`big=${"x".repeat(1500)}`, "c29=\u00e4"]);
  assert.deepEqual(String(await shop.visit("/")).split("; "), kept, "too big, or not of letters");
  const both = { jar: shop.jar, headers: "Cookie: a=b\r\n" };
  assert.equal((await get(`http://127.0.0.1:${shop.port}/`, both)).thrown, "BAD_OPTION");
});

test("nothing is left behind", async () => {
  const shop = await Shop.open();
  const options = { idle: 0 };
  shop.options = options;
  const fields = [
    { name: "a", count: 2000 },
    { name: "b", value: "ä" },
  ];
  const round = async () => {
    await shop.give(["a=1", "b=2; Max-Age=0", "c=3; Domain=shop.example"]);
    await get(`http://127.0.0.1:${shop.port}/`, { method: "POST", form: "multipart", fields, options });
  };
  for (let i = 0; i < 4; i++) await round();
  const first = await rested(device);
  for (let i = 0; i < 10; i++) await round();
  assert.deepEqual(await rested(device), first);
});
