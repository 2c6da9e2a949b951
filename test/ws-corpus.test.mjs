// @ts-check
/** The corpus of WebSocket cases (test/corpus/ws/README.md): each is fed to the role as a whole, byte by byte and in random cuts. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { constants, inflateRawSync } from "node:zlib";
import { ROOT } from "../tools/lib/paths.mjs";
import { openAnywhere } from "./lib/anywhere.mjs";
import { checkCorpus, runCorpus } from "./lib/corpus-run.mjs";
import { Raw } from "./lib/raw.mjs";
import { CLOSE, handshake, PING, PONG, WsRaw } from "./lib/ws.mjs";
import { payload, readWsCorpus } from "./lib/ws-corpus.mjs";

const corpus = readWsCorpus(join(ROOT, "test", "corpus", "ws"));
/** Ways of feeding, with the image's port for each. */
const modes = /** @type {const} */ ([
  ["whole", 80],
  ["byte by byte", 84],
  ["in random cuts", 85],
]);
/** Milliseconds in which nothing has to come where nothing must come. */
const SILENCE = 60;
const NAMES = ["continuation", "text", "binary", "", "", "", "", "", "close", "ping", "pong"];

/** @type {import("./lib/anywhere.mjs").Anywhere} */
let device;
before(async () => {
  device = await openAnywhere(
    "wscorpus",
    modes.map(([, port]) => port),
  );
});
after(() => device?.close());

/** What comes next: a control frame, or a whole message, put together and decompressed. @param {WsRaw} ws */
async function next(ws) {
  let isCompressed = false;
  let opcode = -1;
  const pieces = [];
  for (;;) {
    await ws.raw.take(0);
    const [first] = await ws.raw.take(1);
    const isFirst = (first & 0x40) !== 0;
    assert.equal(isFirst && (opcode >= 0 || (first & 15) >= CLOSE), false, "RSV1 on a first frame only (RFC 7692 §6)");
    ws.raw.input = Buffer.concat([Buffer.from([first & 0xbf]), ws.raw.input]);
    const frame = await ws.frame();
    if (frame.opcode >= CLOSE) return { name: NAMES[frame.opcode], data: frame.payload };
    assert.equal(frame.opcode === 0, opcode >= 0, "continuations, and nothing else, inside of a message");
    if (opcode < 0) {
      opcode = frame.opcode;
      isCompressed = isFirst;
    }
    pieces.push(frame.payload);
    if (frame.fin) break;
  }
  const name = `${NAMES[opcode]}${isCompressed ? " deflate" : ""}`;
  const data = Buffer.concat(pieces);
  if (!isCompressed) return { name, data };
  const tail = Buffer.from([0, 0, 0xff, 0xff]);
  return { name, data: inflateRawSync(Buffer.concat([data, tail]), { finishFlush: constants.Z_SYNC_FLUSH }) };
}

/** @param {import("./lib/ws-corpus.mjs").Case} it @param {number} port */
async function play(it, port) {
  const raw = await Raw.open(device.urlOf(port));
  try {
    const fields = { Host: "corpus", "Sec-WebSocket-Protocol": "whole", ...Object.fromEntries(it.fields) };
    const start = it.fields.get("Request") ?? undefined;
    raw.write(handshake({ ...fields, Request: undefined }, start));
    const response = await raw.response();
    const result = [...it.result];
    if (/^\d{3}$/.test(result[0])) assert.equal(response.status, Number(result.shift()), response.body.toString());
    else assert.equal(response.status, 101, response.body.toString());
    while (/^(no )?[A-Z]/.test(result[0] ?? "")) {
      const [, no, name, value] = /^(no )?([^:]+)(?:: (.*))?$/.exec(/** @type {string} */ (result.shift())) ?? [];
      assert.equal(response.headers.get(name.toLowerCase()), no ? undefined : value, name);
    }
    const ws = new WsRaw(raw);
    raw.write(Buffer.concat(it.frames));
    if (it.fin) raw.end();
    for (const expected of result) await check(ws, expected);
  } finally {
    raw.close();
  }
}

/** @param {WsRaw} ws @param {string} expected */
async function check(ws, expected) {
  const { raw } = ws;
  if (expected === "keep") {
    ws.send(PING, "still there?");
    assert.deepEqual(await next(ws), { name: NAMES[PONG], data: Buffer.from("still there?") });
  } else if (expected === "wait") {
    await delay(SILENCE);
    assert.equal(raw.input.length, 0, "nothing more is sent");
    assert.equal(raw.ending, "", "the connection stays");
  } else if (expected === "end") {
    assert.equal(await raw.ended(), "end");
    assert.equal(raw.input.length, 0, "nothing is sent");
  } else {
    const [, name, rest] =
      /^((?:text|binary|ping|pong|close)(?: deflate)?) ?(.*)$/.exec(expected) ?? assert.fail(expected);
    const came = await next(ws);
    const wanted = payload(name === "close" && rest !== "" ? `code ${rest}` : rest);
    const shown = `${came.name} ${came.data.subarray(0, 60).toString("latin1")} ${came.data.subarray(0, 8).toString("hex")}`;
    assert.equal(came.name, name, shown);
    assert.equal(Buffer.compare(came.data, wanted), 0, `${shown}, not ${expected.slice(0, 80)}`);
    if (name === "close") {
      assert.equal(await raw.ended(), "end");
      assert.equal(raw.input.length, 0, "nothing comes behind a close frame (RFC 6455 §5.5.1)");
    }
  }
}

runCorpus("ws", corpus, modes, play);

test("every case says which rule it shows, titles are unique, and there are enough of them", () => {
  checkCorpus(corpus, 200);
  for (const { title, result } of corpus.flatMap(([, cases]) => cases)) assert.equal(result.length > 0, true, title);
});

test("after all of them the device has not restarted, and keeps no connection", async () => {
  await device.checkWell();
  const errors = device.lines.filter((line) => line.startsWith("E "));
  assert.deepEqual(errors, [], "errors on the console");
});
