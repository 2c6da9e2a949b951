// @ts-check
/**
 * The other side of the network for the suite of the seam: connects to the device's control port and does what each line from there
 * says. What it answers is the same for every place: a connection that has ended has ended, be it by a FIN or by a RST, since an emulator's network passes
 * on one for the other.
 */
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Ports of the device that have to be reached. */
export const CONTROL = 7000;
export const FORWARDS = /** @type {const} */ ([
  { protocol: "tcp", port: CONTROL },
  { protocol: "tcp", port: 7001 },
  { protocol: "udp", port: 7002 },
]);
const PATIENCE = 40_000;
const RETRY = 100;

/** One connection of ours, and what has come on it. */
class Wire {
  input = Buffer.alloc(0);
  halfOver = false;
  over = false;
  #wake = () => {};

  /** @param {import("node:net").Socket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (data) => {
      this.input = Buffer.concat([this.input, data]);
      this.#wake();
    });
    socket.on("end", () => {
      this.halfOver = true;
      this.#wake();
    });
    socket.on("error", () => this.#ended());
    socket.on("close", () => this.#ended());
  }

  #ended() {
    this.halfOver = true;
    this.over = true;
    this.#wake();
  }

  /** @param {() => boolean} is @param {string} what @returns {Promise<string>} "" or what is missing */
  async until(is, what) {
    const end = Date.now() + PATIENCE;
    while (!is()) {
      if (Date.now() > end) return `no ${what} after ${this.input.length} bytes`;
      await Promise.race([
        new Promise((resolve) => {
          this.#wake = () => resolve(undefined);
        }),
        delay(RETRY),
      ]);
    }
    return "";
  }
}

/** The bytes that both sides send. @param {number} length */
const pattern = (length) => Buffer.from(Array.from({ length }, (_, i) => i % 251));
/** @param {Buffer} bytes */
const hash = (bytes) => String([...createHash("sha256").update(bytes).digest().subarray(0, 4)]);

export class SeamPeer {
  /** @type {Map<string, Wire>} */
  #wires = new Map();
  #datagrams = createSocket("udp4");
  /** @type {string[]} */
  #answers = [];
  /** @type {{ close(): void }[]} */
  #open = [this.#datagrams];
  #ended = false;
  #place;

  /** @param {{ host: string, portBase: number }} place where the device's ports are */
  constructor(place) {
    this.#place = place;
    this.#datagrams.on("message", (data) => this.#answers.push(String(data)));
  }

