// @ts-check
/**
 * Servers of each protocol that break off at every byte, stumble at every byte, or lie. A stream of each kind is dialled again and again: what it hears is legal and the same
 * for the same case, and the next attempt comes when the scheme says.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { serveNames } from "../../examples/peer/names.mjs";
import { Device } from "../../tools/lib/device.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";
import { message, packet } from "../lib/broker.mjs";
import { NETWORK } from "../lib/client.mjs";
import { everyPoint, Hostile } from "../lib/hostile.mjs";
import { CUT, DOWN, GOOD, H1_LIES, mqttLies, noise, wsLies } from "../lib/hostile-lies.mjs";
import { illegal } from "../lib/legal.mjs";
import { settingsWith } from "../lib/nvs.mjs";
import { accessPoint } from "../lib/radio.mjs";
import { settled } from "../lib/settle.mjs";
import { frame, PING, TEXT } from "../lib/ws.mjs";

/** @typedef {import("../lib/hostile.mjs").Case} Case */
/** @typedef {import("../lib/hostile.mjs").Line} Line */
/** @typedef {{ states: string[], times: number[], rx: string }} Attempt */

/** So many seconds of the device are one here. */
const SPEED = 10;
const ADDRESS = `127.${16 + ((process.pid >> 8) & 0x7f)}.${process.pid & 0xff}.253`;
const NAMES = 7187;
/** The scheme of test/images/hostile/policy.json. */
const BACKOFF = [5, 10, 20];
const JITTER = 1.5;
/** Milliseconds of the device by which a busy computer may be late, be it always. */
const LATE = 300;

const HEAD = "HTTP/1.1 200 OK\r\nX-Kind: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
const BODY = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n";
const isRequest = (/** @type {Buffer} */ heard) => heard.includes("\r\n\r\n");

/** @param {Line} line */
async function h1(line) {
  await line.hear(isRequest);
  await line.say(HEAD + BODY);
}

/** @param {string} head */
function agreement(head) {
  const [, key] = /sec-websocket-key: (\S+)/i.exec(head) ?? [];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}
/** @param {number} opcode @param {string} text @param {object} [options] */
const said = (opcode, text, options) => frame(opcode, text, { masked: false, ...options });
const FRAMES = Buffer.concat([said(TEXT, "hello"), said(PING, "?"), said(TEXT, " wo", { fin: false }), said(0, "rld")]);

/** @param {Line} line */
async function ws(line) {
  const head = await line.hear(isRequest);
  await line.say(Buffer.concat([Buffer.from(agreement(head.toString("latin1"))), FRAMES]));
}

const BYTES = "hello world, as it is";
/** @param {Line} line */
async function raw(line) {
  await line.say(BYTES);
}

const CONNACK = packet(0x20, 0, 0);
const SUBACK = packet(0x90, 0, 1, 1);
const MESSAGE = Buffer.concat([message("a", "hello", 1, 7), message("a", " world")]);
/** @param {Line} line */
async function mqtt(line) {
  await line.hear((heard) => heard[0] === 0x10 && heard.length >= 2 + heard[1]);
  await line.say(CONNACK);
  const subscribe = await line.hear((heard) => heard[0] === 0x82 && heard.length >= 2 + heard[1]);
  await line.say(packet(0x90, subscribe[2], subscribe[3], 1));
  await line.say(MESSAGE);
}

/** What a stream has to hear of a case. @param {number} up bytes after which it is connected @param {string} whole of a case in which all is said */
const expected =
  (up, whole) =>
  (/** @type {Case} */ { kind, at = 0, outcome }) => {
    if (outcome) return outcome;
    if (kind === "split" || kind === "whole") return whole;
    return at < up ? DOWN : CUT;
  };

