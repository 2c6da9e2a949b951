// @ts-check
/** A device that reads policies, the image test/images/policyreader; and what the compiler makes of the same ones. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, request } from "undici";
import { Device } from "../../tools/lib/device.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";
import { checkPolicy } from "../../tools/lib/policy/check.mjs";
import { moduleOf } from "../../tools/lib/policy/emit.mjs";

/**
 * @typedef {object} Outcome
 * @property {string} [error] @property {string} [message] @property {string} [path] where, as an error names it
 * @property {string} [release] @property {string} [product] @property {unknown[]} [streams] @property {unknown[]} [stores]
 */

/** Words of an error stand in front of its path. @type {Map<string, string>} */
const WORDS = new Map(
  Array.from(
    readFileSync(join(ROOT, "modules/core/error-words.ts"), "utf8").matchAll(
      /case "(\w+)":\n\s+return "((?:[^"\\]|\\.)*)";/g,
    ),
    ([, code, words]) => [code, JSON.parse(`"${words}"`)],
  ),
);

export class PolicyDevice {
  #agent = new Agent({ connections: 1 });

  /** @param {Device} device */
  constructor(device) {
    this.device = device;
  }

  /** @param {string[]} [args] */
  static async start(args = []) {
    const device = new Device({ factory: null, ota_0: "policyreader", args: ["--clock", "real", ...args] });
    await device.powerOn();
    await device.waitForAddress("access point");
    return new PolicyDevice(device);
  }

  /** @param {import("undici").Dispatcher.HttpMethod} method @param {string} path @param {string | Buffer} [body] */
  async #ask(method, path, body) {
    const answer = await request(this.device.apUrl(80) + path, { method, body: body ?? null, dispatcher: this.#agent });
    return Buffer.from(await answer.body.arrayBuffer());
  }

  /**
   * Has a policy read.
   * @param {string | Buffer} text
   * @param {number} [piece] most bytes at once
   * @param {string[]} [types] @param {string[]} [stores] whose entries are wanted
   * @returns {Promise<Outcome>}
   */
  async read(text, piece = 0, types = [], stores = []) {
    const path = `/?${piece || ""}&${types.join()}&${stores.join()}`;
    /** @type {Outcome} */
    const outcome = JSON.parse(String(await this.#ask("PUT", path, text)));
    if (!outcome.error || !outcome.message) return outcome;
    const words = WORDS.get(outcome.error) ?? "";
    return { ...outcome, path: outcome.message.slice(words.length).replace(/^: /, "") };
  }

  /** @param {string} name */
  certificate(name) {
    return this.#ask("GET", `/certificate?${name}`);
  }

  async close() {
    await this.#agent.close();
    await this.device.close();
  }
}

/** Bits of flags by their names. */
const FLAGS = Object.fromEntries(
  Array.from(
    readFileSync(join(ROOT, "modules/secure-streams/policy.ts"), "utf8").matchAll(/^ {2}(\w+) = (0x[\da-f]+),$/gm),
    ([, name, bit]) => [name, Number(bit)],
  ),
);

/**
 * What the compiler makes of a policy, without its types.
 * @param {import("../../tools/lib/policy/check.mjs").Policy} policy
 * @returns {{ release: string, product: string, stream(name: string): object | undefined, store(name: string): string[] | undefined }}
 */
export function compiled(policy) {
  const text = moduleOf(policy, "policy.json")
    .replace(/^import .*$/gm, "")
    .replace("export const policy: Policy =", "return")
    .replace(/\((_?name): string\): [\w\s[\]|]+ \{/g, "($1) {");
  return new Function("StreamFlag", text)(FLAGS);
}

/** Paths that the compiler complains about. @param {import("../../tools/lib/policy/check.mjs").Policy} policy */
export function refusedPaths({ report }) {
  return report.problems.filter(({ isWarning }) => !isWarning).map(({ path }) => path);
}

/** @param {string} text */
export function check(text) {
  return checkPolicy(text, join(ROOT, "policy.json"));
}
