// @ts-check
/**
 * Compressed messages of any content, in any fragments and cuts, whole or damaged: Node's zlib says what they mean, and the device must say the
 * same. FUZZ_RUNS and FUZZ_SEED choose how much and what.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { Raw } from "../lib/raw.mjs";
import { settled } from "../lib/settle.mjs";
import { BINARY, CLOSE, CONTINUATION, frame, handshake, WsRaw } from "../lib/ws.mjs";
import { PORTS, startCorpus } from "../lib/wscorpus.mjs";

const runs = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 300),
  seed: Number(process.env.FUZZ_SEED ?? 1),
  endOnFailure: true,
};
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** @type {Awaited<ReturnType<typeof startCorpus>>} */
let device;
before(async () => {
  device = await startCorpus();
});
after(() => device?.close());

const content = fc.oneof(
  fc.uint8Array({ maxLength: 3000, size: "max" }).map(Buffer.from),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(8000))
    .map(([part, length]) => Buffer.alloc(length, part)),
  fc
    .array(fc.constantFrom("lamp", "sensor", ":", ",", "0", "1", "Grüße"), { maxLength: 600 })
    .map((all) => Buffer.from(all.join(""))),
);
const settings = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FILTERED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FIXED,
  ),
});

/** @param {number} port */
async function open(port) {
  const raw = await Raw.open(device.apUrl(port));
  const fields = { "Sec-WebSocket-Extensions": "permessage-deflate", "Sec-WebSocket-Protocol": "whole" };
  assert.equal((await raw.write(handshake(fields)).response()).status, 101);
  return new WsRaw(raw);
}

/** Sends the compressed bytes in fragments, the stream in pieces. @param {WsRaw} ws @param {Buffer} data @param {number[]} cuts */
async function send(ws, data, cuts) {
  const at = [0, ...cuts.map((cut) => cut % (data.length + 1)).sort((a, b) => a - b), data.length];
  const frames = at.slice(1).map((to, index) =>
    frame(index ? CONTINUATION : BINARY, data.subarray(at[index], to), {
      rsv: index ? 0 : 4,
      fin: index === at.length - 2,
    }),
  );
  const stream = Buffer.concat(frames);
  const half = cuts.length > 0 ? cuts[0] % stream.length : 0;
  ws.raw.write(stream.subarray(0, half));
  await new Promise((resolve) => setImmediate(resolve));
  ws.raw.write(stream.subarray(half));
}

/** The message that comes back, or the code of a close frame. @param {WsRaw} ws */
async function answer(ws) {
  const pieces = [];
  const [first] = await ws.raw.take(1);
  ws.raw.input = Buffer.concat([Buffer.from([first & 0xbf]), ws.raw.input]);
  for (;;) {
    const { fin, opcode, payload } = await ws.frame();
    if (opcode === CLOSE) return payload.readUInt16BE();
    pieces.push(payload);
    if (fin) break;
  }
  const data = Buffer.concat(pieces);
  if (!(first & 0x40)) return data;
  return inflateRawSync(Buffer.concat([data, TAIL]), { finishFlush: constants.Z_SYNC_FLUSH, windowBits: 10 });
}

test("what a client compresses comes back as it was", async () => {
  const ws = await open(PORTS.large);
  await fc.assert(
    fc.asyncProperty(content, settings, fc.array(fc.nat(9000), { maxLength: 6 }), async (data, options, cuts) => {
      const all = deflateRawSync(data, { ...options, finishFlush: constants.Z_SYNC_FLUSH });
      await send(ws, all.subarray(0, -4), cuts);
      assert.deepEqual(await answer(ws), data);
    }),
    runs,
  );
  ws.raw.close();
});

test("damaged data means what it means to zlib, or is refused", async () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      content,
      settings,
      damage,
      fc.array(fc.nat(9000), { maxLength: 3 }),
      async (data, options, at, cuts) => {
        const bad = Buffer.from(
          deflateRawSync(data, { ...options, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
        );
        for (const [where, what] of at) if (bad.length > 0) bad[where % Math.min(bad.length, 200)] = what;
        const ws = await open(PORTS.large);
        await send(ws, bad, cuts);
        const result = await answer(ws);
        if (typeof result === "number") assert.equal(result === 1007 || result === 1009, true, String(result));
        else {
          const meant = inflateRawSync(Buffer.concat([bad, TAIL]), { finishFlush: constants.Z_SYNC_FLUSH });
          // Behind a last block zlib stops reading.
          assert.deepEqual(result.subarray(0, meant.length), meant);
        }
        ws.raw.close();
      },
    ),
    runs,
  );
});

test("after all that nothing is left of it", async () => {
  await settled(device);
  assert.equal((await device.figures()).boots, 1, device.tail());
  assert.deepEqual(
    device.lines.filter((line) => line.startsWith("E ")),
    [],
  );
});
