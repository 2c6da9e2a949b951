// @ts-check
/** The rules of the loop: who breaks them pays alone, and whatever connections do, nothing of them stays. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { startBench } from "../lib/bench.mjs";
import { ask, Raw } from "../lib/raw.mjs";
import { rested } from "../lib/settle.mjs";
import { CLOSE, closing, frame, TEXT, WsRaw } from "../lib/ws.mjs";

const GET = "GET /1k.txt HTTP/1.1\r\nHost: bench\r\n\r\n";

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench();
});
after(() => bench?.device.close());

/** Runs `act` beside a client that is served before, meanwhile and after. @param {() => Promise<void>} act */
async function besideOther(act) {
  const other = await WsRaw.open(bench.url);
  await other.send(TEXT, "before").expect(TEXT, "before");
  other.send(TEXT, "mean");
  await act();
  await other.expect(TEXT, "mean");
  await other.send(TEXT, "after").expect(TEXT, "after");
  await other.send(CLOSE, closing(1000)).expectClose(1000);
  assert.equal((await ask(bench.url, GET)).status, 200);
}

test("a write from outside of a writeable callback is refused", async () => {
  await besideOther(async () => {
    const ws = await WsRaw.open(bench.url, "bench-breaker");
    await ws.send(TEXT, "write outside").expect(TEXT, "refused: a write outside a writeable callback");
    await ws.send(TEXT, "go on").expect(TEXT, "go on");
    ws.raw.close();
  });
});

for (const [what, command, received, logged] of /** @type {const} */ ([
  ["a write from outside of a writeable callback", "write at once", "", "a write outside a writeable callback"],
  [
    "a second write in one writeable callback",
    "write twice",
    "write twice",
    "a second write in one writeable callback",
  ],
  ["a message handler that throws", "throw", "", "thrown on purpose"],
])) {
  test(`${what} costs its own connection`, async () => {
    await besideOther(async () => {
      const mark = bench.device.mark();
      const ws = await WsRaw.open(bench.url, "bench-breaker");
      ws.send(TEXT, command);
      if (received) await ws.expect(TEXT, received);
      await ws.raw.ended();
      assert.equal(ws.raw.input.length, 0, "nothing else came");
      await bench.device.waitForLine(new RegExp(`^E .*${logged}`), { after: mark });
    });
  });
}

test("a request handler that throws is answered 500, and costs its own connection", async () => {
  await besideOther(async () => {
    const mark = bench.device.mark();
    const raw = await Raw.open(bench.url);
    raw.write("GET /break/throw HTTP/1.1\r\nHost: bench\r\n\r\n");
    assert.equal((await raw.response()).status, 500);
    assert.equal(await raw.ended(), "end");
    assert.equal(raw.input.length, 0);
    raw.close();
    await bench.device.waitForLine(/^E .*thrown on purpose/, { after: mark });
  });
  assert.equal((await bench.device.figures()).boots, 1);
});

test("twenty connections at once, where the chip holds sixteen: all are served in the end", async () => {
  const replies = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const raw = await Raw.open(bench.url);
      const first = await raw.write(GET).response();
      const second = await raw.write(GET.replace("Host", "Connection: close\r\nHost")).response();
      assert.equal(await raw.ended(), "end");
      raw.close();
      return [first.status, second.status];
    }),
  );
  assert.deepEqual(replies.flat(), new Array(40).fill(200));
});

test("twenty WebSockets in turn over sixteen places", async () => {
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const ws = new WebSocket(bench.url.replace("http", "ws"), "bench-echo");
      await once(ws, "open");
      ws.send(String(i));
      assert.equal((await once(ws, "message"))[0].toString(), String(i));
      ws.close();
      await once(ws, "close");
    }),
  );
});

