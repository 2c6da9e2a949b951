// @ts-check
/**
 * Random bytes in the likeness of HTTP and WebSocket, in random pieces. Whatever comes, the device neither restarts nor keeps anything of
 * it, and serves the next client. FUZZ_RUNS and FUZZ_SEED choose how much and what.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { startBench } from "../lib/bench.mjs";
import { ask, Raw } from "../lib/raw.mjs";
import { settled } from "../lib/settle.mjs";
import { frame, handshake } from "../lib/ws.mjs";

const runs = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 300),
  seed: Number(process.env.FUZZ_SEED ?? 1),
  endOnFailure: true,
};

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench();
});
after(() => bench?.device.close());

const junk = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map(Buffer.from),
  fc.constantFrom("\r\n", "\n", "\r", "\0", " ", ":", "é").map(Buffer.from),
);
const target = fc.oneof(
  fc.constantFrom("/", "/1k.txt", "/sink", "/flood/3", "*", "/%", "/..", "http://a/"),
  fc.webPath(),
  fc.string(),
);
const field = fc.oneof(
  fc.constantFrom(
    "Host: a",
    "Content-Length: 5",
    "Content-Length: 0",
    "Transfer-Encoding: chunked",
    "Connection: close",
    "Connection: keep-alive, upgrade",
    "Upgrade: websocket",
    "Expect: 100-continue",
    "Accept-Encoding: gzip",
    'If-None-Match: "x"',
    "Origin: http://a",
  ),
  fc.tuple(fc.string(), fc.string()).map(([name, value]) => `${name}: ${value}`),
);
const request = fc
  .tuple(
    fc.constantFrom("GET", "POST", "HEAD", "PUT", "OPTIONS", "X"),
    target,
    fc.constantFrom("1.1", "1.1", "1.0", "2.0"),
    fc.array(field, { maxLength: 6 }),
  )
  .map(([method, path, version, fields]) =>
    Buffer.from([`${method} ${path} HTTP/${version}`, "Host: a", ...fields, "", ""].join("\r\n")),
  );
const chunk = fc
  .uint8Array({ maxLength: 300 })
  .map((data) => Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from("\r\n")]));
const http = fc.array(fc.oneof({ weight: 4, arbitrary: request }, { weight: 2, arbitrary: chunk }, junk), {
  minLength: 1,
  maxLength: 8,
});

const frames = fc
  .tuple(
    fc.nat(15),
    fc.uint8Array({ maxLength: 400 }),
    fc.boolean(),
    fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 4),
    fc.constantFrom(true, true, true, true, true, false),
  )
  .map(([opcode, payload, fin, rsv, masked]) =>
    frame(opcode < 11 ? opcode % 3 : opcode - 3, Buffer.from(payload), { fin, rsv, masked }),
  );
const webSocket = fc.array(fc.oneof({ weight: 8, arbitrary: frames }, junk), { minLength: 1, maxLength: 12 });

/** Sends the pieces, cut anew at `cuts`, and leaves in one of three ways. */
async function send(/** @type {Buffer} */ data, /** @type {number[]} */ cuts, /** @type {number} */ leave) {
  const raw = await Raw.open(bench.url);
  let from = 0;
  for (const cut of cuts.map((each) => each % (data.length + 1)).sort((a, b) => a - b)) {
    raw.write(data.subarray(from, cut));
    from = cut;
    await new Promise((resolve) => setImmediate(resolve));
  }
  raw.write(data.subarray(from));
  if (leave === 0) raw.close(true);
  else if (leave === 1) raw.close();
  else {
    raw.end();
    await raw.ended();
    raw.close();
  }
}

/** @param {fc.Arbitrary<Buffer[]>} pieces */
async function fuzz(pieces) {
  const shape = [pieces, fc.array(fc.nat(3000), { maxLength: 5 }), fc.nat(2)];
  await fc.assert(
    fc.asyncProperty(
      .../** @type {[fc.Arbitrary<Buffer[]>, fc.Arbitrary<number[]>, fc.Arbitrary<number>]} */ (shape),
      async (all, cuts, leave) => {
        await send(Buffer.concat(all), cuts, leave);
        assert.equal((await ask(bench.url, "GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n")).status, 200);
      },
    ),
    runs,
  );
  await settled(bench.device);
  assert.equal((await bench.device.figures()).boots, 1, bench.device.tail());
  const errors = bench.device.lines.filter((line) => line.startsWith("E "));
  assert.deepEqual(errors, [], "errors on the console");
}

test("random HTTP", () => fuzz(http));

test("random WebSocket", () => fuzz(webSocket.map((all) => [Buffer.from(handshake()), ...all])));
