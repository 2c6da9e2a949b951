// @ts-check
/** permessage-deflate with the `ws` package and Node's zlib as peers. Each test names its paragraph of RFC 7692. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import WebSocket from "ws";
import { Raw } from "../lib/raw.mjs";
import { settled } from "../lib/settle.mjs";
import { BINARY, CLOSE, CONTINUATION, closing, handshake, PING, PONG, TEXT, WsRaw } from "../lib/ws.mjs";
import { PORTS, startCorpus } from "../lib/wscorpus.mjs";

/** @type {Awaited<ReturnType<typeof startCorpus>>} */
let device;
before(async () => {
  device = await startCorpus();
});
after(() => device?.close());

/** A message as a client compresses it (§7.2.1). @param {Buffer | string} data @param {import("node:zlib").ZlibOptions} [options] */
function deflate(data, options = {}) {
  return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH, windowBits: 10, ...options }).subarray(0, -4);
}

/** @param {Buffer} data */
function inflate(data) {
  return inflateRawSync(Buffer.concat([data, Buffer.from([0, 0, 0xff, 0xff])]), {
    finishFlush: constants.Z_SYNC_FLUSH,
    windowBits: 10,
  });
}

/** Pseudo-random bytes. */
function noise(/** @type {number} */ length, seed = 1) {
  const data = Buffer.alloc(length);
  for (let at = 0, state = seed; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[at] = state >>> 24;
  }
  return data;
}

/** A connection with compression agreed on. @param {string} protocol @param {number} [port] @param {string} [offer] */
async function open(protocol, port = PORTS.small, offer = "permessage-deflate; client_max_window_bits") {
  const raw = await Raw.open(device.apUrl(port));
  raw.write(handshake({ "Sec-WebSocket-Protocol": protocol, "Sec-WebSocket-Extensions": offer }));
  const response = await raw.response();
  assert.equal(response.status, 101);
  return { ws: new Compressed(raw), answer: response.headers.get("sec-websocket-extensions") };
}

class Compressed extends WsRaw {
  /** The next message, frames put together and decompressed. */
  async message() {
    const [first] = await this.raw.take(1);
    this.raw.input = Buffer.concat([Buffer.from([first & 0xbf]), this.raw.input]);
    let next = await this.frame();
    const { opcode } = next;
    const pieces = [next.payload];
    while (!next.fin) {
      next = await this.frame();
      assert.equal(next.opcode, CONTINUATION);
      pieces.push(next.payload);
    }
    const data = Buffer.concat(pieces);
    return { opcode, isCompressed: (first & 0x40) !== 0, data: first & 0x40 ? inflate(data) : data, sent: data.length };
  }
}

const messages = [
  "",
  "a",
  "Hello",
  "Grüße 😀",
  "x".repeat(20000),
  "The quick brown fox jumps over the lazy dog. ".repeat(100),
  JSON.stringify(Array.from({ length: 300 }, (_, id) => ({ id, name: `sensor ${id % 7}`, value: id / 3 }))),
  Buffer.alloc(0),
  Buffer.alloc(5000),
  noise(1),
  noise(300),
  noise(20000),
  Buffer.concat([noise(1200), noise(1200), noise(900), noise(1100)]),
  Buffer.from(Array.from({ length: 3000 }, (_, at) => at & 255)),
];

