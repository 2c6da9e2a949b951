// @ts-check
/** A name server for the devices of a test, which answers as the test says. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED } from "dns-packet";

/** @typedef {import("dns-packet").Packet} Packet */
/** @typedef {import("dns-packet").Answer} Answer */
/** @typedef {{ id: number, name: string, port: number, address: string, raw: Buffer }} Query port and address: of the device */
/** @typedef {(query: Query, server: NameServer) => void} Handler */

/** Address that the devices know it by: that of the gateway of a network of test/lib/radio.mjs. @param {{ address: string }} network */
const gatewayOf = ({ address }) => address.replace(/\d+$/, "1");

export class NameServer {
  /** What was asked, in order. @type {Query[]} */
  queries = [];
  /** Name → what is sent back; a list of addresses stands for an answer of those. @type {Map<string, string[] | Handler>} */
  names = new Map();
  #socket = createSocket("udp4");
  /** Another one, whose datagrams come from another port. */
  #stranger = createSocket("udp4");

  static async start() {
    const server = new NameServer();
    server.#socket.on("message", (raw, { port, address }) => server.#asked(raw, port, address));
    server.#socket.bind(0, "127.0.0.1");
    await once(server.#socket, "listening");
    return server;
  }

  get port() {
    return this.#socket.address().port;
  }

  /** The switch that leads a device's questions here. @param {{ address: string }} network that the device joins @returns {string[]} */
  switchFor(network) {
    return ["--peer", `${gatewayOf(network)}:53=127.0.0.1:${this.port}`];
  }

  /** How often a name was asked for. @param {string} name */
  count(name) {
    return this.queries.filter((query) => query.name === name).length;
  }

  /** @param {Buffer} raw @param {number} port @param {string} address */
  #asked(raw, port, address) {
    const { id = 0, questions: [question] = [] } = decode(raw);
    const query = { id, name: question?.name ?? "", port, address, raw };
    this.queries.push(query);
    const what = this.names.get(query.name);
    if (typeof what === "function") what(query, this);
    else if (what) this.answer(query, addresses(query.name, what));
    else this.answer(query, [], { rcode: 3 });
  }

  /**
   * Sends an answer.
   * @param {Query} query
   * @param {Answer[]} answers
   * @param {Omit<Packet, "answers"> & { rcode?: number, stranger?: boolean }} [other] what stands in for the usual
   */
  answer(
    query,
    answers,
    { rcode = 0, flags = RECURSION_DESIRED | RECURSION_AVAILABLE, stranger = false, ...other } = {},
  ) {
    const questions = [{ type: /** @type {const} */ ("A"), class: /** @type {const} */ ("IN"), name: query.name }];
    const packet = encode({ type: "response", id: query.id, flags: flags | rcode, questions, answers, ...other });
    this.send(query, packet, stranger);
  }

  /** Sends bytes to whoever asked. @param {Query} query @param {Uint8Array} bytes @param {boolean} [stranger] from another port */
  send(query, bytes, stranger = false) {
    (stranger ? this.#stranger : this.#socket).send(bytes, query.port, query.address);
  }

  close() {
    this.#socket.close();
    this.#stranger.close();
  }
}

/** A records. @param {string} name @param {string[]} list @param {number} [ttl] @returns {Answer[]} */
export const addresses = (name, list, ttl = 300) => list.map((data) => ({ type: "A", class: "IN", name, ttl, data }));

/** @param {string} name @param {string} data @param {number} [ttl] @returns {Answer} */
export const alias = (name, data, ttl = 300) => ({ type: "CNAME", class: "IN", name, ttl, data });
