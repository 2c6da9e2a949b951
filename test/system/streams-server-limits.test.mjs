// @ts-check
/** Streams that serve HTTP: how many, for how long, where, and what is left of them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { readImage, VIRTUAL_CHIP } from "../../tools/lib/image.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { ask, Raw } from "../lib/raw.mjs";
import { crowd, END, get, ONCE, post, ServingDevice, UP } from "../lib/serving.mjs";

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