describe("the ws package, in every combination of options", () => {
  for (const port of [PORTS.small, PORTS.keeping, PORTS.large]) {
    for (const serverNoContextTakeover of [false, true]) {
      for (const clientNoContextTakeover of [false, true]) {
        for (const [serverMaxWindowBits, clientMaxWindowBits] of [
          [undefined, undefined],
          [9, 9],
          [15, 15],
          [10, undefined],
          [undefined, 11],
        ]) {
          const bits = `server ${serverMaxWindowBits}, client ${clientMaxWindowBits}`;
          test(`port ${port}, takeover ${!serverNoContextTakeover} ${!clientNoContextTakeover}, ${bits}`, {
            timeout: 20_000,
          }, async () => {
            const ws = new WebSocket(device.apUrl(port, "ws"), "whole", {
              perMessageDeflate: {
                threshold: 0,
                ...(serverNoContextTakeover && { serverNoContextTakeover }),
                ...(clientNoContextTakeover && { clientNoContextTakeover }),
                ...(serverMaxWindowBits && { serverMaxWindowBits }),
                ...(clientMaxWindowBits && { clientMaxWindowBits }),
              },
            });
            await once(ws, "open");
            assert.match(ws.extensions, /^permessage-deflate/);
            for (const message of [...messages, ...messages]) {
              ws.send(message);
              const [data, isBinary] = await once(ws, "message");
              assert.equal(isBinary, Buffer.isBuffer(message));
              assert.equal(Buffer.compare(data, Buffer.from(message)), 0);
            }
            ws.close(1000);
            assert.equal((await once(ws, "close"))[0], 1000);
          });
        }
      }
    }
  }
});

describe("§7.1 offers and answers", () => {
  const forced = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  for (const [offer, answer, port] of /** @type {[string, string | undefined, number?][]} */ ([
    ["permessage-deflate; client_max_window_bits", `${forced}; server_max_window_bits=10; client_max_window_bits=10`],
    ["permessage-deflate", undefined],
    ["permessage-deflate", `${forced}; server_max_window_bits=10`, PORTS.large],
    ["permessage-deflate; client_max_window_bits=9", `${forced}; server_max_window_bits=10; client_max_window_bits=9`],
    [
      "permessage-deflate; client_max_window_bits; server_max_window_bits=8",
      `${forced}; server_max_window_bits=8; client_max_window_bits=10`,
    ],
    [
      'permessage-deflate; client_max_window_bits="15"; server_max_window_bits="9"',
      `${forced}; server_max_window_bits=9; client_max_window_bits=10`,
    ],
    [
      "permessage-deflate; client_max_window_bits",
      "permessage-deflate; server_max_window_bits=11; client_max_window_bits=12",
      PORTS.keeping,
    ],
    [
      "permessage-deflate; client_max_window_bits; server_no_context_takeover",
      "permessage-deflate; server_no_context_takeover; server_max_window_bits=11; client_max_window_bits=12",
      PORTS.keeping,
    ],
    ["permessage-deflate; client_max_window_bits; unknown", undefined],
    ["permessage-deflate; client_max_window_bits=7", undefined],
    ["permessage-deflate; client_max_window_bits=16", undefined],
    ["permessage-deflate; client_max_window_bits=010", undefined],
    ["permessage-deflate; client_max_window_bits; client_max_window_bits", undefined],
    ["permessage-deflate; client_max_window_bits; server_max_window_bits", undefined],
    ["permessage-deflate; client_max_window_bits; client_no_context_takeover=1", undefined],
    ["x-webkit-deflate-frame", undefined],
    [
      "x-other; a=1, permessage-deflate; server_max_window_bits=99, permessage-deflate; client_max_window_bits",
      `${forced}; server_max_window_bits=10; client_max_window_bits=10`,
    ],
  ])) {
    test(`${offer} on ${port ?? PORTS.small}`, async () => {
      const { ws, answer: given } = await open("whole", port, offer);
      assert.equal(given, answer);
      await ws.send(TEXT, "plain is always allowed").message();
      ws.raw.close();
    });
  }

  test("RFC 6455 §9.1 a malformed header: 400", async () => {
    for (const offer of ["", ",", "permessage-deflate;", "a b", "a=b", "a;b=", 'a;b="', 'a;"b"', "a;b=c=d", "a; b=é"]) {
      const raw = await Raw.open(device.apUrl());
      raw.write(handshake({ "Sec-WebSocket-Protocol": "whole", "Sec-WebSocket-Extensions": offer }));
      assert.equal((await raw.response()).status, 400, offer);
      raw.close();
    }
  });

  test("a protocol that wants none", async () => {
    const { ws, answer } = await open("plain");
    assert.equal(answer, undefined);
    await ws.send(TEXT, deflate("x"), { rsv: 4 }).expectClose(1002);
  });
});

