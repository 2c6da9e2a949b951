// @ts-check
/** Brokers for a device: aedes, and one that says what a test says, byte by byte. */
import { once } from "node:events";
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Aedes } from "aedes";

/** @typedef {import("node:net").Socket} Socket */
/** @typedef {import("node:net").Server} Server */
/** @typedef {{ topic: string, text: string, qos: number, retain: boolean, dup: boolean, from: string }} Heard */

/** Listeners of a test, and their sockets. */
export class Sockets {
  /** @type {Server[]} */ #servers = [];
  /** @type {Set<Socket>} */ all = new Set();

  /** @param {(socket: Socket) => void} onSocket @param {import("./origins.mjs").Pair} [pair] @param {number} [port] */
  async listen(onSocket, pair, port = 0) {
    const server = pair ? createTlsServer({ cert: pair.chain, key: pair.key }, onSocket) : createServer(onSocket);
    this.#servers.push(server);
    server.on("connection", (socket) => {
      this.all.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.all.delete(socket));
    });
    server.on("secureConnection", (socket) => socket.on("error", () => {}));
    server.on("tlsClientError", () => {});
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
  }

  /** Ends all there is. */
  close() {
    for (const server of this.#servers.splice(0)) server.close();
    for (const socket of this.all) socket.destroy();
  }
}

/** A true broker. */
export class Broker {
  /** What was published by clients. @type {Heard[]} */ heard = [];
  /** Filters that were subscribed to, and given up. @type {string[]} */ subscribed = [];
  /** @type {string[]} */ unsubscribed = [];
  /** Clients that have connected, one after the other. @type {string[]} */ clients = [];
  port = 0;
  sockets = new Sockets();

  /** @param {import("aedes").AedesOptions} [options] @param {import("./origins.mjs").Pair} [pair] */
  static async start(options, pair) {
    const broker = new Broker(await Aedes.createBroker(options), pair);
    await broker.open();
    return broker;
  }

  /** @param {Aedes} aedes @param {import("./origins.mjs").Pair} [pair] */
  constructor(aedes, pair) {
    this.aedes = aedes;
    this.pair = pair;
    aedes.on("client", (client) => this.clients.push(client.id));
    aedes.on("subscribe", (list) => this.subscribed.push(...list.map((each) => each.topic)));
    aedes.on("unsubscribe", (list) => this.unsubscribed.push(...list));
    aedes.on("publish", ({ topic, payload, qos, retain, dup }, client) => {
      if (topic.startsWith("$SYS")) return;
      this.heard.push({ topic, text: String(payload), qos, retain, dup, from: client?.id ?? "" });
    });
  }

  /** Listens, at the port where it was before. */
  async open() {
    this.port = await this.sockets.listen((socket) => void this.aedes.handle(socket), this.pair, this.port);
  }
  /** Is not to be reached any more; what it knows it keeps. */
  shut() {
    this.sockets.close();
  }
  get place() {
    return `localhost:${this.port}`;
  }

  /** @param {string} topic @param {string | Buffer} payload @param {0 | 1 | 2} [qos] @param {boolean} [retain] @returns {Promise<void>} */
  publish(topic, payload, qos = 0, retain = false) {
    const packet = { cmd: /** @type {const} */ ("publish"), topic, payload, qos, retain, dup: false };
    return new Promise((resolve, reject) => this.aedes.publish(packet, (error) => (error ? reject(error) : resolve())));
  }

  /** What was said to a topic. @param {string} topic */
  to(topic) {
    return this.heard.filter((each) => each.topic === topic).map((each) => each.text);
  }

  async close() {
    this.shut();
    await new Promise((resolve) => this.aedes.close(() => resolve(undefined)));
  }
}

/** Packets by the number in the upper half of their first byte. */
export const TYPES =
  "? connect connack publish puback pubrec pubrel pubcomp subscribe suback unsubscribe unsuback pingreq pingresp disconnect ?";

/** @typedef {{ type: string, first: number, body: Buffer }} Said */

/** A peer that answers packets with whatever bytes a test wants. */
export class OddBroker {
  /** What the device has sent. @type {Said[]} */ said = [];
  connections = 0;
  sockets = new Sockets();
  place = "";

  /** @param {(packet: Said, socket: Socket, connection: number) => void} answer */
  static async start(answer) {
    const broker = new OddBroker(answer);
    broker.place = `localhost:${await broker.sockets.listen((socket) => broker.#serve(socket))}`;
    return broker;
  }

  /** @param {(packet: Said, socket: Socket, connection: number) => void} answer */
  constructor(answer) {
    this.answer = answer;
  }

  /** @param {Socket} socket */
  #serve(socket) {
    const connection = ++this.connections;
    let rest = Buffer.alloc(0);
    socket.on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (;;) {
        let [length, at, shift] = [0, 1, 0];
        for (; at < rest.length && rest[at] >= 0x80; at++, shift += 7) length |= (rest[at] & 0x7f) << shift;
        if (at >= rest.length) return;
        length |= rest[at++] << shift;
        if (rest.length < at + length) return;
        const packet = { type: TYPES.split(" ")[rest[0] >> 4], first: rest[0], body: rest.subarray(at, at + length) };
        rest = rest.subarray(at + length);
        this.said.push(packet);
        this.answer(packet, socket, connection);
      }
    });
  }

  /** Kinds of what was sent. */
  get kinds() {
    return this.said.map((packet) => packet.type).join(" ");
  }

  close() {
    this.sockets.close();
  }
}

/** A packet. @param {number} first @param {...(number | string | Buffer)} body texts without a length before them */
export function packet(first, ...body) {
  const bytes = Buffer.concat(body.map((each) => (typeof each === "number" ? Buffer.of(each) : Buffer.from(each))));
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
  return Buffer.concat([Buffer.of(first, ...length), bytes]);
}

/** A message. @param {string} topic @param {string} text @param {number} [qos] @param {number} [id] */
export function message(topic, text, qos = 0, id = 1) {
  const ids = qos > 0 ? [id >> 8, id & 0xff] : [];
  return packet(0x30 | (qos << 1), topic.length >> 8, topic.length & 0xff, topic, ...ids, text);
}
