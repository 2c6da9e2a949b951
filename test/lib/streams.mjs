// @ts-check
/** A device with Secure Streams, and users that do what a test says: the image test/images/streamclient. */
import { setTimeout as delay } from "node:timers/promises";
import { startClient } from "./client.mjs";

/**
 * @typedef {object} Answer
 * @property {string[]} log "NUMBER STATE" of all streams since the last one
 * @property {string[]} portals @property {unknown} [value] @property {string} [error]
 * @property {number} streams @property {number} stores @property {number} draining @property {number} made
 */

export class StreamDevice {
  /** What each stream has told, by its number. @type {Map<number, string[]>} */
  #heard = new Map();
  /** @type {string[]} */ portals = [];

  /** @param {import("../../tools/lib/device.mjs").Device} device */
  constructor(device) {
    this.device = device;
  }

  /** @param {string} authority who is trusted, in PEM @param {string[]} [args] of the device @param {string} [image] with the same users */
  static async start(authority, args = [], image = "streamclient") {
    const streams = new StreamDevice(await startClient(["--clock", "real", ...args], image));
    await streams.order({ authority: true }, authority);
    return streams;
  }

  /** @param {object} order @param {string} [body] @returns {Promise<Answer>} */
  async order(order, body = "") {
    const url = `${this.device.apUrl(80)}/do?${encodeURIComponent(JSON.stringify(order))}`;
    const answer = await fetch(url, { method: "PUT", body, headers: { Connection: "close" } }).catch((error) => {
      throw new Error(`${error}: ${error.cause}, ${this.device.exit}\n${this.device.tail(20)}`);
    });
    const said = /** @type {Answer} */ (await answer.json());
    for (const line of said.log) {
      const [number, ...text] = line.split(" ");
      const heard = this.#heard.get(Number(number)) ?? [];
      heard.push(text.join(" "));
      this.#heard.set(Number(number), heard);
    }
    this.portals.push(...said.portals);
    return said;
  }

  /** Makes a stream. @param {string} create its type @param {object} [order] @returns {Promise<number>} its number */
  async create(create, order = {}) {
    const { made, error } = await this.order({ create, ...order });
    if (error) throw new Error(error);
    return made;
  }

  /** What a stream has told so far. @param {number} stream */
  heard(stream) {
    return this.#heard.get(stream) ?? [];
  }

  /** States that a stream has told, without payload. @param {number} stream */
  states(stream) {
    return this.heard(stream)
      .filter((text) => !text.startsWith("rx "))
      .join(" ");
  }

  /** Bytes that a stream has been given. @param {number} stream */
  received(stream) {
    return this.heard(stream).reduce((sum, text) => sum + (text.startsWith("rx ") ? Number(text.split(" ")[2]) : 0), 0);
  }

  /** Waits until a stream has told `what` so many times. @param {number} stream @param {string} what @param {number} [count] */
  async until(stream, what, count = 1, patience = 5000) {
    const since = Date.now();
    for (;;) {
      await this.order({});
      if (this.heard(stream).filter((text) => text === what || text.startsWith(`${what} `)).length >= count) return;
      if (Date.now() - since > patience) {
        throw new Error(`no ${what}: ${this.heard(stream).slice(-20).join(", ")}\n${this.device.tail(10)}`);
      }
      await delay(10);
    }
  }

  /** Waits until so many bytes have come. @param {number} stream @param {number} bytes */
  async gets(stream, bytes, patience = 20_000) {
    const since = Date.now();
    while (this.received(stream) < bytes) {
      await this.order({});
      if (Date.now() - since < patience) continue;
      throw new Error(
        `${this.received(stream)} bytes: ${this.heard(stream).slice(-20).join(", ")}\n${this.device.tail(10)}`,
      );
    }
  }

  /** Waits until there is neither a stream nor a trust store. */
  async empty(patience = 5000) {
    const since = Date.now();
    for (;;) {
      const { streams, stores, draining } = await this.order({});
      if (streams + stores + draining === 0) return;
      if (Date.now() - since > patience) throw new Error(`${streams} streams, ${stores} stores, ${draining} draining`);
      await delay(10);
    }
  }

  close() {
    return this.device.close();
  }
}