describe("§6 RSV1 where it may not be: 1002", () => {
  for (const [name, ...frames] of /** @type {[string, ...Parameters<typeof import("../lib/ws.mjs").frame>[]][]} */ ([
    ["a ping", [PING, "", { rsv: 4 }]],
    ["a pong", [PONG, "", { rsv: 4 }]],
    ["a close", [CLOSE, closing(1000), { rsv: 4 }]],
    ["a continuation", [TEXT, deflate("a"), { rsv: 4, fin: false }], [CONTINUATION, "", { rsv: 4 }]],
    ["a continuation of a plain message", [TEXT, "a", { fin: false }], [CONTINUATION, "", { rsv: 4 }]],
    ["RSV2", [TEXT, deflate("a"), { rsv: 6 }]],
    ["RSV3", [TEXT, deflate("a"), { rsv: 5 }]],
  ])) {
    test(name, async () => {
      const { ws } = await open("whole");
      for (const each of frames) ws.send(...each);
      await ws.expectClose(1002);
    });
  }
});

test("§7.2.3 the RFC's own examples", async () => {
  const { ws } = await open("whole");
  for (const hex of [
    "f248cdc9c90700",
    "000500faff48656c6c6f00",
    "f348cdc9c9070000",
    "f348cdc9c90700",
    "f248050000 00ffffcac9c90700".replace(" ", ""),
  ]) {
    const { data } = await ws.send(TEXT, Buffer.from(hex, "hex"), { rsv: 4 }).message();
    assert.equal(data.toString(), "Hello", hex);
  }
  ws.send(TEXT, Buffer.from("f248cd", "hex"), { rsv: 4, fin: false });
  ws.send(PING, "between").send(CONTINUATION, Buffer.from("c9c90700", "hex"));
  await ws.expect(PONG, "between");
  assert.equal((await ws.message()).data.toString(), "Hello");
  for (const hex of ["00", ""]) {
    assert.equal((await ws.send(TEXT, Buffer.from(hex, "hex"), { rsv: 4 }).message()).data.length, 0);
  }
  ws.raw.close();
});

test("§7.2.2 data that is none: 1007", async () => {
  const good = deflate(noise(200));
  for (const data of [
    Buffer.from([0xff]),
    Buffer.from([6]),
    Buffer.from([0, 5, 0, 5, 0]),
    good.subarray(0, 100),
    Buffer.from("020000", "hex"),
    // A match that reaches beyond the window of 1 kB.
    deflate(Buffer.concat([noise(3000), noise(3000)]), { windowBits: 15 }),
  ]) {
    const { ws } = await open("whole");
    await ws.send(BINARY, data, { rsv: 4 }).expectClose(1007);
  }
});

test("RFC 6455 §8.1 decompressed text that is no UTF-8: 1007", async () => {
  for (const text of [Buffer.from("ab\xff", "latin1"), Buffer.from([0xe2, 0x82])]) {
    const { ws } = await open("pieces");
    await ws.send(TEXT, deflate(text), { rsv: 4 }).expectClose(1007);
  }
  const { ws } = await open("whole");
  const data = deflate("é😀".repeat(40));
  for (let at = 0; at < data.length; at++)
    ws.send(at ? CONTINUATION : TEXT, data.subarray(at, at + 1), { rsv: at ? 0 : 4, fin: at === data.length - 1 });
  assert.equal((await ws.message()).data.toString(), "é😀".repeat(40));
  ws.raw.close();
});

