// @ts-check
/** JSON that is signed: JWS in its flattened JSON serialization (RFC 7515 §7.2.2) with ES256, the key named by its id. */
import { sign } from "node:crypto";
import { keyId, pointOf } from "./keys.mjs";

/** @param {string} text */
const encode = (text) => Buffer.from(text, "utf8").toString("base64url");

/**
 * @param {string} payload
 * @param {import("node:crypto").KeyObject} key private
 * @returns {string}
 */
export function signJson(payload, key) {
  const header = encode(JSON.stringify({ alg: "ES256", kid: keyId(pointOf(key)).toString("hex") }));
  const body = encode(payload);
  const signature = sign("sha256", Buffer.from(`${header}.${body}`), { key, dsaEncoding: "ieee-p1363" });
  return `${JSON.stringify({ payload: body, protected: header, signature: signature.toString("base64url") })}\n`;
}

/** The payload, whoever signed it. @param {string} text @returns {string} */
export function payloadOf(text) {
  return Buffer.from(JSON.parse(text).payload, "base64url").toString("utf8");
}
