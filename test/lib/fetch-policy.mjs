// @ts-check
/** A device that fetches its policy, the image test/images/fetchpolicy, and the server that it asks. */
import { setTimeout as delay } from "node:timers/promises";
import { startClient } from "./client.mjs";

/**
 * @typedef {object} Facts
 * @property {string} system @property {string} release @property {string} [error]
 * @property {number} streams @property {number} stores
 * @property {{ policy: string, error?: string, release?: string, time: number }[]} bus @property {string[]} said
 */

/** How a policy that is fetched differs, or the image's own. @typedef {Record<string, unknown>} Change */

export class FetchDevice {
  /** @param {import("../../tools/lib/device.mjs").Device} device @param {string} root the authority that is trusted @param {number} port of the server */
  constructor(device, root, port) {
    this.device = device;
    this.root = root;
    this.port = port;
  }

  /** @param {string} root @param {number} port */
  static async start(root, port) {
    return new FetchDevice(await startClient(["--clock", "real"], "fetchpolicy"), root, port);
  }

  /** A policy. @param {string} release @param {Change} [change] @param {Change} [fetching] change of the stream type that fetches */
  policy(release, change = {}, fetching = {}) {
    const there = { endpoint: "localhost", port: this.port, tls: true, tls_trust_store: "home", opportunistic: true };
    const get = { ...there, protocol: "h1", http_method: "GET", http_url: "policy", retry: "quick", ...fetching };
    return JSON.stringify({
      release,
      product: "thing",
      retry: [{ quick: { backoff: [5], conceal: 2, jitterpc: 1 } }],
      certs: [{ root: this.root }],
      trust_stores: [{ home: ["root"] }],
      s: [{ fetch_policy: get }, { talk: { ...there, protocol: "h1", http_method: "GET", http_url: "talk" } }],
      ...change,
    });
  }

  /** @param {string} path @param {string} [body] @returns {Promise<any>} */
  async #ask(path, body) {
    const method = body === undefined ? "GET" : "PUT";
    const headers = { Connection: "close" };
    const answer = await fetch(this.device.apUrl(80) + path, { method, headers, ...(body !== undefined && { body }) });
    return answer.json();
  }

  /** @param {string} policy the image's own @param {number} [tries] */
  async rise(policy, tries = 1) {
    const { error } = await this.#ask(`/start?${tries}`, policy);
    if (error) throw new Error(error);
  }

  /** @param {string} type */
  stream(type) {
    return this.#ask(`/stream?${type}`, "");
  }

  /** @returns {Promise<Facts>} */
  facts() {
    return this.#ask("/");
  }

  /** Waits until the system is in operation. @returns {Promise<Facts>} with all that was told on the way */
  async risen(patience = 5000) {
    const since = Date.now();
    /** @type {Facts["bus"]} */ const bus = [];
    for (;;) {
      const facts = await this.facts();
      bus.push(...facts.bus);
      if (facts.system === "OPERATIONAL" && facts.streams === 0 && bus.length > 0) return { ...facts, bus };
      if (Date.now() - since > patience) throw new Error(`${JSON.stringify(facts)}\n${this.device.tail(20)}`);
      await delay(10);
    }
  }

  end() {
    return this.#ask("/end", "");
  }

  close() {
    return this.device.close();
  }
}
