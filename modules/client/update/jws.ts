/**
 * JSON that somebody has signed: JWS in its flattened JSON serialization (RFC 7515 §7.2.2), with ES256 and the id of the key as `kid`. Nothing of
 * the payload is looked at before its signature has been checked.
 */
import Base64 from "base64";
import Hex from "hex";
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import { ByteSet, Bytes } from "lws/platform/bytes";
import { Digest } from "lws/platform/digest";
import { Signature } from "lws/platform/signature";
import { isShallow } from "lws/system/shallow-json";

/** Bytes of a public key (SEC 1 §2.3.3, uncompressed), of its id and of a signature. */
const POINT = 65;
const ID = 8;
const SIGNATURE = 64;
/** Longest protected header, and longest signature, encoded. */
const HEADER = 256;
/** Levels of what the header says. */
const DEEPEST = 2;
/** Characters that are decoded at once: whole groups of four. */
const SLICE = 512;
const QUOTE = 0x22;
const DOT = 0x2e;

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
  const { payload, header, signature } = readEnvelope(bytes, length);
  if (!payload || !header || !signature || header.to - header.from > HEADER || signature.to - signature.from > HEADER)
    throw new LwsError(codes.malformed);
  const digest = new Digest("SHA-256");
  // What is signed is header and payload, with a dot between them: it takes the place of a quote.
  bytes[header.to] = DOT;
  digest.write(bytes, header.from, header.to + 1);
  digest.write(bytes, payload.from, payload.to);
  const hash = digest.close();
  const point = pointOf(bytes.slice(header.from, decode(bytes, header)), keys, codes);
  const numbers = bytes.slice(signature.from, decode(bytes, signature));
  if (!point || numbers.length !== SIGNATURE || !Signature.isValid(point, hash, numbers))
    throw new LwsError(codes.untrusted);
  const text = Bytes.text(bytes, payload.from, decode(bytes, payload));
  if (text === undefined) throw new LwsError(codes.malformed);
  return text;
}

/** Where in the buffer a value stands, without its quotes. */
interface Place {
  readonly from: number;
  readonly to: number;
}

interface Envelope {
  payload: Place | undefined;
  header: Place | undefined;
  signature: Place | undefined;
}

/** Finds the members of a flat object of strings. It is the text of a stranger, and long: nothing is copied out of it. */
function readEnvelope(bytes: Uint8Array, length: number): Envelope {
  const found: Envelope = { payload: undefined, header: undefined, signature: undefined };
  const nothing: Envelope = { payload: undefined, header: undefined, signature: undefined };
  let at = skip(bytes, 0, length, "{");
  for (let more = true; more; ) {
    const name = readString(bytes, at, length);
    const value = name && readString(bytes, skip(bytes, name.to + 1, length, ":"), length);
    if (!name || !value) return nothing;
    if (Bytes.equals(bytes, name.from, name.to, "payload") && !found.payload) found.payload = value;
    else if (Bytes.equals(bytes, name.from, name.to, "protected") && !found.header) found.header = value;
    else if (Bytes.equals(bytes, name.from, name.to, "signature") && !found.signature) found.signature = value;
    else return nothing;
    at = skip(bytes, value.to + 1, length, ",");
    more = at >= 0;
    if (!more) at = skip(bytes, value.to + 1, length, "}");
  }
  return at >= 0 && blanks(bytes, at, length) === length ? found : nothing;
}

function blanks(bytes: Uint8Array, at: number, length: number): number {
  while (at < length && (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09)) at++;
  return at;
}

/** Index behind `sign` and the blanks around it; -1 where it does not stand. */
function skip(bytes: Uint8Array, from: number, length: number, sign: string): number {
  const at = blanks(bytes, from, length);
  return at < length && bytes[at] === sign.charCodeAt(0) ? blanks(bytes, at + 1, length) : -1;
}

/** A string of what base64url is made of, and little else. */
function readString(bytes: Uint8Array, at: number, length: number): Place | undefined {
  if (at < 0 || at >= length || bytes[at] !== QUOTE) return undefined;
  const from = at + 1;
  const to = Bytes.span(bytes, from, length, ByteSet.token);
  return to > from && to < length && bytes[to] === QUOTE ? { from, to } : undefined;
}

/** base64url without padding (RFC 7515 §2), in place; returns where it ends then. */
function decode(bytes: Uint8Array, { from, to }: Place): number {
  let end = from;
  for (let at = from; at < to; at += SLICE) {
    let text = Bytes.latin1(bytes, at, Math.min(at + SLICE, to));
    if (text.includes("-")) text = text.replaceAll("-", "+");
    if (text.includes("_")) text = text.replaceAll("_", "/");
    const missing = text.length % 4;
    const part = Base64.decode(missing === 0 ? text : text + "=".repeat(4 - missing));
    end = Bytes.copy(part, 0, part.byteLength, bytes, end);
  }
  return end;
}

/** The key that the header names; undefined where it is none of ours. */
function pointOf(header: Uint8Array, keys: Keys, { malformed, untrusted }: JwsCodes): ArrayBuffer | undefined {
  const { alg, kid, ...others } = parseHeader(header, malformed);
  // What else a header may ask for (crit, b64) is nothing that we can do.
  if (alg !== "ES256" || Object.keys(others).some((name) => name !== "typ")) throw new LwsError(untrusted);
  for (let at = 0; at + POINT <= keys.byteLength; at += POINT) {
    const point = keys.slice(at, at + POINT);
    const digest = new Digest("SHA-256");
    digest.write(point, 0, POINT);
    if (Hex.toString(digest.close().slice(0, ID)).toLowerCase() === kid) return point;
  }
  return undefined;
}

function parseHeader(header: Uint8Array, malformed: ErrorCode): Record<string, unknown> {
  try {
    const text = Bytes.text(header, 0, header.length) ?? "";
    const value: unknown = isShallow(text, DEEPEST) ? JSON.parse(text) : undefined;
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new LwsError(malformed);
}
