// @ts-check
/** WebSocket frames of all lengths and cuts, and what breaks the protocol. Each test names its paragraph of RFC 6455. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { openAnywhere } from "../lib/anywhere.mjs";
import { BINARY, CLOSE, CONTINUATION, closing, frame, PING, PONG, TEXT, WsRaw } from "../lib/ws.mjs";

/** @type {import("../lib/anywhere.mjs").Anywhere} */
let bench;
before(async () => {
  bench = await openAnywhere("bench");
});
after(() => bench?.close());

/** @type {WsRaw[]} */ const opened = [];
afterEach(() => {
  for (const ws of opened.splice(0)) ws.raw.close();
});

/** @param {Parameters<typeof frame>[]} frames */
async function echo(...frames) {
  const ws = await WsRaw.open(bench.url);
  opened.push(ws);
  for (const each of frames) ws.send(...each);
  return ws;
}

test("§5.2 lengths 0 to 65 kB, text and binary, in their three forms", async () => {
  const ws = await WsRaw.open(bench.url);
  const lengths = [0, 1, 125, 126, 127, 1000, 2043, 2044, 2045, 2046, 2047, 2048, 2049, 2050, 4096, 16383, 16384];
  for (const length of lengths) {
    const data = Buffer.alloc(length, "abcdefghij");
    for (const opcode of [TEXT, BINARY]) await ws.send(opcode, data).expect(opcode, data);
  }
  await ws.send(CLOSE, closing(1000)).expectClose(1000);
});

test("§5.2 a message beyond the protocol's limit: 1009", async () => {
  for (const opcode of [TEXT, BINARY]) await (await echo([opcode, Buffer.alloc(16385, "x")])).expectClose(1009);
  const pieces = await echo([TEXT, Buffer.alloc(16000, "x"), { fin: false }], [CONTINUATION, Buffer.alloc(385, "x")]);
  await pieces.expectClose(1009);
  const announced = await echo([BINARY, "", { length: 2 ** 40, wide: 8 }]);
  await announced.expectClose(1009);
});

describe("§5.2 frames that are illegal: 1002", () => {
  for (const [name, ...frames] of /** @type {[string, ...Parameters<typeof frame>[]][]} */ ([
    ["§5.1 unmasked", [TEXT, "hello", { masked: false }]],
    ["§5.1 unmasked and empty", [TEXT, "", { masked: false }]],
    ["§5.1 an unmasked ping", [PING, "", { masked: false }]],
    ["RSV1", [TEXT, "a", { rsv: 4 }]],
    ["RSV2", [TEXT, "a", { rsv: 2 }]],
    ["RSV3", [TEXT, "a", { rsv: 1 }]],
    ["RSV1 on a ping", [PING, "", { rsv: 4 }]],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, [opcode, "a"]]),
    ["a 16-bit length that fits 7 bits", [TEXT, "a", { wide: 2 }]],
    ["a 64-bit length that fits 16 bits", [TEXT, "a", { wide: 8 }]],
    ["§5.4 a continuation of nothing", [CONTINUATION, "a"]],
    ["§5.4 a continuation of nothing that goes on", [CONTINUATION, "a", { fin: false }]],
    ["§5.4 a message inside of a message", [TEXT, "a", { fin: false }], [TEXT, "b"]],
    ["§5.4 a binary message inside of a text", [TEXT, "a", { fin: false }], [BINARY, "b"]],
    ["§5.5 a ping of 126 bytes", [PING, Buffer.alloc(126)]],
    ["§5.5 a close of 126 bytes", [CLOSE, closing(1000, "x".repeat(124))]],
    ["§5.5 a ping in fragments", [PING, "a", { fin: false }]],
    ["§5.5 a close in fragments", [CLOSE, "", { fin: false }]],
    ["§5.5.1 a close of one byte", [CLOSE, "a"]],
  ])) {
    test(name, async () => {
      await (await echo(...frames)).expectClose(1002);
      const dripped = await WsRaw.open(bench.url);
      await dripped.raw.drip(Buffer.concat(frames.map((each) => frame(...each))));
      await dripped.expectClose(1002);
    });
  }
});

test("§5.2 nothing behind an illegal frame is looked at", async () => {
  const ws = await echo([TEXT, "before"], [TEXT, "a", { rsv: 4 }], [TEXT, "behind"], [PING, "behind"]);
  const first = await ws.frame();
  if (first.opcode === TEXT) await ws.expectClose(1002);
  else assert.deepEqual(first.payload, closing(1002));
});

