// @ts-check
/** The other end of the examples, all in one: names, time, web, WebSockets, a broker, an echo, and a server that is silent. */
import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { serveNames, serveTime } from "./names.mjs";
import { webServers } from "./web.mjs";

/** As the policies of the examples have them. Nobody is at `nobody`. */
export const PORTS = {
  raw: 7007,
  silent: 7008,
  nobody: 7009,
  names: 7053,
  http: 7080,
  time: 7123,
  https: 7443,
  mqtt: 7883,
};

/** Addresses that devices ask for names and for the time. */
const NAME_SERVERS = ["192.168.1.1"];
const NAME_PORT = 53;
const TIME_PORT = 123;

export class Peer {
  /** What has happened. @type {string[]} */ lines = [];
  /** @type {(() => void)[]} */ #ends = [];

  /**
   * Begins to listen.
   * @param {{ address?: string, onLine?: (line: string) => void }} [options]
   */
  static async start({ address = "127.0.0.1", onLine } = {}) {
    const peer = new Peer(address, onLine);
    try {
      await peer.#listen();
      return peer;
    } catch (error) {
      peer.close();
      throw error;
    }
  }

  /** @param {string} address @param {((line: string) => void) | undefined} onLine */
  constructor(address, onLine) {
    this.address = address;
    this.onLine = onLine;
  }

  /** What a virtual device has to be told to find it: whose datagrams go where. @returns {string[]} */
  get switches() {
    const { address } = this;
    return [
      ...NAME_SERVERS.map((server) => `${server}:${NAME_PORT}=${address}:${PORTS.names}`),
      `${address}:${TIME_PORT}=${address}:${PORTS.time}`,
    ].flatMap((way) => ["--peer", way]);
  }

  /** @param {string} line */
  #say(line) {
    this.lines.push(line);
    this.onLine?.(line);
  }

  async #listen() {
    const { address } = this;
    const say = (/** @type {string} */ line) => this.#say(line);
    for (const made of [serveNames(address, PORTS.names), serveTime(address, PORTS.time)]) {
      const socket = await made;
      this.#ends.push(() => socket.close());
    }
    const { plain, secure } = webServers(say);
    const broker = await Aedes.createBroker();
    this.#ends.push(() => broker.close());
    broker.on("publish", ({ topic, payload }, client) => client && say(`published to ${topic}: ${payload}`));
    const echo = createServer((socket) => {
      socket.on("data", (data) => say(`bytes: ${data}`));
      socket.pipe(socket);
    });
    await this.#open(echo, PORTS.raw);
    await this.#open(createServer(), PORTS.silent);
    await this.#open(plain, PORTS.http);
    await this.#open(secure, PORTS.https);
    await this.#open(
      createServer((socket) => void broker.handle(socket)),
      PORTS.mqtt,
    );
  }

  /** @param {import("node:net").Server} server @param {number} port */
  async #open(server, port) {
    /** @type {Set<import("node:net").Socket>} */ const sockets = new Set();
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    });
    this.#ends.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    server.listen(port, this.address);
    await once(server, "listening");
  }

  close() {
    for (const end of this.#ends.splice(0)) end();
  }
}
