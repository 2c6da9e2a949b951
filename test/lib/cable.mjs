// @ts-check
/** A cable between a browser and a device that can be pulled: TCP connections that are passed on until then. */
import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Cable {
  /** Bytes that went to the device since the last {@link Cable.count}. */
  sent = 0;
  /** Pulls itself when so many have. */ limit = Infinity;
  #plugged = true;
  /** @type {Set<import("node:net").Socket>} */ #sockets = new Set();
  #server = createServer((near) => this.#join(near));

  /** @param {URL} to the device */
  constructor(to) {
    this.to = to;
  }

  /** @param {string} to address of the device */
  static async lay(to) {
    const cable = new Cable(new URL(to));
    cable.#server.listen(0, "127.0.0.1");
    await once(cable.#server, "listening");
    return cable;
  }

  /** The near end, as `HOST:PORT`. */
  get end() {
    return `127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (this.#server.address()).port}`;
  }

  /** Pulls the cable when `bytes` more have gone to the device. @param {number} bytes */
  pullAfter(bytes) {
    this.sent = 0;
    this.limit = bytes;
  }

  get isPlugged() {
    return this.#plugged;
  }

  pull() {
    this.#plugged = false;
    this.limit = Infinity;
    for (const socket of this.#sockets) socket.destroy();
  }

  plug() {
    this.#plugged = true;
  }

  close() {
    this.pull();
    this.#server.close();
  }

  /** @param {import("node:net").Socket} near */
  #join(near) {
    if (!this.#plugged) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.to.port), this.to.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    near.on("data", (data) => {
      this.sent += data.length;
      if (this.sent >= this.limit) this.pull();
    });
  }
}
