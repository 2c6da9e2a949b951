// @ts-check
/** What no server should say, and what a stream has to hear of it. */
import { message, packet } from "./broker.mjs";
import { BINARY, CLOSE, CONTINUATION, closing, frame, PING, TEXT } from "./ws.mjs";

/** @typedef {import("./hostile.mjs").Case} Case */

export const DOWN = "CONNECTING UNREACHABLE";
export const CUT = "CONNECTING CONNECTED DISCONNECTED";
export const GOOD = "CONNECTING CONNECTED QOS_ACK_REMOTE DISCONNECTED";
const REFUSED = "CONNECTING AUTH_FAILED";

/** @param {[number, string | Buffer, string][]} list where each is said, what, and what is heard of it @returns {Case[]} */
function lies(list) {
  return list.map(([at, text, outcome]) => {
    const lie = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    return { kind: "lie", at, lie, outcome };
  });
}

/** What is no answer, or not the one that it says it is. */
export const H1_LIES = lies(
  [
    ["\0\x01\x02\xff\xfe", DOWN],
    ["220 mail.lan ESMTP\r\n", DOWN],
    ["HTTP/1.1 200", DOWN],
    ["HTTP/9.9 200 OK\r\n\r\n", DOWN],
    ["HTTP/1.1 2000 OK\r\n\r\n", DOWN],
    ["HTTP/1.1 099 OK\r\n\r\n", DOWN],
    ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", DOWN],
    ["HTTP/1.1 200 OK\r\n: no name\r\n\r\n", DOWN],
    ["HTTP/1.1 200 OK\r\nX Y: blank\r\n\r\n", DOWN],
    ["HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", DOWN],
    [`HTTP/1.1 200 OK\r\nX: ${"y".repeat(5000)}\r\n\r\n`, DOWN],
    [`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(2000)}\r\n`, DOWN],
    ["HTTP/1.1 100 Continue\r\n\r\n".repeat(500), DOWN],
    ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", DOWN],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello", DOWN],
    ["HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello", DOWN],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", DOWN],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello", DOWN],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", DOWN],
    ["HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", DOWN],
    ["HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", DOWN],
    ["HTTP/1.1 503 Busy\r\n\r\n", DOWN],
    ["HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", CUT],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", CUT],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n", CUT],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello", CUT],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n", CUT],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", CUT],
    ["HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", GOOD],
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhello", GOOD],
    ["HTTP/1.1 200 OK\r\n\r\nuntil the end", GOOD],
  ].map(([text, outcome]) => [0, text, outcome]),
);

/** The same for WebSockets. @param {number} agreed bytes of the handshake */
export function wsLies(agreed) {
  const said = (
    /** @type {number} */ opcode,
    /** @type {string | Buffer} */ text,
    /** @type {object} */ options = {},
  ) => frame(opcode, text, { masked: false, ...options });
  /** @type {(string | Buffer)[]} */
  const answers = [
    "HTTP/1.1 101 X\r\n\r\n",
    "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "HTTP/1.1 401 No\r\n\r\n",
    "HTTP/1.1 503 Busy\r\n\r\n",
    said(TEXT, "no handshake"),
  ];
  const frames = [
    frame(TEXT, "masked"),
    said(TEXT, "a", { rsv: 4 }),
    said(3, "reserved"),
    said(CONTINUATION, "of nothing"),
    Buffer.concat([said(TEXT, "a", { fin: false }), said(TEXT, "b")]),
    said(PING, "a", { fin: false }),
    said(PING, "a".repeat(126)),
    said(TEXT, "a", { wide: 8 }),
    said(BINARY, "", { wide: 8, length: 2 ** 32 }),
    said(BINARY, "short", { length: 100 }),
    said(TEXT, Buffer.of(0xc3)),
    said(CLOSE, Buffer.of(3)),
    said(CLOSE, closing(1005)),
    said(CLOSE, closing(1000, Buffer.of(0xff))),
    Buffer.concat([said(CLOSE, closing(1000)), said(TEXT, "behind the end")]),
  ];
  return [...lies(answers.map((text) => [0, text, DOWN])), ...lies(frames.map((bytes) => [agreed, bytes, CUT]))];
}

/** The same for MQTT. @param {number} subscribed bytes of the answers to CONNECT and SUBSCRIBE */
export function mqttLies(subscribed) {
  const answers = [
    packet(0x20, 0, 1),
    packet(0x20, 0, 6),
    packet(0x20, 2, 0),
    packet(0x20, 0),
    packet(0x90, 0, 1, 0),
    message("a", "early"),
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
  ];
  const packets = [
    packet(0x20, 0, 0),
    packet(0x00),
    packet(0x36, 0, 1, "a", 0, 1),
    packet(0x32, 0, 1, "a", 0, 0),
    packet(0x30, 0, 9, "a"),
    packet(0x30, 0, 3, "a/+"),
    packet(0x40, 0, 0),
    packet(0x90, 0, 1, 3),
    Buffer.from([0xd0, 0x80, 0x80, 0x80, 0x80, 0]),
    Buffer.concat([message("a", "x".repeat(100)).subarray(0, 50)]),
  ];
  return [
    ...lies(answers.map((bytes) => [0, bytes, DOWN])),
    ...lies([4, 5].map((code) => [0, packet(0x20, 0, code), REFUSED])),
    ...lies(packets.map((bytes) => [subscribed, bytes, CUT])),
  ];
}

/** Bytes by chance, the same each time. @param {number} at @param {string} outcome @returns {Case[]} */
export function noise(at, outcome) {
  let seed = 1 + at;
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 24;
  };
  return Array.from({ length: 15 }, () => {
    const lie = Buffer.from(Array.from({ length: 2 + (next() >> 1) }, next));
    return { kind: "lie", at, lie, outcome };
  });
}