const subscribed = CONNACK.length + SUBACK.length;
const agreed = agreement("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n").length;
/** @type {{ name: string, port: number, cases: Case[], script: (line: Line) => Promise<void>, outcome: (what: Case) => string, rx: string }[]} */
const protocols = [
  {
    ...{ name: "h1", port: 7181, script: h1, outcome: expected(HEAD.length, GOOD), rx: "<hello world>" },
    cases: [...everyPoint(HEAD.length + BODY.length), ...H1_LIES, ...noise(0, DOWN), ...noise(HEAD.length, CUT)],
  },
  {
    ...{ name: "ws", port: 7183, script: ws, outcome: expected(agreed, CUT), rx: "<hello>< world>" },
    cases: [...everyPoint(agreed + FRAMES.length), ...wsLies(agreed), ...noise(0, DOWN), ...noise(agreed, CUT)],
  },
  {
    ...{ name: "raw", port: 7184, script: raw, outcome: expected(0, CUT), rx: BYTES },
    cases: everyPoint(BYTES.length),
  },
  {
    ...{ name: "mqtt", port: 7185, script: mqtt, rx: "<hello>< world>" },
    ...{ outcome: expected(subscribed, CUT) },
    cases: [
      ...everyPoint(subscribed + MESSAGE.length),
      ...mqttLies(subscribed),
      ...noise(0, DOWN),
      ...noise(subscribed, CUT),
    ],
  },
];
const servers = new Map(protocols.map(({ name, cases, script }) => [name, new Hostile(cases, script)]));

/** @type {Device} */ let device;
/** Bytes in use before. */
let first = 0;
/** Bytes that the first of some hundred cases may leave behind for good, as the name that was looked up. What each of them left could not hide in it. */
const KEPT = 1200;
/** @type {(() => unknown)[]} */ const ends = [];

const read = (/** @type {string} */ name) => readFileSync(join(ROOT, "examples/peer", name));
const REDIRECTS = 30;
let requests = 0;
/** Bytes of a server's handshake that come through, in steps. @type {Case[]} */
const tlsCases = Array.from({ length: 24 }, (_, i) => i * 70).flatMap((at) => [
  { kind: "reset", at },
  { kind: "split", at: at + 1 },
]);

