// @ts-check
/** HTTP as a client, at servers that ask who we are: Basic and Digest, whose hashes are those of node:crypto. The image is test/images/client. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { WebSocketServer } from "ws";
import { ask, startClient } from "../lib/client.mjs";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { rested } from "../lib/settle.mjs";

/** @typedef {import("node:http").IncomingMessage} Request */
/** @typedef {import("../lib/client.mjs").Outcome} Outcome */
/** @typedef {{ scheme?: string, algorithm?: string | null, qop?: string | null, realm?: string, more?: string }} Demand */

const USER = 'J\\o "x"';
const PASSWORD = "pa:ss wörd";
const REALM = 'the "house" ä';

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
const origins = new Origins();
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: "localhost" }, root);
const curl = promisify(execFile);

before(async () => {
  device = await startClient(["--clock", "real"]);
});
after(async () => {
  await device?.close();
  origins.close();
  pki.close();
});

/** Lets the device ask. @param {string} url @param {{ signal?: AbortSignal, [name: string]: unknown }} [order] @param {string} [authority] @returns {Promise<Outcome>} */
function get(url, { signal, ...order } = {}, authority = "") {
  return ask(device, { url, options: { idle: 300 }, ...order }, { authority, ...(signal && { signal }) });
}

/** A server that lets in who knows the password. */
class Guard {
  /** What was shown with each request; "" for nothing. @type {string[]} */ shown = [];
  /** @type {Set<unknown>} */ sockets = new Set();
  /** Nonces that are good; there is another one for each who is asked. @type {Set<string>} */ nonces = new Set();
  #made = 0;
  /** What is wanted, the first that fits. @type {Demand[]} */ demands = [{}];
  /** The largest count that each nonce was used with. @type {Map<string, number>} */ counts = new Map();
  /** Header lines of what is let in. @type {Record<string, string>} */ headers = {};
  /** Bytes of what is said to who is not let in. */
  refusal = 10;
  /** What was wrong with what was shown. @type {unknown} */ wrong;
  closes = false;
  /** The nonce is always the same. */
  isConstant = false;

  issue() {
    const nonce = `n${this.isConstant ? 0 : ++this.#made}`;
    this.nonces.add(nonce);
    return nonce;
  }

  /** @param {Demand} demand */
  #challenge({ scheme = "Digest", algorithm, qop = "auth", realm = REALM, more = "" }) {
    const fields = [`realm="${Buffer.from(realm.replace(/["\\]/g, "\\$&")).toString("latin1")}"`];
    if (scheme === "Digest") {
      fields.push(`nonce="${this.issue()}"`, 'opaque="o=/"');
      if (qop !== null) fields.push(`qop="${qop}"`);
      if (algorithm) fields.push(`algorithm=${algorithm}`);
    }
    return `${scheme} ${fields.join(", ")}${more}`;
  }

  /** @param {Request} request */
  #admits({ headers, method, url = "" }) {
    const shown = Buffer.from(headers.authorization ?? "", "latin1").toString();
    const basic = /^Basic (.*)$/.exec(shown);
    if (basic) {
      const isWanted = this.demands.some(({ scheme }) => scheme === "Basic");
      return isWanted && Buffer.from(basic[1], "base64").toString() === `${USER}:${PASSWORD}`;
    }
    if (!shown.startsWith("Digest ")) return false;
    /** @type {Record<string, string>} */ const given = {};
    for (const [, name, quoted, plain] of shown.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g))
      given[name] = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    const hash = (/** @type {string} */ text) =>
      createHash((given.algorithm ?? "MD5") === "MD5" ? "md5" : "sha256")
        .update(text)
        .digest("hex");
    const { username, realm, nonce, uri, nc, cnonce, qop, response, opaque } = given;
    const demand = this.demands.find(({ algorithm }) => (algorithm ?? undefined) === given.algorithm);
    assert.ok(demand, shown);
    assert.deepEqual([username, realm, uri, opaque], [USER, demand.realm ?? REALM, url, "o=/"]);
    const secrets = `${hash(`${username}:${realm}:${PASSWORD}`)}:${nonce}`;
    const asked = hash(`${method}:${uri}`);
    if (demand.qop === null) return this.nonces.has(nonce) && response === hash(`${secrets}:${asked}`);
    assert.equal(qop, "auth");
    const count = Number.parseInt(nc, 16);
    const isNew = count > (this.counts.get(nonce) ?? 0);
    this.counts.set(nonce, count);
    const isRight = response === hash(`${secrets}:${nc}:${cnonce}:${qop}:${asked}`);
    return this.nonces.has(nonce) && isNew && isRight;
  }

  /** What is to be asked of who makes this request; undefined where nothing is. @param {Request} request */
  asks(request) {
    return this.#admits(request) ? undefined : this.#challenge(this.demands[0]);
  }

  /** @param {Request} request @param {import("node:http").ServerResponse} response */
  take = async (request, response) => {
    let length = 0;
    this.sockets.add(request.socket);
    this.shown.push(request.headers.authorization?.split(" ")[0] ?? "");
    for await (const piece of request) length += piece.length;
    if (request.url?.startsWith("/to/")) response.setHeader("Location", decodeURIComponent(request.url.slice(4)));
    let isAdmitted = false;
    try {
      isAdmitted = this.#admits(request);
    } catch (error) {
      this.wrong = error;
    }
    if (isAdmitted) {
      for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value);
      response.statusCode = request.url?.startsWith("/to/") ? 302 : 200;
      response.end(`hello ${length}`);
      return;
    }
    if (this.closes) response.setHeader("Connection", "close");
    const challenges = this.demands.map((demand) => this.#challenge(demand));
    response.writeHead(401, { "WWW-Authenticate": challenges }).end("x".repeat(this.refusal));
  };
}

