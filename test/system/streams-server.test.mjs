// @ts-check
/** Streams that serve HTTP, against curl, undici and connections whose bytes a case sets one by one. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Client, request } from "undici";
import { readImage, VIRTUAL_CHIP } from "../../tools/lib/image.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { ask, Raw } from "../lib/raw.mjs";
import { crowd, ServingDevice } from "../lib/serving.mjs";

/** @type {ServingDevice} */ let bed;
let url = "";

before(async () => {
  bed = await ServingDevice.start();
  url = bed.url(81);
});
after(() => bed?.close());
afterEach(async () => {
  for (const type of ["web", "guest", "web_near", "web_shut"]) await bed.end(type);
  bed.clear();
});

const UP = "CREATING CONNECTING CONNECTED";
const END = "DISCONNECTED DESTROYING";
const ONCE = `${UP} SERVER_TXN ${END}`;

/** @param {string} path @param {string[]} args */
async function curl(path, ...args) {
  const { stdout } = await promisify(execFile)("curl", ["-sSi", "--max-time", "5", ...args, url + path]);
  const end = stdout.indexOf("\r\n\r\n");
  return { head: stdout.slice(0, end), body: stdout.slice(end + 4) };
}

/** @param {string} path @param {string} [more] */
const get = (path, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
/** @param {string} path @param {string} body @param {string} [more] */
const post = (path, body, more = "") =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;

test("what the user says becomes the answer", async () => {
  await bed.serve("web");
  const hello = await curl("/hello");
  assert.match(hello.head, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: 5\r\n/);
  assert.equal(hello.body, "hello");
  const none = await curl("/none");
  assert.match(none.head, /^HTTP\/1\.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n/);
  assert.equal(none.body, "");
  const empty = await curl("/status/204");
  assert.match(empty.head, /^HTTP\/1\.1 204 No Content\r\n/);
  assert.doesNotMatch(empty.head, /Content-Length|Transfer-Encoding/);
  assert.match((await curl("/status/418")).head, /^HTTP\/1\.1 418 /);
  assert.equal((await curl("/big/5000")).body, "x".repeat(5000));
  assert.equal((await curl("/chunked/4000")).body, "x".repeat(4000));
  assert.equal((await curl("/chunked/4000", "--http1.0")).body, "x".repeat(4000));
  assert.match((await curl("/redirect")).head, /^HTTP\/1\.1 302 Found\r\n[\s\S]*\r\nlocation: \/hello/);
  const head = await curl("/big/5000", "--head");
  assert.match(head.head, /\r\nContent-Length: 5000\r\n/);
  assert.equal(head.body, "");
  assert.deepEqual(await bed.over(9), Array(9).fill(ONCE));
  assert.deepEqual(bed.heard("L"), ["CREATING"]);
});

test("a request's facts, headers and arguments are values, and none gets into the answer by itself", async () => {
  await bed.serve("web");
  const path = "/facts?name=a%20b&path=/other&method=X&auth=no&mime=text/html&agent=me&name=c";
  const { head, body } = await curl(path, "-u", "me:secret", "-H", "Content-Type: text/html", "-A", "one/1");
  assert.deepEqual(JSON.parse(body), {
    method: "GET",
    path: "/facts",
    auth: "Basic bWU6c2VjcmV0",
    name: "a b",
    agent: "one/1",
    mime: "text/html",
  });
  assert.doesNotMatch(head, /\nuser-agent|text\/html/i);
  const plain = await curl("/none?where=/x&mime=text/html", "-H", "Content-Type: text/html", "-H", "Location: /y");
  assert.doesNotMatch(plain.head, /\n(?:location|content-type):/i);
  const bad = await curl("/bad");
  assert.equal(bad.body, "not taken");
  assert.doesNotMatch(bad.head, /Set-Cookie|transfer-encoding/i);
  assert.match((await curl("/facts?name=%zz")).body, /^\{"method":"GET","path":"\/facts","agent"/);
});

test("headers that are too long are the server's fault, and cost the connection only", async () => {
  await bed.serve("web");
  const fine = await ask(url, get("/long/1000"));
  assert.equal(fine.headers.get("location")?.length, 1000);
  assert.equal((await ask(url, get("/long/5000"))).status, 500);
  assert.equal((await ask(url, get("/long/0"))).headers.has("location"), false);
  await bed.over(3);
});

test("requests on a kept connection are one stream, pipelined ones answered in their order", async () => {
  await bed.serve("web");
  const client = new Client(url);
  for (const path of ["/hello", "/chunked/3000", "/status/204", "/big/100"]) {
    const { body } = await client.request({ path, method: "GET" });
    await body.text();
  }
  await client.close();
  assert.deepEqual(await bed.over(1), [`${UP} ${"SERVER_TXN ".repeat(4)}${END}`]);
  const raw = await Raw.open(url);
  raw.write(get("/chunked/2000") + post("/sum", "abc") + get("/hello") + get("/none", "Connection: close\r\n"));
  assert.equal((await raw.response()).body.length, 2000);
  assert.equal((await raw.response()).body.toString(), `3 ${97 + 98 + 99}`);
  assert.equal((await raw.response()).body.toString(), "hello");
  assert.equal((await raw.response()).status, 404);
  assert.equal(await raw.ended(), "end");
  raw.close();
  assert.equal((await bed.over(2))[1], `${UP} ${"SERVER_TXN ".repeat(4)}${END}`);
});

test("what was set for an answer does not go into the next one", async () => {
  await bed.serve("web");
  const raw = await Raw.open(url);
  const redirected = await raw.write(get("/redirect")).response();
  assert.equal(redirected.headers.get("location"), "/hello");
  const next = await raw.write(get("/none")).response();
  assert.equal(next.headers.has("location"), false);
  assert.equal(next.status, 404);
  raw.close();
  await bed.over(1);
});

test("a body comes by rx, whatever pieces it comes in", async () => {
  await bed.serve("web");
  const body = Buffer.alloc(90_000, "0123456789abcdefg");
  const sum = body.reduce((all, byte) => all + byte, 0);
  const sized = await request(`${url}/sum`, { method: "POST", body });
  assert.equal(await sized.body.text(), `90000 ${sum}`);
  const pieces = [body.subarray(0, 1), body.subarray(1, 7000), body.subarray(7000)];
  const chunked = await request(`${url}/sum`, {
    method: "PUT",
    body: Readable.from(pieces),
  });
  assert.equal(await chunked.body.text(), `90000 ${sum}`);
  const raw = await Raw.open(url);
  await raw.drip(post("/sum", "hello body"));
  assert.equal((await raw.response()).body.toString(), "10 994");
  await raw.drip(
    "POST /sum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n5\r\n body\r\n0\r\n\r\n",
  );
  assert.equal((await raw.response()).body.toString(), "10 994");
  raw.close();
  await bed.order({});
  const heard = bed.heard(bed.names().at(-1) ?? "").filter((text) => text.startsWith("rx "));
  assert.equal(heard.filter((text) => text.startsWith("rx 1 ")).length, 2);
  assert.deepEqual(
    heard.filter((text) => /^rx 2 /.test(text)),
    ["rx 2 0 ", "rx 2 0 "],
  );
});

test("credit holds a body back to the byte, and not the next request", async () => {
  await bed.serve("web", { credit: 100 });
  const raw = await Raw.open(url);
  raw.write(post("/sum", "a".repeat(5000)));
  const received = () =>
    bed
      .heard(bed.names()[0] ?? "")
      .filter((text) => text.startsWith("rx "))
      .reduce((all, text) => all + Number(text.split(" ")[2]), 0);
  await delay(30);
  await bed.order({});
  assert.equal(received(), 100);
  await bed.order({ grant: 50 });
  await bed.order({});
  assert.equal(received(), 150);
  await bed.order({ grant: 4850 });
  assert.equal((await raw.response()).body.toString(), `5000 ${5000 * 97}`);
  await bed.order({});
  assert.equal(received(), 5000);
  assert.equal((await raw.write(get("/hello")).response()).body.toString(), "hello", "no credit is left");
  raw.write(post("/sum", "bc")).write(get("/hello"));
  await delay(20);
  await bed.order({});
  assert.equal(received(), 5000);
  await bed.order({ grant: 2 });
  assert.equal((await raw.response()).body.toString(), "2 197");
  assert.equal((await raw.response()).body.toString(), "hello");
  raw.close();
  await bed.over(1);
});

test("a refusal does not wait for what it refuses", async () => {
  await bed.serve("web");
  const raw = await Raw.open(url);
  raw.write("POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 999999999\r\n\r\n");
  const { status, headers } = await raw.response();
  assert.equal(status, 413);
  assert.equal(headers.get("connection"), "close");
  raw.close();
  const patient = await Raw.open(url);
  patient.write("POST /sum HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  assert.equal((await patient.response()).status, 100);
  assert.equal((await patient.write("abc").response()).body.toString(), "3 294");
  patient.close();
  assert.deepEqual(await bed.over(2), [ONCE, ONCE]);
});

test("lengths that lie: the user's and the client's", async () => {
  await bed.serve("web");
  for (const path of ["/less", "/more"]) {
    const raw = await Raw.open(url);
    await assert.rejects(raw.write(get(path)).response(), /before the connection ended/);
    raw.close();
  }
  const short = await Raw.open(url);
  short.write(post("/sum", "abc").replace("Length: 3", "Length: 30"));
  short.end();
  await short.ended();
  short.close();
  const twice = await ask(url, post("/sum", "abc", "Content-Length: 4\r\n"));
  assert.equal(twice.status, 400);
  assert.deepEqual(await bed.over(4), [ONCE, ONCE, ONCE, "CREATING CONNECTING DESTROYING"]);
});

test("what users answer ends the connection, in any state", async () => {
  const cases = {
    CREATING: [-2],
    CONNECTING: [-1, -2],
    CONNECTED: [-1, -2],
    SERVER_TXN: [-1, -2],
    tx: [-1, -2],
    rx: [-1, -2],
  };
  for (const [what, answers] of Object.entries(cases)) {
    for (const answer of answers) {
      await bed.serve("web", { answers: { [what]: answer } });
      const raw = await Raw.open(url);
      raw.write(what === "rx" ? post("/sum", "abc") : get("/hello"));
      await raw.ended();
      raw.close();
      const [states] = await bed.over(1);
      const upTo = ["CREATING", "CONNECTING", "CONNECTED", "SERVER_TXN"];
      const last = upTo.indexOf(what) < 0 ? 3 : upTo.indexOf(what);
      assert.equal(states, `${upTo.slice(0, last + 1).join(" ")}${last > 1 ? " DISCONNECTED" : ""} DESTROYING`, what);
      await bed.end("web");
      bed.clear();
    }
  }
  await bed.serve("web", { answers: { DISCONNECTED: -2, DESTROYING: -2 } });
  await curl("/hello");
  assert.deepEqual(await bed.over(1), [ONCE]);
  await bed.end("web");
  const refused = await bed.order({ create: "web", answers: { "L:CREATING": -2 } });
  assert.equal(refused.error, "STREAM_REFUSED");
  await assert.rejects(Raw.open(url), /ECONNREFUSED/);
});

test("one too many is told so; an idle one makes room for it", async () => {
  await bed.serve("web");
  const raws = await Promise.all(Array.from({ length: 6 }, () => Raw.open(url)));
  for (const raw of raws.slice(1)) raw.write(get("/endless"));
  raws[0].write(get("/wait"));
  while ((await bed.states()).filter((states) => states.endsWith("SERVER_TXN")).length < 6) await delay(5);
  const refused = await Raw.open(url);
  assert.equal((await refused.response()).status, 503);
  refused.close();
  raws[1].close(true);
  while ((await bed.states()).filter((states) => states.endsWith("DESTROYING")).length < 1) await delay(5);
  const idle = await Raw.open(url);
  assert.equal((await idle.write(get("/hello")).response()).status, 200);
  const next = await Raw.open(url);
  assert.equal((await next.write(get("/hello")).response()).status, 200);
  assert.equal(await idle.ended(), "end");
  for (const raw of [...raws, idle, next]) raw.close(true);
  await bed.over(8);
  bed.clear();
  const since = performance.now();
  const silent = await Promise.all(Array.from({ length: 6 }, () => Raw.open(url)));
  await silent[0].drip("GET /hello");
  while ((await bed.states()).length < 6) await delay(5);
  const early = await Raw.open(url);
  const { status } = await early.write(get("/hello")).response();
  if (performance.now() - since < 100) assert.equal(status, 503, "each has some time for itself");
  await delay(300);
  const late = await Raw.open(url);
  assert.equal((await late.write(get("/hello")).response()).status, 200);
  for (const raw of [...silent, early, late]) raw.close(true);
  await bed.over(7);
});

test("options of the policy are the protocol's: logins, a mountpoint, pages of others", async () => {
  await bed.serve("web_shut");
  const shut = bed.url(88);
  const login = "Authorization: Basic bWU6c2VjcmV0\r\n";
  assert.equal((await ask(shut, get("/in/hello"))).status, 401);
  assert.equal((await ask(shut, get("/hello", login))).status, 404);
  assert.equal((await bed.states()).filter((states) => states.includes("SERVER_TXN")).length, 0);
  assert.equal((await ask(shut, get("/in/none", login))).status, 404);
  const upgrade = (/** @type {string} */ more) =>
    get(
      "/",
      `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: lws-test\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}`,
    );
  assert.equal((await ask(shut, upgrade(""))).status, 401);
  assert.equal((await ask(shut, upgrade(`${login}Origin: http://evil.lan\r\n`))).status, 403);
  assert.equal((await ask(shut, upgrade(`${login}Origin: http://friend.lan\r\n`))).status, 101);
  await bed.end("web_shut");
  await bed.over(6);
});

test("time: a request that nobody answers, clients that say nothing or too little, and what a user set", async () => {
  await bed.serve("web");
  const raws = await Promise.all([Raw.open(url), Raw.open(url), Raw.open(url), Raw.open(url)]);
  const [, unanswered, timed, short] = raws;
  short.write(post("/sum", "abc").replace("Length: 3", "Length: 30"));
  unanswered.write(get("/wait"));
  timed.write(get("/wait/20"));
  assert.equal((await short.response()).status, 408);
  await Promise.all(raws.map((raw) => raw.ended()));
  for (const raw of raws) raw.close();
  const states = (await bed.over(4)).sort();
  assert.deepEqual(states, [ONCE, ONCE, `${UP} SERVER_TXN TIMEOUT ${END}`, "CREATING CONNECTING DESTROYING"]);
});

test("a server at one address, or on one network, is none elsewhere", async () => {
  for (const [type, port, isThere] of /** @type {const} */ ([
    ["web_near", 82, true],
    ["web_here", 89, true],
    ["web_far", 87, false],
    ["web_out", 89, false],
  ])) {
    await bed.serve(type);
    const raw = await Raw.open(bed.url(port));
    raw.write(get("/hello"));
    if (isThere) assert.equal((await raw.response()).status, 200);
    else await raw.ended();
    raw.close();
    if (isThere) await bed.over(1);
    await bed.end(type);
    assert.equal((await bed.states()).length, isThere ? 1 : 0, type);
    bed.clear();
  }
});

test("a reset at any point leaves nothing", { timeout: 30_000 }, async () => {
  const all = get("/chunked/3000") + post("/sum", "a".repeat(40)) + get("/big/9000");
  let before;
  // The first round makes what stays: lists that have been long, and transactions.
  for (const step of [19, 9]) {
    before = await bed.rested();
    await bed.serve("web");
    await crowd(url, all.slice(0, 40));
    for (let at = 0; at <= all.length; at += step) {
      const raw = await Raw.open(url);
      await new Promise((resolve) => raw.socket.write(all.slice(0, at), resolve));
      if (at % 2) await delay(2);
      raw.close(true);
      if (at % (5 * step) === 0) await bed.over(1);
    }
    for (const states of await bed.over(5)) {
      assert.match(states, /^CREATING CONNECTING (CONNECTED (SERVER_TXN )*DISCONNECTED )?DESTROYING$/);
    }
    await bed.end("web");
    bed.clear();
  }
  assert.equal((await bed.order({})).streams, 0);
  assert.deepEqual(await bed.rested(), before);
});

test("a client that has said all is answered", async () => {
  await bed.serve("web");
  const half = await Raw.open(url);
  half.write(get("/big/9000")).end();
  assert.equal((await half.response()).body.length, 9000);
  await half.ended();
  half.close();
  assert.deepEqual(await bed.over(1), [ONCE]);
});

test("without its listening stream there is neither port nor connection", async () => {
  const before = await bed.rested();
  await bed.serve("web");
  const [open, idle, waiting] = await Promise.all([Raw.open(url), Raw.open(url), Raw.open(url)]);
  open.write(get("/endless"));
  await idle.write(get("/hello")).response();
  waiting.write(post("/sum", "abc").replace("Length: 3", "Length: 30"));
  while ((await bed.states()).filter((states) => states.endsWith("SERVER_TXN")).length < 3) await delay(5);
  await bed.end("web");
  await Promise.all([open.ended(), idle.ended(), waiting.ended()]);
  for (const raw of [open, idle, waiting]) raw.close();
  assert.deepEqual(await bed.over(3), [ONCE, ONCE, ONCE]);
  assert.deepEqual(bed.heard("L"), ["CREATING", "DESTROYING"]);
  await assert.rejects(Raw.open(url), /ECONNREFUSED/);
  assert.deepEqual(await bed.rested(), before);
});

test("an idle connection and its stream take little", async () => {
  await bed.serve("web");
  const open = async () => {
    const raw = await Raw.open(url);
    await raw.write(get("/hello")).response();
    return raw;
  };
  const first = await open();
  const heap = async () => {
    await bed.order({});
    const { slots, chunks } = await bed.device.figures();
    return slots + chunks;
  };
  const before = await heap();
  const raws = [await open(), await open(), await open()];
  const each = ((await heap()) - before) / 3;
  for (const raw of [first, ...raws]) raw.close();
  await bed.over(4);
  assert.ok(each < 1400, `${each} bytes`);
});

test("a guest on a vhost gets its mountpoint, and leaves it as it was", async () => {
  const board = bed.url(80);
  const round = async () => {
    assert.equal((await ask(board, get("/guest/hello"))).status, 404);
    await bed.serve("guest");
    assert.equal((await bed.order({ create: "guest" })).error, "STREAM_TAKEN");
    const raw = await Raw.open(board);
    raw.write(get("/guest/hello") + get("/guest/none") + get("/nothing"));
    assert.equal((await raw.response()).status, 200);
    assert.equal((await raw.response()).status, 404);
    assert.equal((await raw.response()).headers.get("content-type"), "text/html; charset=utf-8");
    raw.write(get("/guest/wait"));
    while ((await bed.states()).length < 3) await delay(5);
    await bed.end("guest");
    assert.equal(await raw.ended(), "end");
    raw.close();
    assert.deepEqual(await bed.over(3), [ONCE, ONCE, ONCE]);
    assert.equal((await ask(board, get("/guest/hello"))).status, 404);
    bed.clear();
  };
  await round();
  const before = await bed.rested();
  await round();
  assert.deepEqual(await bed.rested(), before);
});

test("what can't be served is not begun", async () => {
  const errors = {
    lost: "STREAM_NO_VHOST",
    web_deaf: "STREAM_BAD_VALUE",
    web_odd: "STREAM_BAD_VALUE",
    nothing: "STREAM_UNKNOWN",
  };
  for (const [create, code] of Object.entries(errors)) assert.equal((await bed.order({ create })).error, code);
  await bed.serve("web");
  assert.equal((await bed.order({ create: "web" })).error, "STREAM_NO_PORT");
  assert.equal((await ask(url, get("/hello", "Connection: close\r\n"))).body.toString(), "hello");
  await bed.over(1);
});

test("an image that names no server has nothing of it", () => {
  const names = (/** @type {string} */ image) =>
    readImage(readFileSync(imageFile(image)), VIRTUAL_CHIP).entries.map(({ name }) => name);
  const isServer = /^lws\/secure-streams\/(?:accepted|listening|server|sink)/;
  assert.equal(names("streamserver").filter((name) => isServer.test(name)).length > 8, true);
  assert.deepEqual(
    names("streamclient").filter((name) => isServer.test(name)),
    [],
  );
});
