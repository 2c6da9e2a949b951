// @ts-check
/**
 * Clients that take their time. The bench image gives them 4 seconds; they wait side by side, but no more of them at once than there are
 * transactions.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startBench } from "../lib/bench.mjs";
import { ask, Raw } from "../lib/raw.mjs";

const LIMIT = 4000;
/** All times are the device's. */
const SPEED = 3;

/** @param {number} ms */
const pass = (ms) => delay(ms / SPEED);

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench({ args: ["--speed", String(SPEED)] });
});
after(() => bench?.device.close());

/** Runs `wait` and checks that it took about one limit, or up to `most`. @param {() => Promise<unknown>} wait @param {number} [most] */
async function takesLimit(wait, most = 1) {
  const start = Date.now();
  await wait();
  const taken = (Date.now() - start) * SPEED;
  assert.equal(taken > LIMIT - 100 && taken < most * LIMIT + 2500, true, `${taken} ms`);
}

/** @param {Raw} raw */
async function expect408(raw) {
  const response = await raw.response();
  assert.equal(response.status, 408);
  assert.equal(response.headers.get("connection"), "close");
  assert.equal(await raw.ended(), "end");
  raw.close();
}

describe("heads that take too long (RFC 9110 §15.5.9)", { concurrency: true }, () => {
  test("a connection that says nothing is closed without a word", async () => {
    const raw = await Raw.open(bench.url);
    await takesLimit(() => raw.ended());
    assert.equal(raw.input.length, 0);
    raw.close();
  });

  test("a request line that does not end: 408", async () => {
    const raw = await Raw.open(bench.url);
    raw.write("GET / HTTP");
    await takesLimit(() => expect408(raw));
  });

  test("headers that do not end: 408", async () => {
    const raw = await Raw.open(bench.url);
    raw.write("GET / HTTP/1.1\r\nHost: a\r\n");
    await takesLimit(() => expect408(raw));
  });

  test("headers that come drop by drop get no more time: 408", async () => {
    const raw = await Raw.open(bench.url);
    raw.write("GET / HTTP/1.1\r\nX: ");
    const drops = setInterval(() => raw.write("x"), 300 / SPEED);
    await takesLimit(() => expect408(raw));
    clearInterval(drops);
  });

  test("the second request of a connection, too: 408", async () => {
    const raw = await Raw.open(bench.url);
    assert.equal((await raw.write("GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n").response()).status, 200);
    raw.write("GET / HT");
    await takesLimit(() => expect408(raw));
  });
});

describe("bodies and responses that take too long", { concurrency: true }, () => {
  test("a body that does not come: 408", async () => {
    const raw = await Raw.open(bench.url);
    raw.write("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    await takesLimit(() => expect408(raw));
  });

  test("a chunk that does not come: 408", async () => {
    const raw = await Raw.open(bench.url);
    raw.write("POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
    await takesLimit(() => expect408(raw));
  });

  test("a body that moves may take longer than the limit", async () => {
    const raw = await Raw.open(bench.url);
    raw.write("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n");
    for (let i = 0; i < 30; i++) {
      await pass(200);
      raw.write("a".repeat(100));
    }
    const response = await raw.response();
    assert.equal(response.body.toString(), '{"length":3000,"sum":291000}');
    raw.close();
  });

  test("a kept connection may be idle for longer than that", async () => {
    const raw = await Raw.open(bench.url);
    raw.write("GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.equal((await raw.response()).status, 200);
    await pass(LIMIT + 2000);
    assert.equal((await raw.write("GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n").response()).status, 200);
    raw.close();
  });

  test("a response that nobody reads is given up", async () => {
    const raw = await Raw.open(bench.url);
    raw.write("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
    await raw.take(1);
    raw.socket.pause();
    // What moved before it stopped counts for the first time-out.
    await pass(2 * LIMIT + 1500);
    raw.socket.resume();
    assert.match(await raw.ended(), /end|ECONNRESET/);
    raw.close();
  });
});

describe("bodies that come drop by drop", { concurrency: true }, () => {
  for (const [what, fields, start, drop] of [
    ["a body", "Content-Length: 1000", "", "x"],
    ["chunks", "Transfer-Encoding: chunked", "", "1\r\nx\r\n"],
    ["a chunk's extension", "Transfer-Encoding: chunked", "1;", "x"],
  ]) {
    test(`${what} drop by drop, less than 100 bytes a second: 408`, async () => {
      const raw = await Raw.open(bench.url);
      raw.write(`POST /sink HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${start}`);
      const drops = setInterval(() => raw.write(drop), 500 / SPEED);
      try {
        await takesLimit(() => expect408(raw));
      } finally {
        clearInterval(drops);
      }
    });
  }
});

test("who comes while all transactions are taken waits, and those who dawdle get no more than 2 s", async () => {
  const slow = await Promise.all(Array.from({ length: 5 }, () => Raw.open(bench.url)));
  for (const raw of slow) raw.write("GET / HTTP/1.1\r\nHost: a\r\n");
  await pass(200);
  const raw = await Raw.open(bench.url);
  raw.write("GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n");
  const start = Date.now();
  await pass(1000);
  assert.equal(raw.input.length + raw.ending.length, 0, "waits");
  assert.equal((await raw.response()).status, 200);
  assert.equal((Date.now() - start) * SPEED < LIMIT - 500, true, "served before the others' time was up");
  raw.close();
  for (const each of slow) await expect408(each);
});

test("all are gone and the device serves", async () => {
  assert.equal((await ask(bench.url, "GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n")).status, 200);
  for (let tries = 0; (await bench.device.figures()).sockets > 0; tries++) {
    assert.equal(tries < 50, true, "sockets left");
    await pass(100);
  }
  assert.equal((await bench.device.figures()).boots, 1);
});
