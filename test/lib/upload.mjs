// @ts-check
/** Posting application images as the setup page does, and as it never would. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { imageFile } from "../../tools/lib/images.mjs";
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
