// @ts-check
/** Names and time for a device: a name server that knows the peer and nobody else, and a time server (SNTP, RFC 5905 §14). */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE } from "dns-packet";

/** The peer's names. It shows a certificate of its own at each of the first three. */
export const NAMES = ["peer.lan", "expired.lan", "stranger.lan", "wrong.lan"];
/** The peer is the time server, too, whichever a device asks. */
const TIME = "pool.ntp.org";
/** Response code of a name that there is not (RFC 1035 §4.1.1). */
const NO_SUCH_NAME = 3;
/** Seconds from 1900, where NTP begins, to 1970. */
const TO_1970 = 2_208_988_800;

/** @typedef {import("node:dgram").Socket} Socket */

/** @param {string} address @param {number} port @param {(question: Buffer) => Buffer} answer @returns {Promise<Socket>} */
async function serve(address, port, answer) {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    try {
      socket.send(answer(question), from.port, from.address);
    } catch {
      // What is no question gets no answer.
    }
  });
  socket.bind(port, address);
  await once(socket, "listening");
  return socket;
}

/** @param {string} address of the peer @param {number} port */
export function serveNames(address, port) {
  return serve(address, port, (raw) => {
    const { id, questions = [] } = decode(raw);
    const [{ name, type }] = questions;
    const isKnown = name === TIME || NAMES.includes(name);
    const flags = AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | (isKnown ? 0 : NO_SUCH_NAME);
    const found = {
      type: /** @type {const} */ ("A"),
      class: /** @type {const} */ ("IN"),
      name,
      ttl: 60,
      data: address,
    };
    return encode({ type: "response", id, flags, questions, answers: isKnown && type === "A" ? [found] : [] });
  });
}

/** @param {string} address @param {number} port */
export function serveTime(address, port) {
  return serve(address, port, (question) => {
    const now = Date.now();
    const stamp = Buffer.alloc(8);
    stamp.writeUInt32BE(Math.floor(now / 1000) + TO_1970, 0);
    stamp.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), 4);
    const answer = Buffer.alloc(48);
    // No warning, version 4, a server; a clock of its own.
    answer.set([0x24, 1, 6, 0xec]);
    answer.write("LOCL", 12, "latin1");
    stamp.copy(answer, 16);
    question.copy(answer, 24, 40, 48);
    stamp.copy(answer, 32);
    stamp.copy(answer, 40);
    return answer;
  });
}