test("§8.2 what grows beyond the limit ends early: 1009", async () => {
  const bomb = deflate(Buffer.alloc(16_000_000), { level: 9 });
  assert.equal(bomb.length < 20_000, true);
  const before = await settled(device);
  const { bytecodes } = await device.figures();
  for (const protocol of ["small", "whole", "pieces"]) {
    const { ws } = await open(protocol);
    ws.send(BINARY, bomb, { rsv: 4 });
    // What was decompressed before the limit may have come back, compressed.
    await ws.raw.ended();
    assert.deepEqual(ws.raw.input.subarray(-4), Buffer.concat([Buffer.from([0x88, 2]), closing(1009)]), protocol);
    ws.raw.close();
  }
  const figures = await device.figures();
  assert.equal(figures.bytecodes - bytecodes < 400_000, true, `${figures.bytecodes - bytecodes} byte codes`);
  assert.equal(figures.nativePeak < 60_000, true, `native heap up to ${figures.nativePeak}`);
  const { ws } = await open("small");
  await ws.send(BINARY, deflate(Buffer.alloc(101)), { rsv: 4 }).expectClose(1009);
  const fits = (await open("small")).ws;
  assert.equal((await fits.send(BINARY, deflate(Buffer.alloc(100)), { rsv: 4 }).message()).data.length, 100);
  fits.raw.close();
  const rest = await settled(device);
  assert.equal(rest.native, before.native);
});

test("RFC 6455 §7.4.2 no memory for another large window: 1013, and the others go on", async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => open("whole", PORTS.large, "permessage-deflate")));
  const data = deflate("x".repeat(300));
  for (const { ws } of all) {
    ws.send(TEXT, data.subarray(0, 3), { rsv: 4, fin: false });
    ws.send(PING, "");
  }
  // Each has taken its window, or was refused one, before the first message goes on.
  const first = await Promise.all(all.map(({ ws }) => ws.frame()));
  let refused = 0;
  for (const [i, { ws }] of all.entries()) {
    const { opcode, payload } = first[i];
    if (opcode === CLOSE) {
      assert.equal(payload.readUInt16BE(), 1013);
      refused++;
    } else {
      ws.send(CONTINUATION, data.subarray(3));
      assert.equal((await ws.message()).data.toString(), "x".repeat(300));
    }
    ws.raw.close();
  }
  assert.ok(refused >= 1 && refused < all.length, `${refused} refused`);
  await settled(device);
});

test("pieces of a long message, while the reader stops the writer at each", async () => {
  const { ws } = await open("pieces", PORTS.large);
  const data = Buffer.concat([Buffer.alloc(100_000, "abcdefgh"), noise(60_000), Buffer.alloc(1_000_000)]);
  ws.send(BINARY, deflate(data, { windowBits: 15 }), { rsv: 4 });
  const { data: back, isCompressed } = await ws.message();
  assert.equal(isCompressed, true);
  assert.equal(Buffer.compare(back, data), 0);
  ws.raw.close();
});

test("idle connections with compression hold no window; those that leave amid a message give theirs back", async () => {
  const before = await settled(device);
  const idle = await Promise.all(Array.from({ length: 4 }, () => open("whole")));
  const { native } = await device.figures();
  for (const { ws } of idle) await ws.send(TEXT, deflate("x"), { rsv: 4 }).message();
  assert.equal((await device.figures()).native, native, "after a message");
  for (const { ws } of idle) ws.send(TEXT, deflate("x".repeat(300)).subarray(0, 3), { rsv: 4, fin: false });
  for (let tries = 0; (await device.figures()).native < native + 4000; tries++) assert.equal(tries < 200, true);
  for (const { ws } of idle) ws.raw.close(true);
  // What the tests before have left behind may go meanwhile.
  const rest = await settled(device);
  assert.equal(rest.native, before.native);
  assert.equal(rest.slots <= before.slots && rest.chunks <= before.chunks, true, JSON.stringify({ before, rest }));
});
