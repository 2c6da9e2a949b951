// @ts-check
/** What a client asks of the certificates of a device. */
import assert from "node:assert/strict";
import { fetch } from "./fetch.mjs";
import { Openssl } from "./openssl.mjs";
import { BOUNDARY } from "./upload.mjs";

/** No connection is left behind, so that heaps can be compared. */
const CLOSE = { Connection: "close" };

/** @typedef {{ pub?: Buffer | string, pri?: Buffer | string, ca?: Buffer | string, remove?: string }} Parts */

/**
 * Posts a form.
 * @param {string} url of the device
 * @param {Parts} parts
 * @param {Record<string, string>} [headers]
 * @returns {Promise<{ status: number, error: string, text: string }>} error: the catalogue's name of it, "" for none
 */
export async function postCertificate(url, parts, headers = {}) {
  const body = Buffer.concat([
    ...Object.entries(parts).flatMap(([name, value]) => {
      const filename = name === "remove" ? "" : `; filename="${name}.pem"`;
      const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename}\r\n\r\n`;
      return [Buffer.from(head), Buffer.from(value), Buffer.from("\r\n")];
    }),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
  const type = { "Content-Type": `multipart/form-data; boundary=${BOUNDARY}` };
  const answer = await fetch(`${url}/factory`, { method: "POST", body, headers: { ...CLOSE, ...type, ...headers } });
  const { error = "", text } = JSON.parse(await answer.text());
  assert.match(text, /^[a-z].{10}/);
  return { status: answer.status, error, text };
}

/** What the device says of its certificate. @param {string} url @returns {Promise<Record<string, string>>} */
export async function certificateState(url) {
  const answer = await fetch(`${url}/certificate`, { headers: CLOSE });
  assert.equal(answer.status, 200);
  return /** @type {Promise<Record<string, string>>} */ (answer.json());
}

/** The certificates that the device hands out, in PEM. @param {string} url */
export async function downloadCertificate(url) {
  const answer = await fetch(`${url}/certificate/device.pem`, { headers: CLOSE });
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/x-x509-ca-cert"]);
  return Buffer.from(await answer.arrayBuffer());
}

/** Resolves with the state when the device has a certificate, and makes none. @param {string} url */
export async function certified(url) {
  for (;;) {
    const state = await certificateState(url);
    if (state.source !== "none" && state.progress === "100") return state;
  }
}

/** The stored value of a pair. @param {Openssl} openssl @param {import("./openssl.mjs").Issued} issued */
export function storedPair(openssl, { certificate, key }) {
  const chain = openssl.der(certificate);
  const der = openssl.convert(key, "-outform", "der");
  const lengths = Buffer.alloc(4);
  lengths.writeUInt16LE(chain.length, 0);
  lengths.writeUInt16LE(der.length, 2);
  return Buffer.concat([Buffer.from("LWSP"), lengths, chain, der]);
}

/** A self-signed pair as a device of the usual name stores it: with it in its memory, a device writes nothing at its start. */
export function ownPair(name = "lws-000001") {
  const openssl = new Openssl();
  try {
    const extensions = [`subjectAltName=DNS:${name},DNS:${name}.local,IP:192.168.4.1`];
    return storedPair(openssl, openssl.issue(name, { extensions }));
  } finally {
    openssl.close();
  }
}
