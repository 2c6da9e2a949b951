// @ts-check
/** A time server for the devices of a test, which answers as the test says. */
import { createSocket } from "node:dgram";
import { once } from "node:events";

/** Seconds from 1900 to 1970. */
const TO_1970 = 2_208_988_800;

/** @typedef {{ stamp: Buffer, port: number, address: string, raw: Buffer }} Question */
/**
 * @typedef {object} Answer
 * @property {number} [time] ms since 1970 @property {number} [leap] @property {number} [version] @property {number} [mode]
 * @property {number} [stratum] @property {string} [reference] four characters @property {Buffer} [originate] @property {number} [dispersion] s
 * @property {number} [length] @property {boolean} [stranger] sent from another port @property {number} [held] ms that the question was held
 */

export class TimeServer {
  /** @type {Question[]} */ questions = [];
  /** What is done with a question. @type {(question: Question, server: TimeServer) => void} */
  handler = (question) => this.answer(question);
  #socket = createSocket("udp4");
  #stranger = createSocket("udp4");

  static async start() {
    const server = new TimeServer();
    server.#socket.on("message", (raw, { port, address }) => {
      const question = { stamp: raw.subarray(40, 48), port, address, raw };
      server.questions.push(question);
      server.handler(question, server);
    });
    server.#socket.bind(0, "127.0.0.1");
    await once(server.#socket, "listening");
    return server;
  }

  /** The switch that leads a device's questions to `address` here. @param {string} address */
  switchFor(address) {
    return ["--peer", `${address}:123=127.0.0.1:${this.#socket.address().port}`];
  }

  /** @param {Question} question @param {Answer} [answer] */
  answer(question, answer = {}) {
    const {
      time = Date.now(),
      leap = 0,
      version = 4,
      mode = 4,
      stratum = 2,
      reference = "TEST",
      dispersion = 0,
    } = answer;
    const packet = Buffer.alloc(48);
    packet.set([(leap << 6) | (version << 3) | mode, stratum, 6, 0xe9]);
    packet.writeUInt32BE(dispersion * 65536, 8);
    packet.write(reference, 12, "latin1");
    (answer.originate ?? question.stamp).copy(packet, 24);
    writeStamp(packet, 32, time - (answer.held ?? 0));
    writeStamp(packet, 40, time);
    const socket = answer.stranger ? this.#stranger : this.#socket;
    socket.send(packet.subarray(0, answer.length ?? 48), question.port, question.address);
  }

  close() {
    this.#socket.close();
    this.#stranger.close();
  }
}

/** @param {Buffer} packet @param {number} at @param {number} time ms since 1970 */
function writeStamp(packet, at, time) {
  const seconds = Math.floor(time / 1000);
  packet.writeUInt32BE((seconds + TO_1970) % 2 ** 32, at);
  packet.writeUInt32BE(Math.floor(((time - 1000 * seconds) / 1000) * 2 ** 32), at + 4);
}