  /** Serves the device's commands until the peer is closed; each life of the device brings a connection of its own. */
  async run() {
    while (!this.#ended) {
      const socket = this.#connect(CONTROL);
      this.#open.push({ close: () => socket.destroy() });
      let text = "";
      let chain = Promise.resolve();
      socket.on("data", (data) => {
        text += String(data);
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) {
          chain = chain.then(async () => {
            const answer = await this.#obey(line).catch((error) => `failed: ${error.message}`);
            if (!socket.destroyed) socket.write(`${answer}\n`);
          });
        }
      });
      socket.on("error", () => {});
      await new Promise((resolve) => socket.once("close", resolve));
      await delay(RETRY);
    }
  }

  close() {
    this.#ended = true;
    for (const each of this.#open.splice(0)) each.close();
    for (const { socket } of this.#wires.values()) socket.destroy();
  }

  /** @param {number} port of the device */
  #connect(port) {
    return connect({ host: this.#place.host, port: this.#place.portBase + port, allowHalfOpen: true });
  }

  /** @param {string} name */
  #wire(name) {
    const wire = this.#wires.get(name);
    if (!wire) throw new Error(`there is no connection ${name}`);
    return wire;
  }

  /** @param {string} line @returns {Promise<string>} */
  async #obey(line) {
    const [, command, name = "", rest = ""] = /^(\w+)(?: (\S+))?(?: (.*))?$/.exec(line) ?? [];
    switch (command) {
      case "open":
        return this.#dial(name, rest);
      case "many":
        for (let i = 0; i < Number(rest.split(" ")[0]); i++)
          this.#begin(`${name}${i}`, Number(rest.split(" ")[1])).write("x");
        return "ok";
      case "send":
        this.#wire(name).socket.write(rest);
        return "ok";
      case "fill":
        this.#wire(name).socket.write(pattern(Number(rest)));
        return "ok";
      case "end":
        this.#wire(name).socket.end();
        return "ok";
      case "reset":
        this.#wire(name).socket.resetAndDestroy();
        return "ok";
      case "pause":
        this.#wire(name).socket.pause();
        return "ok";
      case "resume":
        this.#wire(name).socket.resume();
        return "ok";
      case "take":
        return this.#take(name, Number(rest), (bytes) => `peer has "${bytes}"`);
      case "sum":
        return this.#take(
          name,
          Number(rest),
          (bytes) => `peer has ${bytes.length} ${hash(bytes)}, as it should: ${bytes.equals(pattern(bytes.length))}`,
        );
      case "halfover":
        return (await this.#wire(name).until(() => this.#wire(name).halfOver, "end")) || "peer saw the end";
      case "over":
        return this.#over(name);
      case "allover":
        for (let i = 0; i < Number(rest); i++) {
          const missing = await this.#over(`${name}${i}`);
          if (missing !== "peer saw it over") return `${i}: ${missing}`;
        }
        return "peer saw all of them over";
      default:
        return this.#service(command, name, rest);
    }
  }

  /** Servers and datagrams. @param {string} command @param {string} name @param {string} rest */
  async #service(command, name, rest) {
    const to = /** @type {const} */ ([this.#place.portBase + Number(name), this.#place.host]);
    switch (command) {
      case "serve": {
        const server = createServer({ allowHalfOpen: true }, (socket) => {
          socket.on("error", () => {});
          socket.pipe(socket);
        });
        return this.#listening(server);
      }
      case "closedport": {
        const server = createServer();
        const port = await this.#listening(server);
        await new Promise((resolve) => server.close(resolve));
        return port;
      }
      case "datagram":
        this.#datagrams.send(rest, ...to);
        return "ok";
      case "datagrams":
        for (let i = 0; i < Number(rest); i++) this.#datagrams.send(`n${i}`, ...to);
        return "ok";
      case "answer": {
        for (const end = Date.now() + PATIENCE; this.#answers.length === 0; ) {
          if (Date.now() > end) return "no answer";
          await delay(RETRY / 10);
        }
        return `peer has "${this.#answers.shift()}"`;
      }
      case "udpecho": {
        const socket = createSocket("udp4");
        socket.on("message", (data, { port, address }) => socket.send(data, port, address));
        socket.bind(0, "127.0.0.1");
        await once(socket, "listening");
        this.#open.push(socket);
        return String(socket.address().port);
      }
      default:
        return `what is ${command}?`;
    }
  }

  /** @param {string} name @param {string} rest port and text */
  async #dial(name, rest) {
    const [, port, text = ""] = /^(\d+) ?(.*)$/.exec(rest) ?? [];
    const socket = this.#begin(name, Number(port));
    if (text) socket.write(text);
    await once(socket, "connect");
    return "ok";
  }

  /** @param {string} name @param {number} port of the device */
  #begin(name, port) {
    const socket = this.#connect(port);
    this.#wires.set(name, new Wire(socket));
    return socket;
  }

  /** @param {string} name @param {number} count @param {(bytes: Buffer) => string} tell */
  async #take(name, count, tell) {
    const wire = this.#wire(name);
    const missing = await wire.until(() => wire.input.length >= count, `${count} bytes`);
    if (missing) return missing;
    const bytes = wire.input.subarray(0, count);
    wire.input = wire.input.subarray(count);
    return tell(bytes);
  }

  /** Once the device has ended its side, ours ends, too. @param {string} name */
  async #over(name) {
    const wire = this.#wire(name);
    const missing = await wire.until(() => wire.halfOver, "end");
    wire.socket.end();
    return missing || (wire.input.length > 0 ? `peer has ${wire.input.length} bytes more` : "peer saw it over");
  }

  /** @param {import("node:net").Server} server @returns {Promise<string>} its port */
  async #listening(server) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    if (server.listening) this.#open.push(server);
    return String(/** @type {import("node:net").AddressInfo} */ (server.address()).port);
  }
}