test("§5.4 a message in fragments of 0 to 300 bytes", async () => {
  const whole = Buffer.from("Grüße, 世界 😀! ".repeat(30));
  for (const size of [1, 2, 3, 7, 125, 126, 300]) {
    const ws = await WsRaw.open(bench.url);
    for (let at = 0; at < whole.length; at += size) {
      ws.send(at === 0 ? TEXT : CONTINUATION, whole.subarray(at, at + size), { fin: false });
    }
    await ws.send(CONTINUATION, "").expect(TEXT, whole);
    await ws
      .send(BINARY, "", { fin: false })
      .send(CONTINUATION, "", { fin: false })
      .send(CONTINUATION, "x")
      .expect(BINARY, "x");
    ws.raw.close();
  }
});

test("§5.4, §5.5 control frames between the fragments of a message", async () => {
  const ws = await echo([TEXT, "Hel", { fin: false }], [PING, "1"]);
  await ws.expect(PONG, "1");
  await ws.send(PONG, "unasked").send(CONTINUATION, "lo", { fin: false }).send(PING, "").expect(PONG, "");
  await ws.send(CONTINUATION, "!").expect(TEXT, "Hello!");
  await ws.send(TEXT, "a", { fin: false }).send(CLOSE, closing(1001)).expectClose(1001);
});

test("§5.5.2 a ping is answered with its payload", async () => {
  const ws = await WsRaw.open(bench.url);
  for (const payload of [Buffer.alloc(0), Buffer.from("ping"), Buffer.alloc(125, 0xfe)])
    await ws.send(PING, payload).expect(PONG, payload);
  ws.raw.close();
});

test("§5.5.3 of many pings at once the latest is answered", async () => {
  const ws = await WsRaw.open(bench.url);
  ws.raw.write(Buffer.concat(Array.from({ length: 20 }, (_, i) => frame(PING, String(i)))));
  let answered = "";
  for (let last = -1; answered !== "19"; last = Number(answered)) {
    const { opcode, payload } = await ws.frame();
    assert.equal(opcode, PONG);
    answered = payload.toString();
    assert.equal(Number(answered) > last, true, "in order");
  }
  await ws.send(TEXT, "alive").expect(TEXT, "alive");
  ws.raw.close();
});

test("§5.5.3 a pong that nobody asked for is passed over", async () => {
  await (await echo([PONG, "a"], [PONG, ""], [TEXT, "x"])).expect(TEXT, "x");
});

describe("§8.1 text that is no UTF-8: 1007", () => {
  const bad = /** @type {[string, number[]][]} */ ([
    ["a stray byte", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
    ["FF", [0xff]],
    ["cut off at the end", [0xe2, 0x82]],
  ]);
  for (const [name, bytes] of bad) {
    test(name, async () => {
      const data = Buffer.from([0x61, ...bytes]);
      await (await echo([TEXT, data])).expectClose(1007);
      for (let cut = 0; cut <= data.length; cut++) {
        const split = await echo([TEXT, data.subarray(0, cut), { fin: false }], [CONTINUATION, data.subarray(cut)]);
        await split.expectClose(1007);
      }
      await (await echo([BINARY, data])).expect(BINARY, data);
    });
  }
  test("is refused before the message ends", async () => {
    await (await echo([TEXT, Buffer.from([0x61, 0xff]), { fin: false }])).expectClose(1007);
    await (await echo([CLOSE, closing(1000, Buffer.from([0xff]))])).expectClose(1007);
  });
});

test("§5.2 frames byte by byte", async () => {
  const ws = await WsRaw.open(bench.url);
  const data = Buffer.alloc(130, "é");
  await ws.raw.drip(Buffer.concat([frame(TEXT, "a"), frame(BINARY, data), frame(PING, "p"), frame(TEXT, "")]));
  await ws.expect(TEXT, "a");
  await ws.expect(BINARY, data);
  await ws.expect(PONG, "p");
  await ws.expect(TEXT, "");
  await ws.raw.drip(frame(CLOSE, closing(3000, "bye")));
  await ws.expectClose(3000, "bye");
});

test("§5.2 fifty frames in one segment come back in order", async () => {
  for (const length of [0, 10, 126, 1000]) {
    const ws = await WsRaw.open(bench.url);
    const messages = Array.from({ length: 50 }, (_, i) => Buffer.alloc(length, i));
    ws.raw.write(Buffer.concat(messages.map((message) => frame(BINARY, message))));
    for (const message of messages) await ws.expect(BINARY, message);
    ws.raw.close();
  }
});

test("after all that the device still serves, and never restarted", async () => {
  const ws = await echo([TEXT, "x"]);
  await ws.expect(TEXT, "x");
  ws.raw.close();
  await bench.checkWell();
});