/** @type {Guard} */ let guard;
let base = "";
afterEach(() => assert.equal(guard.wrong, undefined));
beforeEach(async () => {
  guard = new Guard();
  base = `http://localhost:${await origins.http(guard.take)}`;
});

let people = 0;
/** Nobody else has this login: it knows nothing yet. @param {object} [more] */
const login = (more = {}) => ({ user: USER, password: PASSWORD, number: people++, ...more });

const DIGESTS = /** @type {Demand[]} */ ([
  {},
  { algorithm: "MD5" },
  { algorithm: "SHA-256" },
  { algorithm: "SHA-256", qop: "auth-int,auth" },
  { algorithm: "MD5", qop: null },
  { realm: "" },
]);

test("Digest: the answer is right, the next request shows it unasked, with the next count", async () => {
  for (const demand of DIGESTS) {
    guard.demands = [demand];
    guard.shown.length = 0;
    guard.sockets.clear();
    guard.counts.clear();
    const order = { login: login() };
    for (const path of ["/a?b=c&d", "/", "/x/%22"]) {
      const outcome = await get(base + path, order);
      assert.deepEqual([outcome.status, outcome.text], [200, "hello 0"], JSON.stringify(demand));
    }
    assert.deepEqual(guard.shown, ["", "Digest", "Digest", "Digest"]);
    if (demand.qop !== null) assert.deepEqual([...guard.counts.values()], [3]);
    assert.equal(guard.sockets.size, 1, "the connection was kept");
    // The server is one that curl gets along with.
    const credentials = `${USER}:${PASSWORD}`;
    const { stdout } = await curl("curl", ["-s", "--digest", "-u", credentials, `${base}/a`]);
    assert.equal(stdout, "hello 0");
  }
});

test("Basic, by TLS too; the best of several is taken", async () => {
  guard.demands = [{ scheme: "Basic" }];
  assert.equal((await get(base, { login: login() })).text, "hello 0");
  assert.deepEqual(guard.shown, ["", "Basic"]);
  const secure = `https://localhost:${await origins.http(guard.take, pair)}`;
  assert.equal((await get(secure, { login: login() }, root.cert)).text, "hello 0");
  assert.equal((await get(base, { login: login({ basic: false }) })).status, 401);
  guard.demands = [{ scheme: "Basic" }, { algorithm: "MD5" }, { algorithm: "SHA-512-256" }, { algorithm: "SHA-256" }];
  guard.shown.length = 0;
  assert.equal((await get(base, { login: login() })).text, "hello 0");
  assert.deepEqual(guard.shown, ["", "Digest"]);
});

test("a wrong password is told once, and the answer is the 401", async () => {
  for (const demand of [{ scheme: "Basic" }, {}, { qop: null }]) {
    guard.demands = [demand];
    const order = { login: login({ password: "no" }) };
    guard.shown.length = 0;
    const { status, received } = await get(base, order);
    assert.deepEqual([status, received, guard.shown], [401, 10, ["", demand.scheme ?? "Digest"]]);
  }
  for (const more of [
    { scheme: "Negotiate" },
    { algorithm: "SHA-512-256" },
    { qop: "auth-int" },
    { more: ", qop=x" },
  ]) {
    guard.demands = [more];
    guard.shown.length = 0;
    assert.equal((await get(base, { login: login() })).status, 401);
    assert.deepEqual(guard.shown, [""], JSON.stringify(more));
  }
  guard.demands = [{}];
  assert.equal((await get(base)).status, 401, "nobody has given anything");
});

