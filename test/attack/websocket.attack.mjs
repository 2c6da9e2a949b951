// @ts-check
/** Attacks through WebSockets. The image is test/images/wscorpus, whose protocols send back what comes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { constants, deflateRawSync } from "node:zlib";
import { atRest, fillPool, withstand } from "../lib/attack.mjs";
import { Raw } from "../lib/raw.mjs";
import { BINARY, CONTINUATION, closing, frame, handshake, PING, PONG, WsRaw } from "../lib/ws.mjs";
import { startCorpus } from "../lib/wscorpus.mjs";

/** 16 MB in 16 kB. */
const BOMB = deflateRawSync(Buffer.alloc(16_000_000), {
  finishFlush: constants.Z_SYNC_FLUSH,
  windowBits: 10,
  level: 9,
});

/** @type {Awaited<ReturnType<typeof startCorpus>>} */
let device;
before(async () => {
  device = await startCorpus();
  const all = await Promise.all([bomber("whole"), bomber("pieces"), bomber("small")]);
  for (const raw of all) raw.write(frame(BINARY, "x")).close();
  await fillPool(device.apUrl());
  await atRest(device);
});
after(() => device?.close());

const client = () => ({ url: device.apUrl(), path: "/", status: 404 });

/** A connection with compression agreed on. */
async function bomber(/** @type {string} */ protocol) {
  const raw = await Raw.open(device.apUrl());
  raw.write(
    handshake({
      "Sec-WebSocket-Protocol": protocol,
      "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    }),
  );
  assert.equal((await raw.response()).status, 101);
  return raw;
}

test("1,000 pings at once, on each of four connections", { timeout: 30_000 }, (t) =>
  withstand(device, t, client(), async () => {
    const start = Date.now();
    const pings = Buffer.concat(Array.from({ length: 1000 }, (_, i) => frame(PING, String(i))));
    const all = await Promise.all(Array.from({ length: 4 }, () => WsRaw.open(device.apUrl(), "whole")));
    for (const ws of all) ws.raw.write(pings);
    let pongs = 0;
    for (const ws of all) {
      for (let last = ""; last !== "999"; pongs++) {
        const { opcode, payload } = await ws.frame();
        assert.equal(opcode, PONG);
        last = payload.toString();
      }
      ws.raw.close();
    }
    return `${pongs} pongs, the latest of each connection among them, in ${Date.now() - start} ms`;
  }),
);

test("pings without end from peers that read nothing", { timeout: 30_000 }, (t) =>
  withstand(device, t, client(), async () => {
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(PING, Buffer.alloc(125))));
    const all = await Promise.all(Array.from({ length: 4 }, () => WsRaw.open(device.apUrl(), "whole")));
    for (const ws of all) {
      ws.raw.socket.pause();
      for (let i = 0; i < 20; i++) ws.raw.write(pings);
    }
    await delay(2000);
    const { peak } = await device.figures();
    for (const ws of all) ws.raw.close(true);
    return `heap at most ${peak}`;
  }),
);

test("deflate bombs: 16 MB in 16 kB, one after the other and four at once", { timeout: 30_000 }, (t) =>
  withstand(device, t, client(), async () => {
    const start = Date.now();
    const codes = [1009, 1013].map((code) => Buffer.concat([Buffer.from([0x88, 2]), closing(code)]).toString("hex"));
    for (let round = 0; round < 5; round++) {
      const all = await Promise.all(["whole", "pieces", "small", "whole"].map((name) => bomber(name)));
      for (const raw of all) raw.write(frame(BINARY, BOMB, { rsv: 4 }));
      for (const raw of all) {
        await raw.ended();
        assert.equal(
          codes.includes(raw.input.subarray(-4).toString("hex")),
          true,
          raw.input.subarray(-8).toString("hex"),
        );
        raw.close();
      }
    }
    const { nativePeak, nativeLimit } = await device.figures();
    assert.equal(nativePeak < nativeLimit, true);
    return `20 refused with 1009 or 1013 in ${Date.now() - start} ms, native heap at most ${nativePeak}`;
  }),
);

test("long messages that begin on eight connections and do not go on", { timeout: 30_000 }, (t) =>
  withstand(device, t, client(), async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => WsRaw.open(device.apUrl(), "whole")));
    for (const ws of all) ws.raw.write(frame(BINARY, Buffer.alloc(1000), { length: 20_000 }));
    await delay(1000);
    const { peak, jsLimit } = await device.figures();
    const refused = all.filter((ws) => ws.raw.ending !== "").length;
    for (const ws of all) ws.raw.close(true);
    assert.equal(refused > 0 && refused < all.length, true, `${refused} refused`);
    return `${refused} of ${all.length} refused, heap at most ${peak} of ${jsLimit}`;
  }),
);

test("messages that begin and never end, in fragments without data", { timeout: 30_000 }, (t) =>
  withstand(device, t, client(), async () => {
    const raw = await bomber("whole");
    raw.write(frame(BINARY, "", { fin: false, rsv: 4 }));
    const empty = Buffer.concat(Array.from({ length: 1000 }, () => frame(CONTINUATION, "", { fin: false })));
    for (let i = 0; i < 50; i++) raw.write(empty);
    await delay(2000);
    const { ending } = raw;
    raw.close(true);
    return `50,000 fragments, the connection ${ending === "" ? "stayed" : "was ended"}`;
  }),
);
