// @ts-check
/**
 * Valid streams of requests and of messages, made at random and cut at random: whatever the cuts, each request is understood as it was meant and each
 * message comes back as it was. FUZZ_RUNS and FUZZ_SEED choose how much and what.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { Device } from "../../tools/lib/device.mjs";
import { Raw } from "../lib/raw.mjs";
import { BINARY, CLOSE, CONTINUATION, closing, frame, PING, PONG, TEXT, WsRaw } from "../lib/ws.mjs";
import { startCorpus } from "../lib/wscorpus.mjs";

const runs = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 400),
  seed: Number(process.env.FUZZ_SEED ?? 1),
  endOnFailure: true,
};

/** @type {Device} */
let http;
/** @type {Device} */
let ws;
before(async () => {
  http = new Device({ factory: null, ota_0: "corpus" });
  await http.powerOn();
  await http.waitForAddress("access point");
  ws = await startCorpus();
});
after(async () => {
  await http?.close();
  await ws?.close();
});

/** Writes the bytes in the pieces that `cuts` make of them, each a segment where the stack likes. @param {Raw} raw @param {Buffer<ArrayBuffer>} data @param {number[]} cuts */
async function writeCut(raw, data, cuts) {
  let from = 0;
  for (const cut of cuts.map((each) => each % (data.length + 1)).sort((a, b) => a - b)) {
    raw.write(data.subarray(from, cut));
    from = cut;
    await new Promise((resolve) => setImmediate(resolve));
  }
  raw.write(data.subarray(from));
}

const word = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
const cuts = fc.array(fc.nat(4000), { maxLength: 8 });
const body = fc.uint8Array({ maxLength: 400, size: "max" }).map(Buffer.from);
const request = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE"),
  path: word.map((name) => `/echo/${name}`),
  query: fc.option(word.map((name) => `a=${name}`)),
  x: fc.option(fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/)),
  isChunked: fc.boolean(),
  hasTrailer: fc.boolean(),
  extension: fc.option(word),
  chunk: fc.integer({ min: 1, max: 90 }),
  body,
});
/** @typedef {{ method: string, path: string, query: string | null, x: string | null, isChunked: boolean, hasTrailer: boolean, extension: string | null, chunk: number, body: Buffer<ArrayBuffer> }} Request */

/** @param {Request} request @param {boolean} isLast */
function encode(request, isLast) {
  const { method, path, query, x, isChunked, extension, chunk, body } = request;
  const lines = [`${method} ${path}${query === null ? "" : `?${query}`} HTTP/1.1`, "Host: two.lan"];
  if (x !== null) lines.push(`X: ${x}`);
  if (isLast) lines.push("Connection: close");
  if (method === "GET") return Buffer.from([...lines, "", ""].join("\r\n"));
  if (!isChunked) {
    return Buffer.concat([Buffer.from([...lines, `Content-Length: ${body.length}`, "", ""].join("\r\n")), body]);
  }
  const parts = [Buffer.from([...lines, "Transfer-Encoding: chunked", "", ""].join("\r\n"))];
  const behind = extension === null ? "" : `;${extension}=1`;
  for (let at = 0; at < body.length; at += chunk) {
    const data = body.subarray(at, at + chunk);
    parts.push(Buffer.from(`${data.length.toString(16)}${behind}\r\n`), data, Buffer.from("\r\n"));
  }
  parts.push(Buffer.from(`0\r\n${request.hasTrailer ? "T: 1\r\n" : ""}\r\n`));
  return Buffer.concat(parts);
}

/** @param {Request} request */
function meaning({ method, path, query, x, body }) {
  const data = method === "GET" ? Buffer.alloc(0) : body;
  return {
    vhost: "two.lan",
    method,
    path,
    query: query ?? "",
    host: "two.lan",
    version: "1.1",
    length: data.length,
    sum: data.reduce((sum, byte) => sum + byte, 0),
    ...(x === null ? {} : { x }),
  };
}

test("pipelined requests are understood alike, however they are cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 5 }),
      cuts,
      fc.constantFrom(80, 81, 82),
      async (all, cuts, port) => {
        const raw = await Raw.open(http.apUrl(port));
        try {
          await writeCut(raw, Buffer.concat(all.map((each, i) => encode(each, i === all.length - 1))), cuts);
          for (const each of all) {
            const { status, body } = await raw.response();
            assert.equal(status, 200);
            assert.deepEqual(JSON.parse(body.toString()), meaning(each));
          }
          assert.equal(await raw.ended(), "end");
          assert.equal(raw.input.length, 0);
        } finally {
          raw.close();
        }
      },
    ),
    runs,
  );
  assert.equal((await http.figures()).boots, 1, http.tail());
});

const message = fc.record({
  text: fc.option(fc.string({ unit: "binary", maxLength: 300, size: "max" })),
  data: fc.uint8Array({ maxLength: 900, size: "max" }).map(Buffer.from),
  fragments: fc.array(fc.nat(900), { maxLength: 3 }),
  ping: fc.option(fc.nat(3)),
  key: fc.uint8Array({ minLength: 4, maxLength: 4 }).map(Buffer.from),
});

test("fragmented messages come back whole, however they are cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 4 }), cuts, async (all, cuts) => {
      const client = await WsRaw.open(ws.apUrl(), "whole");
      try {
        const frames = [];
        const expected = [];
        for (const { text, data, fragments, ping, key } of all) {
          const payload = text === null ? data : Buffer.from(text);
          const opcode = text === null ? BINARY : TEXT;
          expected.push({ opcode, payload });
          const places = [0, ...fragments.map((at) => at % (payload.length + 1)).sort((a, b) => a - b), payload.length];
          for (let i = 1; i < places.length; i++) {
            const fin = i === places.length - 1;
            const part = payload.subarray(places[i - 1], places[i]);
            if (ping === i) frames.push(frame(PING, "between"));
            frames.push(frame(i === 1 ? opcode : CONTINUATION, part, { fin, mask: key }));
          }
        }
        frames.push(frame(CLOSE, closing(1000)));
        await writeCut(client.raw, Buffer.concat(frames), cuts);
        for (const { opcode, payload } of expected) {
          let answer = await client.frame();
          while (answer.opcode === PONG) answer = await client.frame();
          assert.equal(answer.opcode, opcode);
          assert.equal(answer.payload.equals(payload), true);
        }
        let last = await client.frame();
        while (last.opcode === PONG) last = await client.frame();
        assert.equal(last.opcode, CLOSE);
      } finally {
        client.raw.close();
      }
    }),
    runs,
  );
  assert.equal((await ws.figures()).boots, 1, ws.tail());
});