test("a nonce that is no longer good, and one that the server names for the next time", async () => {
  const order = { login: login() };
  await get(base, order);
  guard.nonces.clear();
  guard.demands = [{ more: ", stale=TRUE" }];
  guard.shown.length = 0;
  assert.equal((await get(base, order)).text, "hello 0");
  assert.deepEqual(guard.shown, ["Digest", "Digest"]);
  guard.headers = { "Authentication-Info": `nextnonce="${guard.issue()}", qop=auth` };
  await get(base, order);
  for (const nonce of [...guard.nonces].slice(0, -1)) guard.nonces.delete(nonce);
  guard.headers = {};
  guard.shown.length = 0;
  assert.equal((await get(base, order)).text, "hello 0");
  assert.deepEqual(guard.shown, ["Digest"]);
});

test("several at once, that do not know yet that they are asked", async () => {
  for (const [demand, isConstant] of /** @type {[Demand, boolean][]} */ ([
    [{ scheme: "Basic" }, false],
    [{}, false],
    [{ qop: null }, true],
  ])) {
    Object.assign(guard, { demands: [demand], isConstant });
    const order = { login: login() };
    const all = await Promise.all(["/a", "/b", "/c"].map((path) => get(base + path, order)));
    assert.deepEqual(
      all.map(({ text }) => text),
      ["hello 0", "hello 0", "hello 0"],
    );
  }
});

test("a body is written once more where its writer can, and is not where it can't", async () => {
  const post = { method: "POST", send: 5000, piece: 700 };
  assert.equal((await get(base, { ...post, login: login() })).text, "hello 5000");
  assert.equal((await get(base, { ...post, login: login(), stays: true })).status, 401);
  const fields = [{ name: "a", count: 3000 }];
  const { text } = await get(base, { method: "POST", form: "urlencoded", fields, login: login() });
  assert.equal(text, "hello 3002");
});

test("the 401 may be long, end with the connection, or never", async () => {
  for (const [refusal, closes] of /** @type {const} */ ([
    [0, false],
    [2000, false],
    [20_000, false],
    [10, true],
  ])) {
    Object.assign(guard, { refusal, closes });
    guard.sockets.clear();
    assert.equal((await get(base, { login: login() })).text, "hello 0");
    assert.equal(guard.sockets.size, refusal > 2048 || closes ? 2 : 1);
  }
  const demand = 'HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm="x"\r\n';
  for (const [tail, then] of /** @type {const} */ ([
    ["\r\nabc", "end"],
    ["Content-Length: 9\r\n\r\nabc", "end"],
    ["Content-Length: 9\r\n\r\nabc", "reset"],
    ["Transfer-Encoding: chunked\r\n\r\n5\r\nabc", "end"],
    [`Transfer-Encoding: chunked\r\n\r\nfff\r\n${"x".repeat(4095)}\r\n`, "stay"],
    ["\r\nabc", "stay"],
  ])) {
    const port = await origins.raw((socket, head) => {
      if (/^authorization: basic /im.test(head)) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
      else if (then === "reset") socket.write(demand + tail, () => setTimeout(() => socket.resetAndDestroy(), 30));
      else socket[then === "end" ? "end" : "write"](demand + tail);
    });
    assert.equal((await get(`http://localhost:${port}/`, { login: login() })).text, "hello", tail.slice(0, 40));
  }
});

test("nobody else is told: not another host, not another port, and not the same one in the open", async () => {
  guard.demands = [{ scheme: "Basic" }];
  const other = new Guard();
  other.demands = [{ scheme: "Basic" }];
  const port = await origins.http(other.take);
  const order = { login: login(), redirects: 2 };
  for (const place of [`http://localhost:${port}/`, `http://127.0.0.1:${new URL(base).port}/`]) {
    const { status } = await get(`${base}/to/${encodeURIComponent(place)}`, order);
    assert.equal(status, 401, place);
  }
  assert.deepEqual(other.shown, [""]);
  assert.equal(guard.shown.at(-1), "");
  const back = `http://localhost:${port}/to/${encodeURIComponent(base)}`;
  assert.equal((await get(`${base}/to/${encodeURIComponent(back)}`, order)).status, 401, "not after a way round");
  assert.equal((await get(`${base}/to/%2Fhere`, order)).text, "hello 0");
});

