// @ts-check
/** A WebSocket server for streams, of the `ws` package: sends back what comes, and remembers it. */
import { WebSocketServer } from "ws";

/** @typedef {import("ws").WebSocket} Socket */

/** Subprotocols that it knows. */
const KNOWN = ["lws-test", "superchat"];

export class WsOrigin {
  /** @type {import("node:http").IncomingMessage[]} */ requests = [];
  /** @type {{ data: Buffer, isBinary: boolean }[]} */ messages = [];
  /** @type {Socket[]} */ #sockets = [];
  #server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => KNOWN.find((name) => offered.has(name)) ?? false,
  });

  /** @param {import("./origins.mjs").Origins} origins */
  constructor(origins) {
    this.origins = origins;
    this.#server.on("connection", (socket, request) => {
      this.requests.push(request);
      this.#sockets.push(socket);
      socket.on("error", () => {});
      socket.on("message", (data, isBinary) => {
        this.messages.push({ data: /** @type {Buffer} */ (data), isBinary });
        socket.send(data, { binary: isBinary });
      });
    });
  }

  /** The connection that was made last. */
  get last() {
    return /** @type {Socket} */ (this.#sockets.at(-1));
  }

  /** How the last connection ends: code and reason. @returns {Promise<string>} */
  closed() {
    return new Promise((resolve) => this.last.on("close", (code, reason) => resolve(`${code} ${reason}`)));
  }

  /** @param {import("./origins.mjs").Pair} [pair] by TLS @returns {Promise<string>} where it is */
  async listen(pair) {
    const onUpgrade = (
      /** @type {import("node:http").IncomingMessage} */ request,
      /** @type {import("node:stream").Duplex} */ socket,
      /** @type {Buffer} */ head,
    ) => this.#server.handleUpgrade(request, socket, head, (made) => this.#server.emit("connection", made, request));
    return `localhost:${await this.origins.http((_, response) => response.writeHead(426).end(), pair, onUpgrade)}`;
  }

  close() {
    for (const socket of this.#sockets) socket.terminate();
  }
}
