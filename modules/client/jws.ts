/**
 * JSON that somebody has signed: JWS in its flattened JSON serialization (RFC 7515 §7.2.2), with ES256 and the id of the key as `kid`. Nothing of
 * the payload is looked at before its signature has been checked.
 */
import Base64 from "base64";
import Hex from "hex";
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";
import { Digest } from "lws/platform/digest";
import { Signature } from "lws/platform/signature";

/** Bytes of a public key (SEC 1 §2.3.3, uncompressed), of its id and of a signature. */
const POINT = 65;
const ID = 8;
const SIGNATURE = 64;
/** Longest protected header, encoded. */
const HEADER = 256;

/** What is thrown for a text that is no such JSON, and for one that nobody whom we trust has signed. */
export interface JwsCodes {
  readonly malformed: ErrorCode;
  readonly untrusted: ErrorCode;
}

/** Bytes that hold the public keys, one behind the other. */
export interface Keys {
  readonly byteLength: number;
  slice(from: number, to: number): ArrayBuffer;
}

/**
 * The payload of the JSON in the first `length` bytes of `bytes`, which are not the same any more then.
 * @throws LwsError
 */
export function openJws(bytes: Uint8Array, length: number, keys: Keys, codes: JwsCodes): string {
  const { payload, header, signature } = readEnvelope(bytes, length, codes.malformed);
  const point = pointOf(header, keys, codes);
  // Both parts were in the buffer, with more around them.
  const middle = Bytes.put(`${header}.`, bytes, 0);
  const end = Bytes.put(payload, bytes, middle);
  const digest = new Digest("SHA-256");
  digest.write(bytes, 0, end);
  const hash = digest.close();
  const numbers = decode(signature);
  if (!point || numbers.byteLength !== SIGNATURE || !Signature.isValid(point, hash, numbers))
    throw new LwsError(codes.untrusted);
  const content = decode(payload);
  const text = Bytes.text(content, 0, content.byteLength);
  if (text === undefined) throw new LwsError(codes.malformed);
  return text;
}

interface Envelope {
  readonly payload: string;
  readonly header: string;
  readonly signature: string;
}

function readEnvelope(bytes: Uint8Array, length: number, malformed: ErrorCode): Envelope {
  const { payload, protected: header, signature, ...others } = parseFlat(bytes, length, malformed);
  const isWhole = isText(payload) && isText(header) && isText(signature) && Object.keys(others).length === 0;
  if (!isWhole || header.length > HEADER || signature.length > HEADER) throw new LwsError(malformed);
  return { payload, header, signature };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0;
}

/** The engine's parser calls itself for each level, so nothing nested gets there; nor escapes, which what is encoded has no use for. */
function parseFlat(bytes: Uint8Array, length: number, malformed: ErrorCode): Record<string, unknown> {
  const start = Bytes.find(bytes, 0, length, "{");
  const isFlat =
    start >= 0 &&
    Bytes.find(bytes, start + 1, length, "{") < 0 &&
    Bytes.find(bytes, 0, length, "[") < 0 &&
    Bytes.find(bytes, 0, length, "\\") < 0;
  try {
    if (isFlat) return JSON.parse(Bytes.text(bytes, 0, length) ?? "");
  } catch {
    // Told below.
  }
  throw new LwsError(malformed);
}

/** The key that the header names; undefined where it is none of ours. */
function pointOf(header: string, keys: Keys, { malformed, untrusted }: JwsCodes): ArrayBuffer | undefined {
  const content = decode(header);
  const { alg, kid, ...others } = parseFlat(new Uint8Array(content), content.byteLength, malformed);
  // What else a header may ask for (crit, b64) is nothing that we can do.
  if (alg !== "ES256" || !isText(kid) || Object.keys(others).some((name) => name !== "typ"))
    throw new LwsError(untrusted);
  for (let at = 0; at + POINT <= keys.byteLength; at += POINT) {
    const point = keys.slice(at, at + POINT);
    const digest = new Digest("SHA-256");
    digest.write(point, 0, POINT);
    if (Hex.toString(digest.close().slice(0, ID)).toLowerCase() === kid) return point;
  }
  return undefined;
}

/** base64url without padding (RFC 7515 §2). */
function decode(text: string): ArrayBuffer {
  const padding = "=".repeat((4 - (text.length % 4)) % 4);
  return Base64.decode(text.replaceAll("-", "+").replaceAll("_", "/") + padding);
}