before(async () => {
  for (const { name, port } of protocols) {
    const server = /** @type {Hostile} */ (servers.get(name));
    await server.listen(ADDRESS, port);
    ends.push(() => server.close());
  }
  const redirecting = new Hostile(
    Array.from({ length: REDIRECTS }, () => ({ kind: "whole" })),
    async (line) => {
      await line.hear(isRequest);
      await line.say(
        `HTTP/1.1 302 Found\r\nLocation: /${++requests}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
    },
  );
  await redirecting.listen(ADDRESS, 7182);
  ends.push(() => redirecting.close());
  const secure = createTlsServer({ key: read("peer.key"), cert: read("peer.pem") }, (socket) => {
    socket.on("error", () => {});
    socket.end("hello");
  });
  secure.on("tlsClientError", () => {});
  secure.listen(0, ADDRESS);
  await once(secure, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (secure.address());
  const between = new Hostile(tlsCases, async (line) => {
    const there = connect(port, ADDRESS);
    there.on("error", () => {});
    line.socket.on("close", () => there.destroy());
    line.socket.on("data", (data) => there.write(data));
    for await (const data of there) await line.say(data);
  });
  await between.listen(ADDRESS, 7186);
  ends.push(
    () => between.close(),
    () => secure.close(),
  );
  const names = await serveNames(ADDRESS, NAMES);
  ends.push(() => names.close());
  const nameServer = NETWORK.address.replace(/\d+$/, "1");
  const switches = ["--peer", `${nameServer}:53=${ADDRESS}:${NAMES}`, "--speed", String(SPEED)];
  device = new Device({
    factory: null,
    ota_0: "hostile",
    air: accessPoint(NETWORK, 1),
    args: ["--clock", "real", ...switches],
  });
  rewritePartition(device.flashFile, "nvs", settingsWith([NETWORK]));
  await device.powerOn();
  await device.waitForLine(/hostile: online/);
  first = await heap();
  await press();
});
after(async () => {
  await device?.close();
  for (const end of ends) end();
});

/** Presses the button for as long as contacts may bounce, and twice that. */
async function press() {
  for (const what of ["down", "up"]) {
    await device.control(`button ${what}`);
    await delay(300 / SPEED);
  }
}

/** Bytes in use when all connections are over. */
async function heap() {
  const { slots, chunks, native } = await settled(device);
  return slots + chunks + native;
}

/** Waits until a stream has made so many attempts and begun another, and gives what it has heard of them. @param {string} name @param {number} count */
async function attemptsOf(name, count) {
  const pattern = new RegExp(`hostile: ${name} (\\S+) (.*)$`);
  /** @type {Attempt[]} */ const attempts = [];
  for (let at = 0; attempts.length <= count; at++) {
    await device.waitForLine(pattern, { after: at });
    while (!pattern.test(device.lines[at])) at++;
    const [, time, text] = /** @type {RegExpExecArray} */ (pattern.exec(device.lines[at]));
    if (text === "CREATING") continue;
    if (text === "CONNECTING") attempts.push({ states: [], times: [], rx: "" });
    const attempt = /** @type {Attempt} */ (attempts.at(-1));
    if (time === "rx") attempt.rx = text;
    else {
      attempt.states.push(text);
      attempt.times.push(Number(time));
    }
  }
  return attempts;
}

/** The order of states is legal, and each wait is as the scheme has it. @param {Attempt[]} attempts @param {boolean} [isMqtt] */
function judge(attempts, isMqtt = false) {
  assert.equal(illegal(["CREATING", ...attempts.flatMap(({ states }) => states)], isMqtt), "");
  let failures = 0;
  /** @type {Map<number, number[]>} */ const waits = new Map(BACKOFF.map((base) => [base, []]));
  for (const [i, { states, times }] of attempts.entries()) {
    if (i === attempts.length - 1) break;
    if (states.includes("CONNECTED")) failures = 0;
    const base = BACKOFF[Math.min(failures++, BACKOFF.length - 1)];
    const wait = attempts[i + 1].times[0] - /** @type {number} */ (times.at(-1));
    assert.ok(wait >= base - 1, `attempt ${i + 1}: ${wait} ms, not ${base} and some more`);
    waits.get(base)?.push(wait);
  }
  for (const [base, all] of waits) {
    // Of a few all may be late.
    if (all.length < 10) continue;
    const least = Math.min(...all);
    assert.ok(least < base * JITTER + LATE, `at least ${least} ms, not ${base} and some more`);
  }
}

describe("hostile servers", { concurrency: 8 }, () => {
  for (const { name, cases, outcome, rx } of protocols) {
    test(`${name}: a reset, an end and a pause at each byte${name === "raw" ? "" : ", lies, and noise"}`, async () => {
      const attempts = await attemptsOf(name, cases.length);
      const { count } = /** @type {Hostile} */ (servers.get(name));
      // The last one may be on its way.
      assert.ok(count === attempts.length || count === attempts.length - 1, `${count} connections`);
      for (const [i, what] of cases.entries()) {
        const { states, rx: come } = attempts[i];
        const about = `${name} ${i}: ${what.kind} at ${what.at} ${what.lie?.toString("latin1", 0, 60) ?? ""}`;
        const heard = states.join(" ");
        // A reset takes along what was not read in time, on a busy computer.
        if (what.kind !== "reset" || heard !== DOWN) assert.equal(heard, outcome(what), about);
        if (what.kind === "whole" || what.kind === "split") assert.equal(come, rx, about);
        else if (!what.lie) assert.ok(rx.startsWith(come), `${about}: ${come}`);
      }
      judge(attempts, name === "mqtt");
    });
  }

  test("redirects without an end: five requests, and that was an attempt", async () => {
    const attempts = await attemptsOf("redirect", REDIRECTS / 5);
    for (const { states } of attempts.slice(0, -1)) assert.equal(states.join(" "), DOWN);
    assert.deepEqual([attempts.length - 1, requests], [REDIRECTS / 5, REDIRECTS]);
    judge(attempts);
  });

  test("tls: a reset and a pause at points of the handshake", async () => {
    const attempts = await attemptsOf("tls", tlsCases.length);
    for (const [i, { kind }] of tlsCases.entries()) {
      const heard = attempts[i].states.join(" ");
      if (kind === "split") assert.equal(`${heard} ${attempts[i].rx}`, `${CUT} hello`);
      else assert.ok(heard === DOWN || heard === CUT, heard);
    }
    assert.equal(attempts[0].states.join(" "), DOWN);
    judge(attempts);
  });
});

test("nothing of all that is left", async () => {
  assert.equal(
    device.lines.some((line) => line.includes("board: reset")),
    false,
  );
  await press();
  const more = (await heap()) - first;
  assert.ok(more < KEPT, `${more} bytes`);
});
