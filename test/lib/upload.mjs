// @ts-check
/** Posting application images as the setup page does, and as it never would. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readImage, writeImage } from "../../tools/lib/image.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { signingKey } from "../../tools/lib/keys.mjs";
import { signImage } from "../../tools/lib/trailer.mjs";
import { Raw } from "./raw.mjs";

export const BOUNDARY = "----e2e-boundary";
export const END = `\r\n--${BOUNDARY}--\r\n`;

/** Bytes of a built image. @param {string} name */
export const image = (name) => readFileSync(imageFile(name));

/**
 * A form with one part, as its bytes.
 * @param {Buffer | string} data
 * @param {{ name?: string, file?: string | null, end?: string }} [options] file: null for a plain field
 */
export function form(data, { name = "ota", file = "application.bin", end = END } = {}) {
  const filename = file === null ? "" : `; filename="${file}"`;
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename}\r\n`;
  return Buffer.concat([
    Buffer.from(`${head}Content-Type: application/octet-stream\r\n\r\n`),
    Buffer.from(data),
    Buffer.from(end),
  ]);
}

/**
 * The head of a request that posts a form.
 * @param {number} length of the body
 * @param {Record<string, string>} [headers] that stand in for the usual ones
 */
export function requestHead(length, headers = {}) {
  const fields = {
    Host: "192.168.4.1",
    "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
    "Content-Length": String(length),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /otaform HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/**
 * Posts a body to the page at `url`.
 * @param {string} url
 * @param {Buffer} body
 * @param {Record<string, string>} [headers]
 * @returns {Promise<{ status: number, error: string, text: string }>} error: the catalogue's name of it, "" for none
 */
export async function post(url, body, headers) {
  const raw = await Raw.open(url);
  try {
    return verdict(await raw.write(requestHead(body.length, headers)).write(body).response());
  } finally {
    raw.close();
  }
}

/** @param {import("./raw.mjs").Response} response */
export function verdict({ status, headers, body }) {
  assert.match(headers.get("content-type") ?? "", /^application\/json/, `${status} ${body.toString("latin1", 0, 200)}`);
  const { error = "", text } = JSON.parse(body.toString());
  assert.match(text, /^[a-z].{10}/);
  return { status, error, text };
}

/**
 * The head of a PUT of an image, or of a part of it.
 * @param {object} what
 * @param {string} [what.id] Upload-Id
 * @param {number} [what.from] offset of the body in the file
 * @param {number} what.length of the body
 * @param {number} [what.total] of the file
 * @param {Record<string, string>} [what.headers] further ones
 */
export function putHead({ id = "0123456789abcdef", from = 0, length, total = length, headers = {} }) {
  const fields = {
    Host: "192.168.4.1",
    ...(id && { "Upload-Id": id }),
    "Content-Length": String(length),
    ...(length !== total && { "Content-Range": `bytes ${from}-${from + length - 1}/${total}` }),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `PUT /update HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/**
 * Puts an image, from `from` on.
 * @param {string} url
 * @param {Buffer} file
 * @param {{ id?: string, from?: number, to?: number }} [part]
 */
export async function put(url, file, { id, from = 0, to = file.length } = {}) {
  const raw = await Raw.open(url);
  try {
    raw.write(putHead({ ...(id !== undefined && { id }), from, length: to - from, total: file.length }));
    const { status, body } = await raw.write(file.subarray(from, to)).response();
    return { status, ...JSON.parse(body.toString()) };
  } finally {
    raw.close();
  }
}

/** An image with another description, signed anew. @param {Buffer} file @param {Record<string, any>} changes @param {import("../../tools/lib/trailer.mjs").SignOptions} [how] */
export function remade(file, changes, how = {}) {
  const about = readImage(file);
  return signImage(writeImage({ ...about, ...changes }, about.entries), { key: signingKey(), ...how });
}
