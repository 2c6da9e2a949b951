// @ts-check
/** More, or longer, than anybody means: requests, headers, targets. The image is test/images/bench. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { atRest, fillPool, served, withstand } from "../lib/attack.mjs";
import { startBench } from "../lib/bench.mjs";
import { ask, Raw } from "../lib/raw.mjs";

const GET = "GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n";
const MEGABYTE = 1 << 20;

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench();
  await Promise.all(Array.from({ length: 8 }, () => served(bench.url, "/1k.txt")));
  for (const path of ["/none", "/%", "/../none", "/%2e%2e/none"])
    await ask(bench.url, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await flood("GET /", "a");
  await flood("GET / HTTP/1.1\r\nX: ", "a");
  await fillPool(bench.url);
  await atRest(bench.device);
});
after(() => bench?.device.close());

const client = () => ({ url: bench.url, path: "/1k.txt" });

/** Sends `head`, and `piece` until a megabyte is gone or the device has ended it; resolves with the answer's status. */
async function flood(/** @type {string} */ head, /** @type {string} */ piece) {
  const raw = await Raw.open(bench.url);
  try {
    return (
      await raw
        .write(head)
        .write(piece.repeat(MEGABYTE / piece.length))
        .response()
    ).status;
  } finally {
    raw.close(true);
  }
}

/** Whole length of the answer to {@link GET}. */
async function answerLength() {
  const { headers, body } = await ask(bench.url, GET);
  let length = "HTTP/1.1 200 OK\r\n\r\n".length + body.length;
  for (const [name, value] of headers) length += name.length + value.length + 4;
  return length;
}

test("10,000 pipelined requests are all answered", { timeout: 60_000 }, (t) =>
  withstand(bench.device, t, client(), async (attackers) => {
    const count = 10_000;
    const expected = count * (await answerLength());
    const start = Date.now();
    const socket = attackers.open(bench.url, GET.repeat(count));
    let length = 0;
    // Counted in bytes: ten thousand responses taken apart would measure the test.
    await new Promise((resolve) => {
      socket.on("data", (data) => {
        length += data.length;
        if (length >= expected) resolve(undefined);
      });
      socket.on("close", resolve);
      setTimeout(resolve, 20_000).unref();
    });
    assert.equal(length, expected);
    return `${count} in ${Date.now() - start} ms`;
  }),
);

test("a megabyte of one header, of many headers, of blank lines, of trailers", { timeout: 30_000 }, (t) =>
  withstand(bench.device, t, client(), async () => {
    const statuses = [];
    for (const [head, piece] of [
      ["GET / HTTP/1.1\r\nX: ", "a"],
      ["GET / HTTP/1.1\r\nHost: a\r\n", "A: b\r\n"],
      ["", "\r\n"],
      ["POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n"],
      ["POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a"],
    ]) {
      statuses.push(await flood(head, piece));
    }
    assert.deepEqual(statuses, [431, 431, 400, 431, 400]);
    return `answered ${statuses.join(", ")}`;
  }),
);

test("a megabyte of method, of target, of query", { timeout: 30_000 }, (t) =>
  withstand(bench.device, t, client(), async () => {
    const statuses = [await flood("", "A"), await flood("GET /", "a"), await flood("GET /?", "%41")];
    assert.deepEqual(statuses, [501, 414, 414]);
    return `answered ${statuses.join(", ")}`;
  }),
);
