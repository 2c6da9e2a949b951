// @ts-check
/**
 * Serves the built pages and speaks as a unit does, in whatever state a test wants: what takes minutes with a device, or can't be brought
 * about at all, is there at once.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { ASSETS } from "../../tools/lib/paths.mjs";
import { FOUND, freshState } from "./fake-state.mjs";
import { Openssl } from "./openssl.mjs";

const POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; ";
const WWW = join(ASSETS, "factory", "www");
/** As coarse as a QR code, and read by nobody. */
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><rect width="29" height="29" fill="#fff"/><path d="${Array.from(
  { length: 441 },
  (_, n) =>
    ((Math.imul(n + 1, 0x9e3779b1) >>> 13) & 1) === 0 ? `M${4 + (n % 21)} ${4 + Math.floor(n / 21)}h1v1h-1z` : "",
).join("")}"/></svg>`;

/** @typedef {import("node:http").IncomingMessage} Request @typedef {import("node:http").ServerResponse} Response */

export class FakeUnit {
  /** What every page is told. @type {Record<string, any>} */ state = {};
  /** What pages have sent. @type {Record<string, string>[]} */ heard = [];
  /** Requests other than GET: method and path. @type {string[]} */ requests = [];
  /** The upload that it knows. */ upload = { state: "idle", id: "", received: 0, length: 0 };
  /** Content of the upload so far. */ content = Buffer.alloc(0);
  /** Bytes after which an upload stands still. */ holdAt = Infinity;
  /** Bytes after which the unit is out of reach. */ cutAt = Infinity;
  /** What requests are answered with, by path. @type {Map<string, { status: number, body: object, headers?: Record<string, string> }>} */
  answers = new Map();
  /** Nobody gets in. */ away = false;
  /** The first word on a WebSocket is not spoken. */ silent = false;
  #openssl = new Openssl();
  #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "esplws-scan" });
  #server;

  constructor() {
    const { certificate, key } = this.#openssl.issue("unit", { extensions: ["subjectAltName=IP:127.0.0.1"] });
    this.#server = createServer({ cert: certificate, key }, (request, response) => this.#onRequest(request, response));
    this.#server.on("upgrade", (request, socket, head) => {
      if (this.away) {
        socket.destroy();
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        client.on("message", (data) => this.heard.push(JSON.parse(String(data))));
        client.on("error", () => {});
        if (!this.silent) client.send(JSON.stringify(this.state));
      });
    });
    this.reset();
  }

  /** @param {"index" | "factory"} [page] */
  async start(page = "index") {
    this.page = page;
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url() {
    return `https://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (this.#server.address()).port}/`;
  }

  /** As new. @param {Record<string, any>} [changes] of the state */
  reset(changes = {}) {
    this.upload = { state: "idle", id: "", received: 0, length: 0 };
    this.holdAt = this.cutAt = Infinity;
    this.away = this.silent = false;
    this.heard.length = this.requests.length = 0;
    this.answers.clear();
    this.state = { ...freshState(), aps: FOUND, ...changes };
  }

  /** The state is another one now. @param {Record<string, any>} changes */
  change(changes) {
    Object.assign(this.state, changes);
    this.say(this.state);
  }

  /** To every page. @param {object} message */
  say(message) {
    for (const client of this.#sockets.clients) client.send(JSON.stringify(message));
  }

  /** Breaks all connections off; nobody gets in until {@link FakeUnit.comeBack}. */
  goAway() {
    this.away = true;
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
  }

  /** Every connection but the WebSockets breaks off. */
  cutConnections() {
    this.#server.closeAllConnections();
  }

  comeBack() {
    this.away = false;
  }

  /** Resolves with the first message that has this key. @param {string} key */
  async hears(key) {
    for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const found = this.heard.find((message) => key in message);
      if (found) return found;
    }
    throw new Error(`no message ${key}, but ${JSON.stringify(this.heard)}`);
  }

  close() {
    this.goAway();
    this.#server.close();
    this.#openssl.close();
  }

  /** @param {Request} request @param {Response} response */
  #onRequest(request, response) {
    if (this.away) return request.socket.destroy();
    const path = (request.url ?? "").slice(1);
    if (request.method !== "GET") this.requests.push(`${request.method} ${path}`);
    const answer = this.answers.get(path);
    if (path === "update" && !answer) return this.#onUpdate(request, response);
    request.resume();
    if (answer) return sendJSON(response, answer.status, answer.body, answer.headers);
    if (path === "") return this.#sendPage(response);
    if (path === "access/login") return sendJSON(response, 200, { password: "0", login: "0", read: "1", change: "1" });
    if (path === "join.svg") return response.writeHead(200, { "Content-Type": "image/svg+xml" }).end(PICTURE);
    sendJSON(response, 404, { error: "NOT_FOUND", text: "there is nothing here" });
  }

  /** @param {Response} response */
  #sendPage(response) {
    const headers = {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Encoding": "gzip",
      "Content-Security-Policy": POLICY + readFileSync(join(WWW, `${this.page}.policy`), "utf8"),
    };
    response.writeHead(200, headers).end(readFileSync(join(WWW, `${this.page}.html.gz`)));
  }

  /** @param {Request} request @param {Response} response */
  #onUpdate(request, response) {
    const { upload } = this;
    if (request.method === "GET") return sendJSON(response, 200, upload);
    if (request.method === "DELETE") {
      this.upload = { state: "idle", id: "", received: 0, length: 0 };
      this.change({ update: { state: "idle", id: "", from: "" } });
      return sendJSON(response, 200, this.upload);
    }
    const id = String(request.headers["upload-id"]);
    const [, from = "0", total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(request.headers["content-range"] ?? "") ?? [];
    if (from !== "0" && (id !== upload.id || Number(from) !== upload.received))
      return sendJSON(response, 409, { error: "UPDATE_OFFSET", text: "the upload goes on elsewhere", ...upload });
    if (from === "0") this.content = Buffer.alloc(0);
    const length = Number(total ?? request.headers["content-length"]);
    this.upload = { state: "receiving", id, received: Number(from), length };
    this.change({ update: { state: "receiving", id, from: "page" } });
    request.on("data", (data) => this.#take(request, data));
    request.on("end", () => this.#end(response));
    request.on("error", () => {});
  }

  /** @param {Request} request @param {Buffer} data */
  #take(request, data) {
    const { upload } = this;
    const most = Math.min(this.cutAt, this.holdAt);
    const taken = data.subarray(0, Math.max(0, most - upload.received));
    this.content = Buffer.concat([this.content, taken]);
    upload.received += taken.length;
    this.say({ upload: "1", pos: String(upload.received), len: String(upload.length) });
    if (upload.received < most) return;
    request.pause();
    if (this.cutAt > this.holdAt) return;
    this.cutAt = Infinity;
    upload.state = "paused";
    this.state.update = { ...this.state.update, state: "paused" };
    this.goAway();
  }

  /** @param {Response} response */
  #end(response) {
    if (this.upload.received < this.upload.length) {
      this.upload.state = "paused";
      return sendJSON(response, 200, this.upload);
    }
    this.upload.state = "done";
    this.change({ update: { state: "done", id: this.upload.id, from: "page" } });
    sendJSON(response, 200, { ok: "1", text: "the image is installed, the device restarts" });
  }
}

/** @param {Response} response @param {number} status @param {object} body @param {Record<string, string>} [headers] */
function sendJSON(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}
