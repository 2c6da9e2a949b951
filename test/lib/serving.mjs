// @ts-check
/** A device whose Secure Streams serve others: the image test/images/streamserver. */
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { startClient } from "./client.mjs";
import { Raw } from "./raw.mjs";
import { rested } from "./settle.mjs";

/** How many times as fast as the world's its time is. */
const SPEED = 4;

/** The states of a connection's stream on its way up, at its end, and of one with a single request. */
export const UP = "CREATING CONNECTING CONNECTED";
export const END = "DISCONNECTED DESTROYING";
export const ONCE = `${UP} SERVER_TXN ${END}`;

/** @param {string} path @param {string} [more] */
export const get = (path, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
/** @param {string} path @param {string} body @param {string} [more] */
export const post = (path, body, more = "") =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;

/**
 * @typedef {object} Said
 * @property {string[]} log "USER STATE" of all streams since the last one
 * @property {unknown} [value] @property {string} [error] @property {number} streams @property {number} stores
 */

export class ServingDevice {
  /** What each user has heard, by its name. @type {Map<string, string[]>} */
  #heard = new Map();

  /** @param {import("../../tools/lib/device.mjs").Device} device */
  constructor(device) {
    this.device = device;
  }

  /** One that is on a network, too, where it may ask others. */
  static async startOnNetwork() {
    return new ServingDevice(await startClient(["--speed", String(SPEED)], "streamserver"));
  }

  /** One that has its access point and no other network. */
  static async start() {
    const device = new Device({ factory: null, ota_0: "streamserver", args: ["--speed", String(SPEED)] });
    try {
      await device.powerOn();
      await device.waitForAddress("access point");
      return new ServingDevice(device);
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  /** Forgets what was heard. */
  clear() {
    this.#heard.clear();
  }

  /** @param {object} order @returns {Promise<Said>} */
  async order(order) {
    const url = `${this.device.apUrl(80)}/do?${encodeURIComponent(JSON.stringify(order))}`;
    const answer = await fetch(url, { method: "PUT", headers: { Connection: "close" } }).catch((error) => {
      throw new Error(`${error}: ${error.cause}, ${this.device.exit}\n${this.device.tail(20)}`);
    });
    const said = /** @type {Said} */ (await answer.json());
    for (const line of said.log) {
      const [name, ...text] = line.split(" ");
      const heard = this.#heard.get(name) ?? [];
      heard.push(text.join(" "));
      this.#heard.set(name, heard);
    }
    return said;
  }

  /** Begins to serve. @param {string} create stream type @param {object} [order] */
  async serve(create, order = {}) {
    const { error } = await this.order({ create, ...order });
    if (error) throw new Error(error);
  }

  /** Ends it. @param {string} type */
  async end(type) {
    const { error } = await this.order({ destroy: type });
    if (error) throw new Error(error);
  }

  /** What each stream that was accepted has heard, without payload, in the order in which they came. */
  async states() {
    await this.order({});
    return this.names().map((name) => this.statesOf(name));
  }

  /** Users that have heard anything, but for those of streams that were not accepted. */
  names() {
    return Array.from(this.#heard.keys()).filter((name) => name !== "L" && name !== "C");
  }

  /** @param {string} name */
  heard(name) {
    return this.#heard.get(name) ?? [];
  }

  /** @param {string} name */
  statesOf(name) {
    return this.heard(name)
      .filter((text) => !text.startsWith("rx "))
      .join(" ");
  }

  /** Waits until `count` accepted streams are over. @param {number} count */
  async over(count, patience = 5000) {
    const since = Date.now();
    for (;;) {
      const states = await this.states();
      if (states.length >= count && states.every((each) => each.endsWith("DESTROYING"))) return states;
      if (Date.now() - since > patience) {
        throw new Error(`not ${count} are over: ${states.join(" | ")}\n${this.device.tail(10)}`);
      }
      await delay(10);
    }
  }

  /** Heaps without any connection. */
  rested() {
    return rested(this.device, SPEED);
  }

  /** @param {number} port @param {string} [scheme] */
  url(port, scheme = "http") {
    return this.device.apUrl(port, scheme);
  }

  close() {
    return this.device.close();
  }
}

/**
 * More connections at once than late resets leave of others, each in the middle of a request: pools grow with the crowd, and keep what they have.
 * @param {string} url @param {string | Buffer} beginning of a request
 */
export async function crowd(url, beginning) {
  const all = await Promise.all(Array.from({ length: 6 }, () => Raw.open(url)));
  for (const raw of all) raw.write(beginning);
  await delay(20);
  for (const raw of all) raw.close(true);
}
