/**
 * What stands behind an image that may be installed: its facts once more, the SHA-256 of all its bytes, and a signature over both. All
 * integers are little-endian.
 */

import Resource from "Resource";
import { Digest } from "lws/platform/digest";
import type { Partition } from "lws/platform/flash";
import { Signature } from "lws/platform/signature";
import { UpdateError } from "./error";
import { At, imageKind, imageLength } from "./image";

/** Bytes of a trailer. */
export const TRAILER = 256;

const MAGIC = 0x5453574c;
const FORMAT = 1;
/** Bytes of a public key (SEC 1 §2.3.3, uncompressed). */
const POINT = 65;
/** The public keys of those who sign images for this unit, one or two. */
const KEYS = "update/keys";
/** There in builds for development alone: images that nobody has signed are taken, too. */
const UNSIGNED = "update/unsigned";

/** Offsets in a trailer. */
const enum Field {
  format = 4,
  length = 6,
  size = 8,
  chip = 12,
  kind = 14,
  flags = 15,
  numbers = 16,
  minimum = 24,
  unixtime = 32,
  reserved = 36,
  model = 40,
  name = 56,
  version = 88,
  base = 120,
  digest = 152,
  key = 184,
  signature = 192,
}

/** The unit takes images that nobody has signed. */
export function acceptsUnsigned(): boolean {
  return Resource.exists(UNSIGNED);
}

/**
 * Checks that a trailer is that of the image whose first bytes are `head`, which has `length` bytes and the hash `digest`.
 * @throws UpdateError UPDATE_DAMAGED.
 */
export function checkTrailer(trailer: Uint8Array, head: ArrayBuffer, length: number, digest: ArrayBuffer): void {
  const view = viewOf(trailer);
  const image = new Uint8Array(head);
  const agrees =
    isTrailer(trailer) &&
    view.getUint32(Field.size, true) === length &&
    view.getUint8(Field.kind) === imageKind(head) &&
    view.getUint8(Field.flags) === 0 &&
    view.getUint32(Field.reserved, true) === 0 &&
    isSame(trailer, Field.chip, image, At.chip, 2) &&
    isSame(trailer, Field.numbers, image, At.numbers, 16) &&
    isSame(trailer, Field.unixtime, image, At.unixtime, 4) &&
    isSame(trailer, Field.model, image, At.model, 16) &&
    isSame(trailer, Field.name, image, At.name, 32) &&
    isSame(trailer, Field.version, image, At.version, 32) &&
    isSame(trailer, Field.digest, new Uint8Array(digest), 0, 32);
  if (!agrees) throw new UpdateError("UPDATE_DAMAGED");
}

/**
 * Checks that one whom this unit trusts has signed the trailer.
 * @throws UpdateError UPDATE_NO_TRAILER where nobody has signed it, UPDATE_UNKNOWN_KEY, UPDATE_BAD_SIGNATURE.
 */
export function checkSignature(trailer: Uint8Array): void {
  if (isBlank(trailer, Field.key, TRAILER)) {
    if (!acceptsUnsigned()) throw new UpdateError("UPDATE_NO_TRAILER");
    return;
  }
  const point = pointOf(trailer);
  if (!point) throw new UpdateError("UPDATE_UNKNOWN_KEY");
  const hash = sha256(trailer, 0, Field.signature);
  if (!Signature.isValid(point, hash, trailer.subarray(Field.signature))) throw new UpdateError("UPDATE_BAD_SIGNATURE");
}

/** The trailer names this image as the one that it goes over; undefined: it goes over none. */
export function hasBase(trailer: Uint8Array, base: Uint8Array | undefined): boolean {
  return base ? isSame(trailer, Field.base, base, Field.digest, 32) : isBlank(trailer, Field.base, Field.digest);
}

/** The hash of the image that the trailer speaks of. */
export function digestIn(trailer: Uint8Array): Uint8Array {
  return trailer.subarray(Field.digest, Field.key);
}

/** The trailer of the image at `from`; undefined where that has none, or is none. */
export function readTrailer(partition: Partition, from = 0): Uint8Array | undefined {
  const length = imageLength(partition, from);
  if (from + length + TRAILER > partition.size) return undefined;
  const trailer = new Uint8Array(TRAILER);
  partition.read(from + length, trailer, 0, TRAILER);
  return isTrailer(trailer) && viewOf(trailer).getUint32(Field.size, true) === length ? trailer : undefined;
}

/** SHA-256 of a range. */
function sha256(bytes: Uint8Array | ArrayBuffer, from: number, to: number): ArrayBuffer {
  const digest = new Digest("SHA-256");
  digest.write(bytes, from, to);
  return digest.close();
}

/** The public key that the trailer names, among those of this unit. */
function pointOf(trailer: Uint8Array): ArrayBuffer | undefined {
  if (!Resource.exists(KEYS)) return undefined;
  const keys = new Resource(KEYS);
  for (let at = 0; at + POINT <= keys.byteLength; at += POINT) {
    const point = keys.slice(at, at + POINT);
    if (isSame(trailer, Field.key, new Uint8Array(sha256(point, 0, POINT)), 0, 8)) return point;
  }
  return undefined;
}

function isTrailer(trailer: Uint8Array): boolean {
  const view = viewOf(trailer);
  return (
    view.getUint32(0, true) === MAGIC &&
    view.getUint16(Field.format, true) === FORMAT &&
    view.getUint16(Field.length, true) === TRAILER
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

function isSame(a: Uint8Array, at: number, b: Uint8Array, from: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (a[at + i] !== b[from + i]) return false;
  return true;
}
