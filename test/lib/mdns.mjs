// @ts-check
/** A resolver of the network: the npm package multicast-dns, on loopback in this process, or in a network namespace in one of its own. */
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import multicastDns from "multicast-dns";

/** @typedef {{ name: string, type: string, ttl?: number, flush?: boolean, class?: string, data: any }} Answer */
/** @typedef {{ id: number, type: string, flags: number, questions: { name: string, type: string }[], answers: Answer[],
 *   additionals: Answer[], authorities: Answer[] }} Packet */
/** @typedef {{ packet: Packet, from: string, port: number, time: number }} Heard */

const PEER = fileURLToPath(new URL("./mdns-peer.mjs", import.meta.url));

/**
 * Asks one address, as a resolver does that knows no multicast.
 * @param {string} address @param {number} port @param {{ name: string, type: string }[]} questions
 * @returns {Promise<Packet | undefined>}
 */
export async function askDirectly(address, port, questions, patience = 2000) {
  const resolver = multicastDns({ multicast: false, port: 0 });
  try {
    const answer = once(resolver, "response", { signal: AbortSignal.timeout(patience) });
    resolver.query(/** @type {any} */ ({ id: 77, questions }), { address, port });
    return /** @type {any} */ ((await answer)[0]);
  } catch {
    return undefined;
  } finally {
    resolver.destroy();
  }
}

/** A resolver in a network namespace. */
export class Peer extends EventEmitter {
  /** @type {Heard[]} */ heard = [];
  #process;

  /** @param {string} namespace @param {string} address of its interface */
  constructor(namespace, address) {
    super();
    this.#process = spawn("ip", ["netns", "exec", namespace, process.execPath, PEER, address]);
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      this.heard.push({ ...JSON.parse(line), time: Date.now() });
      this.emit("heard");
    });
    this.#process.stderr.pipe(process.stderr);
  }

  /** @param {object} command */
  say(command) {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** @param {{ name: string, type: string }[]} questions @param {object} [more] */
  query(questions, more = {}) {
    this.say({ query: { questions, ...more } });
  }

  /** Sends bytes to the group, or to an address. @param {Buffer} bytes @param {string} [address] */
  raw(bytes, address) {
    this.say({ raw: bytes.toString("base64"), address });
  }

  mark() {
    return this.heard.length;
  }

  /**
   * The first packet since `after` that fits.
   * @param {(heard: Heard) => boolean} fits @param {number} after @param {number} [patience]
   */
  async next(fits, after, patience = 8000) {
    const end = Date.now() + patience;
    for (;;) {
      for (; after < this.heard.length; after++) if (fits(this.heard[after])) return this.heard[after];
      const left = end - Date.now();
      if (left <= 0) throw new Error(`nothing heard that fits ${fits}; last: ${JSON.stringify(this.heard.slice(-3))}`);
      await Promise.race([once(this, "heard"), delay(left, undefined, { ref: false })]);
    }
  }

  close() {
    this.#process.kill();
  }
}

/** @param {Packet | undefined} packet @param {string} type @param {string} [name] */
export function answersOf(packet, type, name) {
  const all = [...(packet?.answers ?? []), ...(packet?.additionals ?? [])];
  return all.filter((answer) => answer.type === type && (name === undefined || answer.name === name));
}
