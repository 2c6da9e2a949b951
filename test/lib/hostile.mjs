// @ts-check
/** Servers that say what they should and break off, stumble or lie at a point that a test names: one case for each connection. */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** @typedef {import("node:net").Socket} Socket */
/**
 * @typedef {object} Case
 * @property {"whole" | "reset" | "end" | "split" | "lie"} kind whole: all is said, then the end; reset, end: after `at` bytes; split: a pause there
 * @property {number} [at]
 * @property {Buffer} [lie] said in place of the rest, behind `at` bytes
 * @property {string} [outcome] of a lie: what is to be heard
 */

/** Milliseconds between the last byte and a reset, which would take the byte along. */
const BEFORE_RESET = 3;
const PAUSE = 1;

class Over extends Error {}

/** A connection, as the script of a protocol sees it. */
export class Line {
  #heard = Buffer.alloc(0);
  #said = 0;
  /** @type {() => void} */ #onNews = () => {};

  /** @param {Socket} socket @param {Case} what */
  constructor(socket, what) {
    this.socket = socket;
    this.what = what;
    socket.on("data", (data) => {
      this.#heard = Buffer.concat([this.#heard, data]);
      this.#onNews();
    });
    socket.on("close", () => this.#onNews());
  }

  /** Waits until what the device has said satisfies `isEnough`, and takes it. @param {(heard: Buffer) => boolean} isEnough */
  async hear(isEnough) {
    while (!isEnough(this.#heard)) {
      if (this.socket.destroyed) throw new Over();
      await new Promise((resolve) => {
        this.#onNews = () => resolve(undefined);
      });
    }
    const heard = this.#heard;
    this.#heard = Buffer.alloc(0);
    return heard;
  }

  /** @param {Buffer | string} data */
  async say(data) {
    const bytes = Buffer.from(data);
    const { kind, at = Number.POSITIVE_INFINITY, lie } = this.what;
    const before = this.#said;
    this.#said += bytes.length;
    const isHere = kind !== "whole" && before <= at && at < this.#said;
    if (!isHere) {
      this.socket.write(bytes);
      return;
    }
    if (at > before) this.socket.write(bytes.subarray(0, at - before));
    if (kind === "split") {
      await delay(PAUSE);
      this.socket.write(bytes.subarray(at - before));
      return;
    }
    if (lie) this.socket.write(lie);
    if (kind === "reset") {
      await delay(BEFORE_RESET);
      this.socket.resetAndDestroy();
    } else this.socket.end();
    throw new Over();
  }
}

export class Hostile {
  /** Connections that have come. */
  count = 0;
  #server;
  /** @type {Set<Socket>} */ #sockets = new Set();

  /**
   * @param {Case[]} cases one after the other; then connections stay, and nothing is said
   * @param {(line: Line) => Promise<void>} script what is to be said
   */
  constructor(cases, script) {
    this.cases = cases;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("end", () => socket.end());
      const what = cases[this.count++];
      if (!what) return;
      script(new Line(socket, what)).then(
        () => socket.end(),
        (error) => {
          if (!(error instanceof Over)) throw error;
        },
      );
    });
  }

  /** @param {string} address @param {number} port */
  async listen(address, port) {
    this.#server.listen(port, address);
    await once(this.#server, "listening");
  }

  close() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** All points of `length` bytes, broken at in each way. @param {number} length @returns {Case[]} */
export function everyPoint(length) {
  const points = Array.from({ length }, (_, at) => at);
  return [
    ...points.map((at) => ({ kind: /** @type {const} */ ("reset"), at })),
    ...points.map((at) => ({ kind: /** @type {const} */ ("end"), at })),
    ...points.slice(1).map((at) => ({ kind: /** @type {const} */ ("split"), at })),
    { kind: "whole" },
  ];
}
