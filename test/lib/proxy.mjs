// @ts-check
/** A device that is a proxy, and origins for it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createRaw } from "node:net";
import { Device } from "../../tools/lib/device.mjs";
import { ask, Raw } from "./raw.mjs";

/** @typedef {import("node:net").AddressInfo} AddressInfo */

let vhosts = 0;
/** Waits of a device at rest while it is asked: for the rest of the request, for a port's next look around, for a new second. */
const WAITS = 4;

export class ProxyDevice {
  /** @param {Device} device */
  constructor(device) {
    this.device = device;
  }

  static async start() {
    const device = new Device({ factory: null, ota_0: "proxy" });
    try {
      await device.powerOn();
      await device.waitForAddress("access point");
      return new ProxyDevice(device);
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  /** Where the proxies are. */
  get url() {
    return this.device.apUrl(81);
  }

  close() {
    return this.device.close();
  }

  /** @param {string} command @param {string} argument */
  async admin(command, argument = "") {
    const query = encodeURIComponent(argument);
    const head = `GET /admin/${command}?${query} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n`;
    const { status, body } = await ask(this.device.apUrl(80), head);
    const answer = JSON.parse(body.toString());
    if (status !== 200) throw new Error(`${answer.code}: ${answer.message}`);
    return answer;
  }

  /**
   * Makes a vhost; returns its name, which is to be the Host of requests.
   * @param {{ mounts: object[], proxy?: object, timeout?: number, headers?: object }} description
   */
  async make(description) {
    const name = `v${vhosts++}.lan`;
    await this.admin("make", JSON.stringify({ name, ...description }));
    return name;
  }

  /** A vhost whose mount `/p` is the origin at `port`. @param {number} port @param {object} [proxy] @param {object} [mount] */
  mount(port, proxy = {}, mount = {}) {
    const mounts = [{ mountpoint: "/p", origin: `http://127.0.0.1:${port}/base`, ...mount }];
    return this.make({ mounts, proxy, timeout: 4000 });
  }

  /** Ends a vhost, and waits until it has no connection any more. @param {string} name */
  async destroy(name) {
    await this.admin("destroy", name);
  }

  /** One request on a connection of its own. @param {string} host @param {string} start method and target @param {...string} fields */
  async request(host, start, ...fields) {
    const raw = await Raw.open(this.url);
    try {
      return await raw.write(head(host, start, ...fields)).response({ head: start.startsWith("HEAD ") });
    } finally {
      raw.close();
    }
  }
}

/** A request head. @param {string} host @param {string} start @param {...string} fields */
export function head(host, start, ...fields) {
  return `${start} HTTP/1.1\r\nHost: ${host}\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`;
}

/**
 * An origin that is a true HTTP server.
 * @param {import("node:http").RequestListener} listener
 */
export async function httpOrigin(listener) {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {AddressInfo} */ (server.address());
  return {
    server,
    port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An origin whose bytes a test sets one by one. */
export class RawOrigin {
  /** @type {Raw[]} */
  #arrived = [];
  #wake = () => {};

  /** @param {import("node:net").Server} server */
  constructor(server) {
    this.server = server;
    this.port = /** @type {AddressInfo} */ (server.address()).port;
    server.on("connection", (socket) => {
      this.#arrived.push(new Raw(socket));
      this.#wake();
    });
  }

  static async open() {
    const server = createRaw({ allowHalfOpen: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RawOrigin(server);
  }

  /** The next connection. @returns {Promise<Raw>} */
  async next() {
    while (this.#arrived.length === 0) {
      await /** @type {Promise<void>} */ (
        new Promise((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error("no connection to the origin")), 10_000);
          this.#wake = () => {
            clearTimeout(timer);
            resolve();
          };
        })
      );
    }
    return /** @type {Raw} */ (this.#arrived.shift());
  }

  /** The next connection, and the head that comes on it, as lines. */
  async request() {
    const raw = await this.next();
    const [line, ...fields] = (await raw.takeTo("\r\n\r\n")).split("\r\n");
    return { raw, line, fields };
  }

  /** Answers the next request with `bytes`, then with a FIN, unless `keep`. @param {string | Buffer} bytes @param {boolean} [keep] */
  async answer(bytes, keep = false) {
    const { raw } = await this.request();
    raw.write(bytes);
    if (!keep) raw.end();
    return raw;
  }

  /** Ends connections that nobody has asked for. */
  forget() {
    for (const raw of this.#arrived.splice(0)) raw.close();
  }

  close() {
    this.forget();
    this.server.close();
  }
}

/** The values of the header `name`. @param {string[]} fields @param {string} name */
export function values(fields, name) {
  return fields
    .filter((field) => field.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((field) => field.slice(name.length + 1).trim());
}

/**
 * Checks that nothing of the proxy's is left: no connection, and nobody who waits but the one that asks, the ports, and the clock.
 * @param {ProxyDevice} proxy
 */
export async function nothingIsLeft(proxy) {
  for (let tries = 0; ; tries++) {
    const { vhosts, waits } = await proxy.admin("bound");
    const left = vhosts.filter((/** @type {{ bound: number }} */ vhost) => vhost.bound > 0);
    if (left.length === 0 && waits <= WAITS) return;
    if (tries === 100) assert.fail(JSON.stringify({ left, waits }));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
