// @ts-check
/** Servers for a device to ask: web servers as they should be, and sockets that say what the test says. All end with the test. */
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, createServer as createSocketServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** @typedef {import("node:net").Socket} Socket */
/** @typedef {{ chain: string, key: string }} Pair */

export class Origins {
  /** @type {import("node:net").Server[]} */ #servers = [];
  /** @type {Set<Socket>} */ #sockets = new Set();

  /**
   * A web server.
   * @param {import("node:http").RequestListener} listener
   * @param {Pair} [pair] makes it one by TLS
   * @param {(request: import("node:http").IncomingMessage, socket: import("node:stream").Duplex, head: Buffer) => void} [onUpgrade]
   */
  http(listener, pair, onUpgrade) {
    const server = pair ? createSecureServer({ cert: pair.chain, key: pair.key }, listener) : createServer(listener);
    if (onUpgrade) server.on("upgrade", onUpgrade);
    return this.#listen(server);
  }

  /**
   * Gets a socket and the request as soon as its head is there.
   * @param {(socket: Socket, head: string, count: number) => void} answer count: of the connection
   * @param {Pair} [pair]
   */
  raw(answer, pair) {
    let count = 0;
    const onSocket = (/** @type {Socket} */ socket) => {
      let head = "";
      const number = ++count;
      socket.on("error", () => {});
      socket.on("data", (data) => {
        const before = head.includes("\r\n\r\n");
        head += data.toString("latin1");
        if (!before && head.includes("\r\n\r\n")) answer(socket, head, number);
      });
    };
    const options = { allowHalfOpen: true };
    return this.#listen(
      pair
        ? createTlsServer({ ...options, cert: pair.chain, key: pair.key }, onSocket)
        : createSocketServer(options, onSocket),
    );
  }

  /**
   * Stands in front of another server, and resets each connection when so many of its bytes have been passed on.
   * @param {number} port of the other one @param {() => number} most
   */
  cutter(port, most) {
    const server = createSocketServer((socket) => {
      const other = connect(port, "127.0.0.1");
      this.#sockets.add(other);
      let left = most();
      socket.on("data", (data) => other.write(data));
      socket.on("close", () => other.destroy());
      other.on("error", () => {});
      other.on("close", () => this.#sockets.delete(other));
      other.on("data", (data) => {
        socket.write(data.subarray(0, left));
        left -= data.length;
        if (left <= 0) setTimeout(() => socket.resetAndDestroy(), 5);
      });
    });
    return this.#listen(server);
  }

  /** @param {import("node:net").Server} server @returns {Promise<number>} its port */
  async #listen(server) {
    this.#servers.push(server);
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
  }

  close() {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
