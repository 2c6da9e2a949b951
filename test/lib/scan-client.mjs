// @ts-check
/** A client of the setup page's WebSocket protocol that is no browser. */
import { once } from "node:events";
import { WebSocket } from "ws";

const PATIENCE = 15_000;

/**
 * What the device says; of a state only what tests look at is named.
 * @typedef {Record<string, any> & { error?: string, for?: string, known?: { ssid: string, pp: string, use: string }[],
 *   storage?: string, join?: { state: string, slot: string, reason: string } }} Message
 */

export class ScanClient {
  /** All messages so far. @type {Message[]} */
  messages = [];
  /** Close code, once the connection is closed. @type {number | undefined} */
  closed = undefined;
  #wake = () => {};

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data) => {
      this.messages.push(JSON.parse(String(data)));
      this.#wake();
    });
    socket.on("error", () => {});
    socket.on("close", (code) => {
      this.closed = code;
      this.#wake();
    });
  }

  /** @param {string} url of the setup page @param {Record<string, string>} [headers] @returns {Promise<ScanClient>} */
  static async open(url, headers = {}) {
    const socket = new WebSocket(url.replace(/^http/, "ws"), "esplws-scan", {
      headers,
      handshakeTimeout: PATIENCE,
      rejectUnauthorized: false,
    });
    const client = new ScanClient(socket);
    await once(socket, "open");
    return client;
  }

  /** Where a later {@link next} is to begin. */
  mark() {
    return this.messages.length;
  }

  /**
   * Sends a message; objects as JSON.
   * @param {string | Buffer | object} message
   * @returns {number} a {@link mark} before any answer
   */
  send(message) {
    const mark = this.mark();
    const isRaw = typeof message === "string" || Buffer.isBuffer(message);
    this.socket.send(isRaw ? message : JSON.stringify(message));
    return mark;
  }

  /** @param {number} slot @param {string} ssid @param {string} passphrase */
  setSlot(slot, ssid, passphrase) {
    return this.send({ [`ssid${slot}`]: ssid, [`pw${slot}`]: passphrase, slot: String(slot) });
  }

  /**
   * Resolves with the first message since `after` for which `wanted` holds.
   * @param {(message: Message) => boolean} wanted
   * @param {number} [after]
   * @returns {Promise<Message>}
   */
  async next(wanted, after = 0) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      for (; after < this.messages.length; after++) if (wanted(this.messages[after])) return this.messages[after];
      const shown = JSON.stringify(this.messages.at(-1));
      if (this.closed !== undefined) throw new Error(`closed with ${this.closed} before ${wanted}; last: ${shown}`);
      if (Date.now() >= end) throw new Error(`no message for ${wanted}; last: ${shown}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, end - Date.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
  }

  /** The next state. @param {number} [after] */
  state(after = 0) {
    return this.next((message) => message.known !== undefined, after);
  }

  /** Resolves with the close code. */
  async ended() {
    if (this.closed === undefined) await once(this.socket, "close", { signal: AbortSignal.timeout(PATIENCE) });
    return /** @type {number} */ (this.closed);
  }

  close() {
    this.socket.terminate();
  }
}

/**
 * What the device at this address says of itself, to a client that comes for that alone.
 * @param {string} url of the setup page
 */
export async function readState(url) {
  const client = await ScanClient.open(url);
  try {
    return await client.state();
  } finally {
    client.close();
  }
}
