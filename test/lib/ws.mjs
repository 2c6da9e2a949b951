// @ts-check
/** WebSocket frames byte by byte (RFC 6455 §5.2), for what a decent client library refuses to send. */
import assert from "node:assert/strict";
import { Raw } from "./raw.mjs";

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** The key of RFC 6455 §1.3, and the answer that it gets. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/**
 * @param {number} opcode
 * @param {string | Buffer} [payload]
 * @param {{ fin?: boolean, rsv?: number, masked?: boolean, wide?: 2 | 8, length?: number, mask?: Buffer }} [options] wide: bytes of an extended length
 * that need not be; length: said in place of the true one
 */
export function frame(opcode, payload = "", options = {}) {
  const { fin = true, rsv = 0, masked = true } = options;
  const data = Buffer.from(payload);
  const length = options.length ?? data.length;
  const wide = options.wide ?? (length < 126 ? 0 : length < 65536 ? 2 : 8);
  const header = Buffer.alloc(2 + wide);
  header[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  header[1] = (masked ? 0x80 : 0) | (wide === 0 ? length : wide === 2 ? 126 : 127);
  if (wide === 2) header.writeUInt16BE(length, 2);
  if (wide === 8) header.writeBigUInt64BE(BigInt(length), 2);
  if (!masked) return Buffer.concat([header, data]);
  const mask = options.mask ?? MASK;
  return Buffer.concat([header, mask, data.map((byte, at) => byte ^ mask[at % 4])]);
}

/** Payload of a close frame. @param {number} code @param {string | Buffer} [reason] */
export function closing(code, reason = "") {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

/**
 * The request of an opening handshake (RFC 6455 §4.1).
 * @param {Record<string, string | undefined>} [fields] in place of the usual ones; undefined leaves one out
 * @param {string} [start] method, target and version
 */
export function handshake(fields = {}, start = "GET / HTTP/1.1") {
  const all = {
    Host: "bench",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Protocol": "bench-echo",
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return `${start}\r\n${lines.join("")}\r\n`;
}

/** A connection whose handshake is done. */
export class WsRaw {
  /** @param {Raw} raw */
  constructor(raw) {
    this.raw = raw;
  }

  /** @param {string} url `http://…` @param {string} [protocol] */
  static async open(url, protocol = "bench-echo") {
    const raw = await Raw.open(url);
    const response = await raw.write(handshake({ "Sec-WebSocket-Protocol": protocol })).response();
    assert.equal(response.status, 101, response.body.toString());
    assert.equal(response.headers.get("sec-websocket-accept"), ACCEPT);
    assert.equal(response.headers.get("sec-websocket-protocol"), protocol);
    return new WsRaw(raw);
  }

  /** Sends a frame. @param {Parameters<typeof frame>} args @returns {this} */
  send(...args) {
    this.raw.write(frame(...args));
    return this;
  }

  /** The next frame; it must be one that a server may send. */
  async frame() {
    const [first, second] = await this.raw.take(2);
    assert.equal(first & 0x70, 0, "reserved bits");
    assert.equal(second & 0x80, 0, "a server masks nothing (§5.1)");
    let length = second;
    if (second === 126) length = (await this.raw.take(2)).readUInt16BE();
    else if (second === 127) length = Number((await this.raw.take(8)).readBigUInt64BE());
    const shortest = second === 126 ? 126 : second === 127 ? 65536 : 0;
    assert.equal(length >= shortest, true, "the shortest form of the length (§5.2)");
    return { fin: first >= 0x80, opcode: first & 15, payload: await this.raw.take(length) };
  }

  /** Checks the next frame, which is whole. @param {number} opcode @param {string | Buffer} payload */
  async expect(opcode, payload) {
    const next = await this.frame();
    assert.equal(next.opcode, opcode, `opcode; payload ${next.payload.subarray(0, 20).toString("hex")}`);
    assert.equal(next.fin, true);
    assert.deepEqual(next.payload, Buffer.from(payload));
  }

  /** Checks that a close frame comes next, and then the end. @param {number | undefined} code undefined: none @param {string} [reason] */
  async expectClose(code, reason = "") {
    await this.expect(CLOSE, code === undefined ? "" : closing(code, reason));
    assert.equal(await this.raw.ended(), "end");
    assert.equal(this.raw.input.length, 0, "nothing comes behind a close frame (§5.5.1)");
    this.raw.close();
  }
}
