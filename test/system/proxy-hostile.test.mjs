// @ts-check
/** Origins that break rules, stall, or go: the client is told as well as can be, and nothing is left. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { head, nothingIsLeft, ProxyDevice, RawOrigin } from "../lib/proxy.mjs";
import { Raw } from "../lib/raw.mjs";
import { settled } from "../lib/settle.mjs";

/** @type {ProxyDevice} */
let proxy;
/** @type {RawOrigin} */
let origin;
/** @type {string} */
let host;
/** @type {Awaited<ReturnType<typeof settled>>} */
let base;
before(async () => {
  proxy = await ProxyDevice.start();
  origin = await RawOrigin.open();
  host = await proxy.mount(origin.port, { answerTimeout: 600, bodyTimeout: 600, connectTimeout: 600 });
  // All that is made once: transactions, lines of the access log, a page of errors; and what the last vhost that ended leaves.
  await proxy.destroy(await proxy.mount(origin.port));
  for (let i = 0; i < 10; i++) {
    const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const both = [proxy.request(host, "POST /p/", "Content-Length: 0"), proxy.request(host, "GET /p/")];
    for (const { raw } of [await origin.request(), await origin.request()]) raw.write(ok);
    for (const response of await Promise.all(both)) assert.equal(response.body.toString(), "ok");
    await failing("");
  }
  base = await settled(proxy.device);
});
after(async () => {
  origin?.close();
  await proxy?.close();
});

/** What the client gets for an answer. @param {string} bytes then comes the end of the connection */
async function failing(bytes) {
  const [response] = await Promise.all([proxy.request(host, "GET /p/"), origin.answer(bytes)]);
  return response;
}

test("malformed answers are answered 502, whole or byte by byte", async () => {
  for (const answer of [
    "hello\r\n\r\n",
    "SSH-2.0-x\r\n",
    "HTTP/2.0 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\n\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 600 OK\r\n\r\n",
    "HTTP/1.1 000 OK\r\n\r\n",
    "HTTP/1.1 200OK\r\n\r\n",
    "HTTP/1.1 200 O\0K\r\n\r\n",
    "HTTP/1.1 200 O\rK\r\n\r\n",
    "http/1.1 200 OK\r\n\r\n",
    "\r\nHTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\rX: y\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\nX: y\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
    "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\na",
    "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\na",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    `HTTP/1.1 200 OK\r\nA: ${"b".repeat(2048)}\r\n\r\n`,
    `HTTP/1.1 200 ${"b".repeat(4096)}\r\n\r\n`,
    `HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(400)}\r\n`,
  ]) {
    assert.equal((await failing(answer)).status, 502, JSON.stringify(answer.slice(0, 80)));
    const client = await Raw.open(proxy.url);
    client.write(head(host, "GET /p/"));
    const { raw } = await origin.request();
    if (answer.length < 200) await raw.drip(answer);
    else raw.write(answer);
    raw.end();
    assert.equal((await client.response()).status, 502);
    raw.close();
    client.close();
  }
});

test("answers that are odd but right", async () => {
  for (const [answer, status, body] of /** @type {[string, number, string][]} */ ([
    ["HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\na", 200, "a"],
    ["HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", 200, "a"],
    ["HTTP/1.0 200 OK\r\n\r\nall there is", 200, "all there is"],
    ["HTTP/1.1 200 OK\r\n\r\n", 200, ""],
    ["HTTP/1.1 299 \xfc\r\nContent-Length: 0\r\n\r\n", 299, ""],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\n\r\nsmuggled", 200, "a"],
    ["HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nabcde", 204, ""],
    ["HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\nabcde", 304, ""],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;a=b\r\na\r\n0\r\nX: y\r\n\r\nmore", 200, "a"],
    [`${"HTTP/1.1 103 Hints\r\nA: b\r\n\r\n".repeat(200)}HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na`, 200, "a"],
  ])) {
    const response = await failing(answer);
    assert.equal(response.status, status, JSON.stringify(answer.slice(0, 80)));
    assert.equal(response.body.toString(), body);
    assert.equal(
      response.headers.get("content-length") ?? "",
      { 200: response.headers.get("content-length") ?? "", 204: "", 304: "5", 299: "0" }[status],
    );
    const client = await Raw.open(proxy.url);
    client.write(head(host, "GET /p/"));
    const { raw } = await origin.request();
    await raw.drip(answer);
    raw.end();
    assert.equal((await client.response()).body.toString(), body);
    raw.close();
    client.close();
  }
});