test("a reader that takes all that it can get leaves the others their turns", async () => {
  const greedy = spawn("curl", ["-sN", "-o", "/dev/null", `${bench.url}/flood`]);
  try {
    const ws = await WsRaw.open(bench.url);
    for (let i = 0; i < 50; i++) {
      const start = Date.now();
      await ws.send(TEXT, String(i)).expect(TEXT, String(i));
      assert.equal(Date.now() - start < 1000, true, `round ${i}`);
    }
    ws.raw.close();
    assert.equal(greedy.exitCode, null, "it still reads");
  } finally {
    greedy.kill();
  }
});

/** Ways of coming and going. @type {((url: string) => Promise<void>)[]} */
const visits = [
  async function kept(url) {
    const raw = await Raw.open(url);
    assert.equal((await raw.write(GET + GET).response()).status, 200);
    await raw.response();
    raw.end();
    await raw.ended();
    raw.close();
  },
  async function closedByServer(url) {
    await ask(url, GET.replace("Host", "Connection: close\r\nHost"));
  },
  async function reset(url) {
    const raw = await Raw.open(url);
    await raw.write(GET.replace("1k", "numbers")).take(100);
    raw.close(true);
  },
  async function resetAtOnce(url) {
    (await Raw.open(url)).close(true);
  },
  async function halfHead(url) {
    const raw = await Raw.open(url);
    raw.write("GET / HTTP/1.1\r\nHo").end();
    await raw.ended();
    raw.close();
  },
  async function halfBody(url) {
    const raw = await Raw.open(url);
    raw.write("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    raw.close(true);
  },
  async function malformed(url) {
    assert.equal((await ask(url, "GET / HTTP/1.1\r\nHost : a\r\n\r\n")).status, 400);
  },
  async function posted(url) {
    assert.equal((await ask(url, "POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")).status, 200);
  },
  async function thrown(url) {
    const raw = await Raw.open(url);
    await raw.write("GET /break/throw HTTP/1.1\r\nHost: a\r\n\r\n").ended();
    raw.close();
  },
  async function webSocket(url) {
    const ws = await WsRaw.open(url);
    await ws.send(TEXT, "x".repeat(3000)).expect(TEXT, "x".repeat(3000));
    await ws.send(CLOSE, closing(1000)).expectClose(1000);
  },
  async function webSocketReset(url) {
    const ws = await WsRaw.open(url);
    ws.raw.write(Buffer.concat([frame(TEXT, "abc", { fin: false }), frame(TEXT, "abc").subarray(0, 4)]));
    ws.raw.close(true);
  },
  async function floodReset(url) {
    const ws = await WsRaw.open(url, "bench-flood");
    await ws.frame();
    ws.raw.close(true);
  },
];

/** @param {number} count how many clients, some at the same time */
async function visit(count) {
  for (let done = 0; done < count; done += 5) {
    await Promise.all(Array.from({ length: 5 }, (_, i) => visits[(done + i) % visits.length](bench.url)));
  }
}

/** Takes all transactions: one for each of these connections, until it is closed. They are made when they are first needed, and kept. */
async function takeTransactions() {
  const takers = await Promise.all(Array.from({ length: 5 }, () => Raw.open(bench.url)));
  for (const raw of takers) {
    raw.write("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n");
    assert.equal((await raw.response()).status, 100);
  }
  return takers;
}

test("who waits for a transaction and goes leaves the next one free", async () => {
  const takers = await takeTransactions();
  const waiting = await Promise.all(Array.from({ length: 4 }, () => Raw.open(bench.url)));
  for (const raw of waiting) raw.write(GET);
  await delay(100);
  for (const raw of waiting.slice(0, 3)) raw.close(true);
  takers[0].close(true);
  assert.equal((await waiting[3].response()).status, 200);
  for (const raw of [...takers, ...waiting]) raw.close(true);
});

test("240 clients come and go in every way, and leave nothing behind", async () => {
  for (const raw of await takeTransactions()) raw.close();
  await visit(60);
  const start = await rested(bench.device);
  await visit(240);
  assert.deepEqual(await rested(bench.device), start);
  assert.equal((await bench.device.figures()).boots, 1);
});
