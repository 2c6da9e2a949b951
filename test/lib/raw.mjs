// @ts-check
/** A TCP connection whose bytes a test sets one by one, and which takes HTTP/1.1 responses apart without forgiving anything. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

const PATIENCE = 10_000;

/**
 * @typedef {object} Response
 * @property {number} status
 * @property {string} reason
 * @property {Map<string, string>} headers names in lower case
 * @property {Buffer} body
 */

export class Raw {
  /** Bytes that have come and that nobody has taken. */
  input = Buffer.alloc(0);
  /** How the connection ended: "end" by a FIN, else the code of the error; "" while it lives. */
  ending = "";
  #wake = () => {};

  /** @param {import("node:net").Socket} socket @param {import("node:net").Socket} [wire] what is under it */
  constructor(socket, wire = socket) {
    this.socket = socket;
    this.wire = wire;
    socket.setNoDelay(true);
    socket.on("data", (data) => {
      this.input = Buffer.concat([this.input, data]);
      this.#wake();
    });
    socket.on("end", () => this.#over("end"));
    socket.on("error", (error) => this.#over(/** @type {NodeJS.ErrnoException} */ (error).code ?? String(error)));
  }

  /**
   * @param {string} url `http://ADDRESS:PORT`, or `https:`, where any certificate will do
   * @param {string} [localAddress] where the connection comes from
   * @returns {Promise<Raw>}
   */
  static open(url, localAddress) {
    const { hostname, port, protocol } = new URL(url);
    return new Promise((resolve, reject) => {
      const from = localAddress ? { localAddress } : {};
      const options = { host: hostname, port: Number(port), allowHalfOpen: true, ...from };
      const isTls = protocol === "https:";
      const wire = connect(options);
      if (isTls) wire.once("error", reject);
      const socket = isTls ? connectTls({ socket: wire, rejectUnauthorized: false }) : wire;
      socket.once(isTls ? "secureConnect" : "connect", () => {
        socket.off("error", reject);
        resolve(new Raw(socket, wire));
      });
      socket.once("error", reject);
    });
  }

  /** @param {string} ending */
  #over(ending) {
    this.ending ||= ending;
    this.#wake();
  }

  /** @param {string | Buffer} data text is sent as ISO 8859-1 @returns {this} */
  write(data) {
    if (!this.socket.destroyed) this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
    return this;
  }

  /** Sends each byte as a segment of its own. @param {string | Buffer} data */
  async drip(data) {
    const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
    for (let at = 0; at < bytes.length && !this.ending; at++) {
      this.write(bytes.subarray(at, at + 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Sends our FIN. */
  end() {
    this.socket.end();
  }

  /** Ends both directions; `hard` with a RST. */
  close(hard = false) {
    if (hard) this.wire.resetAndDestroy();
    else this.socket.destroy();
  }

  /** Resolves when `ready` holds; rejects when it can't any more. @param {() => boolean} ready @param {string} what @param {number} [patience] milliseconds */
  async #until(ready, what, patience = PATIENCE) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, patience);
    try {
      while (!ready()) {
        const shown = JSON.stringify(this.input.subarray(0, 300).toString("latin1"));
        if (late) throw new Error(`no ${what} after ${patience} ms; so far ${shown}`);
        if (this.ending) throw new Error(`no ${what} before the connection ended (${this.ending}); so far ${shown}`);
        await new Promise((resolve) => {
          this.#wake = () => resolve(undefined);
        });
      }
    } finally {
      clearTimeout(timer);
      this.#wake = () => {};
    }
  }

  /** The next `count` bytes. @param {number} count */
  async take(count) {
    await this.#until(() => this.input.length >= count, `${count} bytes`);
    const taken = this.input.subarray(0, count);
    this.input = this.input.subarray(count);
    return taken;
  }

  /** Text up to and without `mark`, which is taken too. @param {string} mark @param {number} [patience] milliseconds */
  async takeTo(mark, patience) {
    await this.#until(() => this.input.includes(mark), JSON.stringify(mark), patience);
    const taken = await this.take(this.input.indexOf(mark) + mark.length);
    return taken.subarray(0, -mark.length).toString("latin1");
  }

  /** Resolves with how the connection ended. @param {number} [patience] milliseconds @returns {Promise<string>} */
  async ended(patience) {
    await this.#until(() => this.ending !== "", "end of the connection", patience);
    return this.ending;
  }

  /**
   * The next response.
   * @param {{ head?: boolean, patience?: number }} [options] head: the request was a HEAD; patience: milliseconds until it comes
   * @returns {Promise<Response>}
   */
  async response({ head = false, patience } = {}) {
    const [line, ...fields] = (await this.takeTo("\r\n\r\n", patience)).split("\r\n");
    const [, code, reason] =
      /^HTTP\/1\.1 (\d{3}) (.+)$/.exec(line) ?? assert.fail(`status line ${JSON.stringify(line)}`);
    /** @type {Map<string, string>} */
    const headers = new Map();
    for (const field of fields) {
      const [, name, value] =
        /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\t -~]*)$/.exec(field) ?? assert.fail(`header ${JSON.stringify(field)}`);
      assert.equal(headers.has(name.toLowerCase()), false, `two headers ${name}`);
      headers.set(name.toLowerCase(), value);
    }
    const status = Number(code);
    const isEmpty = head || status < 200 || status === 204 || status === 304;
    return { status, reason, headers, body: isEmpty ? Buffer.alloc(0) : await this.#body(headers) };
  }

  /** @param {Map<string, string>} headers */
  async #body(headers) {
    const length = headers.get("content-length");
    if (length !== undefined) {
      assert.match(length, /^\d+$/);
      assert.equal(headers.has("transfer-encoding"), false);
      return this.take(Number(length));
    }
    if (headers.get("transfer-encoding") !== "chunked") {
      await this.ended();
      return this.take(this.input.length);
    }
    const chunks = [];
    for (;;) {
      const size = await this.takeTo("\r\n");
      assert.match(size, /^[0-9a-f]+$/i);
      const chunk = await this.take(Number.parseInt(size, 16));
      assert.equal(await this.takeTo("\r\n"), "");
      if (chunk.length === 0) return Buffer.concat(chunks);
      chunks.push(chunk);
    }
  }
}

/**
 * One connection, one request, one response.
 * @param {string} url
 * @param {string | Buffer} request
 */
export async function ask(url, request) {
  const raw = await Raw.open(url);
  try {
    return await raw.write(request).response();
  } finally {
    raw.close();
  }
}