test("an origin that goes before it has answered", async () => {
  assert.equal((await failing("")).status, 502);
  assert.equal((await failing("HTTP/1.1 200 OK\r\nA: b")).status, 502);
  const client = await Raw.open(proxy.url);
  for (const bytes of ["", "HTTP/1.1 200 OK\r\n"]) {
    client.write(head(host, "GET /p/"));
    const { raw } = await origin.request();
    raw.write(bytes);
    await delay(20);
    raw.close(true);
    assert.equal((await client.response()).status, 502);
  }
  client.write(`${head(host, "POST /p/", "Content-Length: 100000")}begun`);
  const { raw } = await origin.request();
  raw.close(true);
  const response = await client.response();
  assert.equal(response.status, 502);
  assert.equal(response.headers.get("connection"), "close");
  client.close();
});

test("a body that breaks off, or lies, is not taken for a complete one", async () => {
  const sized = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345";
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n";
  for (const [answer, hard] of /** @type {[string, boolean][]} */ ([
    [sized, false],
    [sized, true],
    [chunked, false],
    [chunked, true],
    [`${chunked}5`, false],
    [`${chunked}5\r\n123`, false],
    [`${chunked}0\r\n`, false],
    [`${chunked}x\r\n`, false],
    [`${chunked}123456789\r\n`, false],
    [`${chunked}-1\r\n`, false],
    [`${chunked}1\r\nab\r\n0\r\n\r\n`, false],
    [`${chunked}1\n1\n0\n\n`, false],
    [`${chunked}0\r\nbad trailer\r\n\r\n`, false],
    [`${chunked}0\r\n${"A: b\r\n".repeat(300)}\r\n`, false],
    [`${chunked}1;${"x".repeat(300)}\r\na\r\n0\r\n\r\n`, false],
    ["HTTP/1.1 200 OK\r\n\r\nuntil close", true],
  ])) {
    for (const minor of [1, 0]) {
      const client = await Raw.open(proxy.url);
      client.write(`GET /p/ HTTP/1.${minor}\r\nHost: ${host}\r\n\r\n`);
      const { raw } = await origin.request();
      raw.write(answer);
      await client.takeTo("\r\n\r\n");
      await delay(20);
      if (hard) raw.close(true);
      else raw.end();
      await client.ended();
      assert.equal(client.input.toString().endsWith("0\r\n\r\n"), false, JSON.stringify(answer));
      client.close();
      raw.close();
    }
  }
});

test("a client of HTTP/1.0 is told by a reset, since the end of the connection is the end of the body", async () => {
  // curl, since Node takes a reset behind data for an end.
  for (const body of ["5\r\n12345\r\nx\r\n", "5\r\n12345\r\n"]) {
    const child = spawn("curl", ["-s", "--http1.0", "-H", `Host: ${host}`, `${proxy.url}/p/`]);
    const exit = once(child, "exit");
    const { raw } = await origin.request();
    raw.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
    raw.end();
    const [code] = await exit;
    assert.equal(code, 56, "a failure in receiving");
    raw.close();
  }
});

test("an origin that says nothing, or not enough, is given up: 504, or the end of the connection", async () => {
  for (const bytes of ["", "HTTP/1.1 200 OK\r\nA: b\r\n"]) {
    const client = await Raw.open(proxy.url);
    client.write(head(host, "GET /p/"));
    const { raw } = await origin.request();
    raw.write(bytes);
    const response = await client.response();
    assert.equal(response.status, 504);
    assert.match(response.body.toString(), /takes too long to answer/);
    client.close();
    raw.close();
  }
  const client = await Raw.open(proxy.url);
  client.write(head(host, "GET /p/"));
  const { raw } = await origin.request();
  raw.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
  await client.takeTo("\r\n\r\n12345");
  assert.equal(await client.ended(), "end");
  client.close();
  raw.close();
});

test("a head that drips has to be complete in time all the same", async () => {
  const client = await Raw.open(proxy.url);
  client.write(head(host, "GET /p/"));
  const { raw } = await origin.request();
  raw.write("HTTP/1.1 200 OK\r\n");
  const drip = setInterval(() => raw.write("A: b\r\n"), 50);
  assert.equal((await client.response()).status, 504);
  clearInterval(drip);
  client.close();
  raw.close();
});

test("an origin that answers and reads no more of the request", async () => {
  const client = await Raw.open(proxy.url);
  client.write(`${head(host, "POST /p/", "Content-Length: 9000000")}`).write(Buffer.alloc(9_000_000));
  const { raw } = await origin.request();
  raw.socket.pause();
  raw.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
  const response = await client.response();
  assert.equal(response.body.toString(), "done");
  assert.equal(response.headers.get("connection"), "close");
  client.close();
  raw.close();
  await nothingIsLeft(proxy);
});

test("a port where nobody listens, and a network without a way", async () => {
  const closed = await RawOrigin.open();
  closed.close();
  const name = await proxy.mount(closed.port);
  const refused = await proxy.request(name, "GET /p/");
  assert.equal(refused.status, 503);
  assert.match(refused.body.toString(), /accepts no connection/);
  const client = await Raw.open(proxy.url);
  client.write(head(name, "POST /p/", "Content-Length: 5"));
  assert.equal((await client.response()).status, 503);
  client.close();
  await proxy.destroy(name);
});

