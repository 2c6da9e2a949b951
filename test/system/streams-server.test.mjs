// @ts-check
/** Streams that serve HTTP: requests and answers, against curl, undici and connections whose bytes a case sets one by one. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { Readable } from "node:stream";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Client, request } from "undici";
import { ask, Raw } from "../lib/raw.mjs";
import { END, get, ONCE, post, ServingDevice, UP } from "../lib/serving.mjs";

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

/** @param {string} path @param {string[]} args */
async function curl(path, ...args) {
  const { stdout } = await promisify(execFile)("curl", ["-sSi", "--max-time", "5", ...args, url + path]);
  const end = stdout.indexOf("\r\n\r\n");
  return { head: stdout.slice(0, end), body: stdout.slice(end + 4) };
}

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
