// @ts-check
/** A web server for streams: what it answers is in the path, unless a test has said what comes next. */

/** @typedef {import("node:http").IncomingMessage & { body?: Buffer }} Request */
/** @typedef {import("node:http").ServerResponse} Response */

export const BIG = Buffer.alloc(50_000, "0123456789abcdef~");

export class StreamServer {
  /** Those that have come, with their bodies. @type {Request[]} */
  requests = [];
  /** What the server does next, in place of what the path says. @type {((response: Response) => void)[]} */
  next = [];
  connections = 0;
  /** @type {WeakSet<object>} */ #known = new WeakSet();

  /** @param {import("./origins.mjs").Origins} origins */
  constructor(origins) {
    this.origins = origins;
  }

  /** @param {import("./origins.mjs").Pair} [pair] by TLS @returns {Promise<string>} where it is */
  async listen(pair) {
    return `localhost:${await this.origins.http((request, response) => this.#take(request, response), pair)}`;
  }

  /** @param {Request} request @param {Response} response */
  #take(request, response) {
    if (!this.#known.has(request.socket)) this.connections++;
    this.#known.add(request.socket);
    /** @type {Buffer[]} */ const body = [];
    request.on("data", (piece) => body.push(piece));
    request.on("end", () => {
      this.requests.push(Object.assign(request, { body: Buffer.concat(body) }));
      const act = this.next.shift();
      if (act) act(response);
      else this.#answer(String(request.url), response);
    });
  }

  /** @param {string} path @param {Response} response */
  #answer(path, response) {
    if (path === "/online") response.writeHead(204).end();
    else if (path === "/loop") response.writeHead(302, { Location: "/loop" }).end();
    else if (path === "/there") response.writeHead(302, { Location: "/a" }).end();
    else if (path === "/big") response.end(BIG);
    else if (path === "/empty") response.end();
    else if (path === "/missing") response.writeHead(404).end("no");
    else response.setHeader("X-Kind", `of ${path}`).end("hello");
  }
}