test("what can't be shown is refused at once", async () => {
  for (const wrong of [{ user: "a:b" }, { user: "a\n" }, { password: "a\0" }])
    assert.equal((await get(base, { login: login(wrong) })).thrown, "BAD_OPTION");
  const both = { login: login(), headers: "Authorization: x\r\n" };
  assert.equal((await get(base, both)).thrown, "BAD_OPTION");
});

test("requests that share go one after the other, on one connection as long as there is one", async () => {
  /** @type {string[]} */ const events = [];
  /** @type {Set<unknown>} */ const sockets = new Set();
  const port = await origins.http(async (request, response) => {
    sockets.add(request.socket);
    events.push(`+${request.url}`);
    await delay(30);
    events.push(`-${request.url}`);
    if (request.url === "/last") response.setHeader("Connection", "close");
    response.end("hello");
  });
  const all = (/** @type {string[]} */ paths, order = {}) =>
    Promise.all(paths.map((path) => get(`http://localhost:${port}${path}`, { queued: true, ...order })));
  const texts = (await all(["/a", "/b", "/c", "/d"])).map(({ text }) => text);
  assert.deepEqual(texts, ["hello", "hello", "hello", "hello"]);
  assert.equal(sockets.size, 1);
  for (let i = 0; i < events.length; i += 2) assert.equal(events[i].slice(1), events[i + 1].slice(1));
  events.length = 0;
  sockets.clear();
  await all(["/last", "/last", "/last"]);
  // The first may have gone out on the one that was kept.
  assert.equal(sockets.size, 3, "each has its own where the server keeps none");
  for (let i = 0; i < events.length; i += 2) assert.equal(events[i].slice(1), events[i + 1].slice(1));
  await Promise.all([all(["/a"]), all(["/b"], { cancel: 0 }), all(["/c"], { throws: true }), all(["/d"])]);
  const control = new AbortController();
  const waits = [all(["/a"]), all(["/b"], { signal: control.signal }).catch(() => {}), all(["/c"])];
  await delay(10);
  control.abort();
  const [, , after = []] = await Promise.all(waits);
  assert.equal(after[0]?.text, "hello", "who has waited behind one that has given up");
  const dead = await Promise.all([1, 2, 3].map(() => get("http://127.0.0.1:9/", { queued: true })));
  assert.deepEqual(
    dead.map(({ error }) => error),
    ["CONNECT_REFUSED", "CONNECT_REFUSED", "CONNECT_REFUSED"],
  );
});

test("a WebSocket of a server that asks, with the cookie that came with the question", async () => {
  /** @type {string[]} */ const heard = [];
  const server = new WebSocketServer({ noServer: true });
  server.on("connection", (socket) => socket.on("message", (data) => heard.push(String(data))));
  const port = await origins.http(
    (_request, response) => response.end(),
    undefined,
    (request, socket, head) => {
      heard.push(request.headers.cookie ?? "");
      const challenge = guard.asks(request);
      const no = `HTTP/1.1 401 Who\r\nSet-Cookie: n=1\r\nWWW-Authenticate: ${challenge}\r\nContent-Length: 3\r\n\r\nwho`;
      if (challenge !== undefined) socket.end(no, "latin1");
      else server.handleUpgrade(request, socket, head, (made) => server.emit("connection", made));
    },
  );
  const ask = async (/** @type {object} */ order) => {
    const what = encodeURIComponent(JSON.stringify({ url: `ws://localhost:${port}/x`, ...order }));
    return (await fetch(`${device.apUrl(80)}/socket?${what}`, { headers: { Connection: "close" } })).json();
  };
  assert.deepEqual(await ask({}), { error: "WS_REFUSED", status: 401 });
  assert.deepEqual(await ask({ login: login() }), { status: 101 });
  for (let i = 0; i < 200 && heard.length < 4; i++) await delay(5);
  assert.deepEqual(heard, ["", "n=1", "n=1", "hello"]);
  assert.deepEqual(await ask({ login: login({ password: "no" }) }), { error: "WS_REFUSED", status: 401 });
});

test("nothing is left behind", async () => {
  const order = { login: login(), queued: true, options: { idle: 0 } };
  const round = async () => {
    guard.nonces.clear();
    await Promise.all([get(base, order), get(base, order)]);
  };
  for (let i = 0; i < 4; i++) await round();
  const first = await rested(device);
  for (let i = 0; i < 10; i++) await round();
  assert.deepEqual(await rested(device), first);
});
