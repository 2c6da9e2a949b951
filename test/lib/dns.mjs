// @ts-check
/** DNS messages as bytes, for questions that no library would ask. */
import { createSocket } from "node:dgram";

/** @param {string} text labels with dots between them */
export function name(text) {
  const labels = text.split(".").filter(Boolean);
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

/** @param {number[]} numbers */
export function words(...numbers) {
  const all = Buffer.alloc(2 * numbers.length);
  numbers.forEach((number, at) => {
    all.writeUInt16BE(number, 2 * at);
  });
  return all;
}

/**
 * A query of one question.
 * @param {string} host @param {number} [type] @param {{ id?: number, flags?: number, dnsClass?: number, counts?: number[] }} [options]
 */
export function query(host, type = 1, { id = 0x1234, flags = 0x0100, dnsClass = 1, counts = [1, 0, 0, 0] } = {}) {
  return Buffer.concat([words(id, flags, ...counts), name(host), words(type, dnsClass)]);
}

/** A socket that sends to one place. */
export class Asker {
  /** @type {Buffer[]} */ answers = [];
  #wake = () => {};

  /** @param {string} address @param {number} port */
  constructor(address, port) {
    this.address = address;
    this.port = port;
    this.socket = createSocket("udp4");
    this.socket.on("message", (message) => {
      this.answers.push(message);
      this.#wake();
    });
  }

  /** @param {Uint8Array} message */
  send(message) {
    return new Promise((resolve) => this.socket.send(message, this.port, this.address, () => resolve(undefined)));
  }

  /** The answer to a message; undefined where none comes. @param {Uint8Array} message @param {number} [patience] ms */
  async ask(message, patience = 2000) {
    this.answers.length = 0;
    await this.send(message);
    if (this.answers.length === 0) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, patience);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
    return this.answers.shift();
  }

  close() {
    this.socket.close();
  }
}
