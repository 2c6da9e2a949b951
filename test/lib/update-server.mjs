// @ts-check
/** A server that offers updates: a folder by https, whose manifest and files are what the test says. */
import { createHash, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { readImage, SETUP, writeImage } from "../../tools/lib/image.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { developmentKey, keyId, pointOf } from "../../tools/lib/keys.mjs";
import { signImage } from "../../tools/lib/trailer.mjs";
import { Origins } from "./origins.mjs";

/** @typedef {import("node:http").IncomingMessage} Request @typedef {import("node:http").ServerResponse} Response */
/** @typedef {import("node:crypto").KeyObject} KeyObject */
/** @typedef {Record<string, any>} Json */
/** @typedef {(request: Request, response: Response, server: UpdateServer) => void} Handler */

/** Path of the folder. */
export const FOLDER = "/units/lws";

/**
 * A built image in another version, signed as it was.
 * @param {string} name @param {string} version @param {Partial<import("../../tools/lib/image.mjs").ImageInfo>} [other]
 * @param {import("../../tools/lib/archive.mjs").Entry[]} [more] resources
 */
export function imageOf(name, version, other = {}, more = []) {
  const { entries, ...about } = readImage(readFileSync(imageFile(name)));
  return signImage(writeImage({ ...about, ...other, version }, [...entries, ...more]), { key: developmentKey() });
}

/** What a manifest says of an image. @param {Buffer} image @param {string} [file] @returns {Json} */
export function sectionOf(image, file) {
  const { app, version, chip, unixtime, kind } = readImage(image, image.readUInt16LE(12));
  return {
    app,
    version,
    minimum: "0.0.0.0",
    date: "2026-01-02 03:04:05",
    unixtime,
    chip,
    size: image.length,
    sha256: createHash("sha256").update(image).digest("hex"),
    file: file ?? `${app}-${version}${kind === SETUP ? "-setup" : ""}.bin`,
  };
}

/** @param {string | Buffer} text */
const encode = (text) => Buffer.from(text).toString("base64url");

/** A payload, signed. @param {string} payload @param {{ key?: KeyObject, header?: Json }} [options] @returns {Json} */
export function jws(payload, { key = developmentKey(), header = {} } = {}) {
  const first = encode(JSON.stringify({ alg: "ES256", kid: keyId(pointOf(key)).toString("hex"), ...header }));
  const body = encode(payload);
  const signature = sign("sha256", Buffer.from(`${first}.${body}`), { key, dsaEncoding: "ieee-p1363" });
  return { payload: body, protected: first, signature: encode(signature) };
}

export class UpdateServer {
  /** Name → bytes. @type {Map<string, Buffer>} */
  files = new Map();
  /** What answers instead of the folder; by the name of a file. @type {Map<string, Handler>} */
  handlers = new Map();
  /** Names that were asked for, with the range. @type {string[]} */
  requests = [];
  /** Files say what they are by a tag. */
  tagged = true;
  port = 0;
  #origins = new Origins();

  /** @param {{ chain: string, key: string }} pair */
  static async start(pair) {
    const server = new UpdateServer();
    server.port = await server.#origins.http((request, response) => server.#answer(request, response), pair);
    return server;
  }

  /** Offers images. @param {{ app?: Buffer, factory?: Buffer, javascript?: Json[] }} images @param {Json} [other] members of the payload */
  offer({ app, factory, javascript }, other = {}) {
    /** @type {Json} */ const payload = { schema: "lws2", model: "lws", unixtime: 1_790_000_000 };
    for (const [name, image] of Object.entries({ app, factory })) {
      if (!image) continue;
      payload[name] = sectionOf(image);
      this.files.set(payload[name].file, image);
    }
    Object.assign(payload, javascript && { javascript }, other);
    this.setManifest(jws(JSON.stringify(payload)));
    return payload;
  }

  /** @param {Json | string} text */
  setManifest(text) {
    this.files.set("manifest.json", Buffer.from(typeof text === "string" ? text : JSON.stringify(text)));
  }

  /** Puts things back. */
  clear() {
    this.handlers.clear();
    this.files.clear();
    this.requests.length = 0;
    this.tagged = true;
  }

  /** @param {Request} request @param {Response} response */
  #answer(request, response) {
    const { url = "", headers } = request;
    const name = url.startsWith(`${FOLDER}/`) ? url.slice(FOLDER.length + 1) : url;
    this.requests.push(headers.range ? `${name} ${headers.range}` : name);
    const handler = this.handlers.get(name);
    if (handler) handler(request, response, this);
    else this.send(name, request, response);
  }

  /** A file, or the rest of it. @param {string} name @param {Request} request @param {Response} response */
  send(name, request, response) {
    const bytes = this.files.get(name);
    if (!bytes) {
      response.writeHead(404, { "Content-Type": "text/html" }).end("<h1>Not here</h1>");
      return;
    }
    const tag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}"`;
    const own = this.tagged ? { ETag: tag } : {};
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const condition = request.headers["if-range"];
    if (from > 0 && from < bytes.length && (condition === undefined || condition === tag)) {
      const rest = bytes.subarray(from);
      const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { ...own, "Content-Range": range, "Content-Length": rest.length }).end(rest);
    } else response.writeHead(200, { ...own, "Content-Length": bytes.length }).end(bytes);
  }

  close() {
    this.#origins.close();
  }
}