test("an origin that does not take the connection", async (t) => {
  // A process that is stopped, with a queue of one: what does not fit is not answered at all.
  const child = spawn(process.execPath, [
    "-e",
    'const s=require("net").createServer();s.listen({port:0,host:"127.0.0.1",backlog:1},()=>{console.log(s.address().port);process.kill(process.pid,"SIGSTOP")})',
  ]);
  t.after(() => child.kill("SIGKILL"));
  const [data] = await once(child.stdout, "data");
  const port = Number(data);
  const fill = Array.from({ length: 4 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  t.after(() => {
    for (const socket of fill) socket.destroy();
  });
  await delay(100);
  const name = await proxy.mount(port, { connectTimeout: 300 });
  const response = await proxy.request(name, "GET /p/");
  assert.equal(response.status, 504);
  assert.match(response.body.toString(), /could not be reached in time/);
  await proxy.destroy(name);
});

test("no socket is free", async () => {
  const first = await Raw.open(proxy.url);
  const [response] = await Promise.all([
    first.write(head(host, "GET /p/")).response(),
    origin.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
  ]);
  assert.equal(response.status, 200);
  const others = await Promise.all(Array.from({ length: 18 }, () => Raw.open(proxy.url)));
  await delay(50);
  // One is left for connections of our own; a second one is not.
  others[0].write(head(host, "GET /p/"));
  const { raw: there } = await origin.request();
  const none = await first.write(head(host, "GET /p/")).response();
  assert.equal(none.status, 503);
  assert.match(none.body.toString(), /no connection is free/);
  there.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  assert.equal((await others[0].response()).status, 200);
  for (const raw of [first, there, ...others]) raw.close();
});

test("clients that go at any point take their request with them", async () => {
  for (const hard of [true, false]) {
    // While it connects, while the origin thinks, within a body, within an upload.
    let client = await Raw.open(proxy.url);
    client.write(head(host, "GET /p/"));
    client.close(hard);
    await delay(50);
    origin.forget();
    client = await Raw.open(proxy.url);
    client.write(head(host, "GET /p/"));
    let there = (await origin.request()).raw;
    client.close(hard);
    if (!hard) there.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").write(Buffer.alloc(100_000));
    assert.match(await there.ended(), /end|ECONNRESET|EPIPE/);
    there.close();
    client = await Raw.open(proxy.url);
    client.write(`${head(host, "POST /p/", "Content-Length: 10")}123`);
    there = (await origin.request()).raw;
    await there.take(3);
    client.close(hard);
    assert.match(await there.ended(), /end|ECONNRESET|EPIPE/);
    there.close();
  }
  await nothingIsLeft(proxy);
});

test("a body that drips either way is passed on as it comes", async () => {
  const client = await Raw.open(proxy.url);
  client.write(head(host, "POST /p/", "Content-Length: 20"));
  const { raw } = await origin.request();
  await Promise.all([client.drip("abcdefghijklmnopqrst"), raw.take(20)]);
  raw.write("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");
  await Promise.all([raw.drip("abcdefghijklmnopqrst"), client.takeTo("\r\n\r\nabcdefghijklmnopqrst")]);
  client.close();
  raw.close();
});

test("random bytes at random times: no answer, no harm", async () => {
  let seed = 1;
  const random = (/** @type {number} */ below) => {
    seed = (seed * 16807) % 2147483647;
    return seed % below;
  };
  const good = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n5\r\n12345\r\n0\r\n\r\n";
  for (let i = 0; i < 300; i++) {
    const bytes = Buffer.from(good);
    for (let j = 0; j < 1 + random(3); j++) bytes[random(bytes.length)] = random(256);
    const client = await Raw.open(proxy.url);
    client.write(head(host, "GET /p/"));
    const { raw } = await origin.request();
    const cut = random(bytes.length);
    raw.write(bytes.subarray(0, cut));
    if (random(2)) await delay(1);
    raw.write(bytes.subarray(cut));
    if (random(3)) raw.end();
    else raw.close(random(2) === 1);
    await client.takeTo("\r\n\r\n").catch(() => "");
    client.close();
    raw.close();
  }
});

test("after all of it the heap is what it was, and there is no connection", async () => {
  await nothingIsLeft(proxy);
  const now = await settled(proxy.device);
  const more = now.slots + now.chunks + now.native - base.slots - base.chunks - base.native;
  assert.equal(more < 1500, true, JSON.stringify([base, now]));
  assert.equal(
    proxy.device.lines.some((line) => /reset|Error:/.test(line)),
    false,
  );
  assert.equal((await failing("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")).body.toString(), "ok");
});
