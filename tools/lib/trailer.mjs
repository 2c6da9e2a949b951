// @ts-check
/**
 * What stands behind an image that may be installed: its facts once more, the digest of all its bytes, and a signature over both.
 * All integers are little-endian.
 *
 *     +0 magic "LWST" · +4 format u16 1 · +6 length u16 256 · +8 size u32, of the image · +12 chip u16 · +14 kind u8 · +15 flags u8 0
 *     +16 version u16[4] · +24 minimum u16[4] · +32 unixtime u32 · +36 0 · +40 model[16] · +56 app[32] · +88 version as text[32]
 *     +120 base[32]: of a JavaScript part the digest of the image that it goes over, else 0 · +152 digest[32]: SHA-256 of the image
 *     +184 id of the key[8] · +192 signature[64]: ECDSA P-256, r and s, over the SHA-256 of bytes 0 to 192; both 0 in an unsigned one
 */
import { createHash, sign, verify } from "node:crypto";
import { getNumbers, getText, putNumbers, putText } from "./fields.mjs";
import { readImage, verifyImage } from "./image.mjs";
import { keyId, keyOfPoint, pointOf } from "./keys.mjs";
import { Complaint } from "./run.mjs";

export const TRAILER = 256;
const MAGIC = 0x5453574c;
const FORMAT = 1;
const DIGEST = 152;
const KEY = 184;
const SIGNATURE = 192;

/**
 * @typedef {object} Trailer
 * @property {number} size of the image before it
 * @property {number} chip
 * @property {number} kind
 * @property {number[]} numbers of the version
 * @property {number[]} minimum version that a unit takes once this one has proved itself
 * @property {number} unixtime
 * @property {string} model
 * @property {string} app
 * @property {string} version
 * @property {Buffer} base
 * @property {Buffer} digest
 * @property {Buffer} key
 * @property {Buffer} signature
 */

/**
 * What may differ from what the image's descriptors say; a device refuses one that does.
 * @typedef {object} SignOptions
 * @property {import("node:crypto").KeyObject} [key] private; without one the trailer is unsigned
 * @property {number} [kind]
 * @property {number[]} [numbers]
 * @property {number[]} [minimum]
 * @property {Buffer} [base] digest in the trailer of the image that a JavaScript part goes over
 */

/**
 * Puts a trailer behind an image; one that is there already gives way.
 * @param {Buffer} file
 * @param {SignOptions} [options]
 * @returns {Buffer}
 */
export function signImage(file, options = {}) {
  const about = readImage(file, file.readUInt16LE(12));
  const image = file.subarray(0, about.length);
  if (image[23] !== 1) throw new Complaint("an image without a SHA-256 of its own can't be signed");
  const trailer = Buffer.alloc(TRAILER);
  trailer.writeUInt32LE(MAGIC, 0);
  trailer.writeUInt16LE(FORMAT, 4);
  trailer.writeUInt16LE(TRAILER, 6);
  trailer.writeUInt32LE(image.length, 8);
  trailer.writeUInt16LE(about.chip, 12);
  trailer[14] = options.kind ?? about.kind;
  putNumbers(trailer, 16, options.numbers ?? about.numbers);
  putNumbers(trailer, 24, options.minimum ?? about.minimum);
  trailer.writeUInt32LE(about.unixtime, 32);
  putText(trailer, 40, 16, about.model);
  putText(trailer, 56, 32, about.app);
  putText(trailer, 88, 32, about.version);
  (options.base ?? readTrailer(file)?.base)?.copy(trailer, 120, 0, 32);
  createHash("sha256").update(image).digest().copy(trailer, DIGEST);
  if (options.key) {
    keyId(pointOf(options.key)).copy(trailer, KEY);
    sign("sha256", trailer.subarray(0, SIGNATURE), { key: options.key, dsaEncoding: "ieee-p1363" }).copy(
      trailer,
      SIGNATURE,
    );
  }
  return Buffer.concat([image, trailer]);
}

/**
 * @param {Buffer} file an image, perhaps with more behind its trailer, as in a partition
 * @returns {Trailer | undefined} undefined where there is none, or no image before it
 */
export function readTrailer(file) {
  const { length } = verifyImage(file, chipOf(file));
  const trailer = file.subarray(length, length + TRAILER);
  if (length === 0 || trailer.length < TRAILER || trailer.readUInt32LE(0) !== MAGIC) return undefined;
  if (trailer.readUInt16LE(4) !== FORMAT || trailer.readUInt16LE(6) !== TRAILER) return undefined;
  return {
    size: trailer.readUInt32LE(8),
    chip: trailer.readUInt16LE(12),
    kind: trailer[14],
    numbers: getNumbers(trailer, 16),
    minimum: getNumbers(trailer, 24),
    unixtime: trailer.readUInt32LE(32),
    model: getText(trailer, 40, 16),
    app: getText(trailer, 56, 32),
    version: getText(trailer, 88, 32),
    base: trailer.subarray(120, DIGEST),
    digest: trailer.subarray(DIGEST, KEY),
    key: trailer.subarray(KEY, SIGNATURE),
    signature: trailer.subarray(SIGNATURE),
  };
}

/**
 * Checks an image and its trailer as a device does before it installs them.
 * @param {Buffer} file
 * @param {Buffer[]} points public keys that are trusted
 * @returns {string} "" or one sentence that says why it is refused
 */
export function verifyTrailer(file, points) {
  const { problem, length } = verifyImage(file, chipOf(file));
  if (problem) return `the image does not verify: ${problem}`;
  const trailer = readTrailer(file);
  if (!trailer) return "the image is not signed: it has no trailer";
  const about = readImage(file, chipOf(file));
  const facts = /** @type {const} */ (["chip", "kind", "numbers", "minimum", "unixtime", "model", "app", "version"]);
  const differs = facts.find((fact) => String(about[fact]) !== String(trailer[fact]));
  if (differs) return `the trailer is not that of this image: ${differs} differs`;
  const digest = createHash("sha256").update(file.subarray(0, length)).digest();
  if (trailer.size !== length || !trailer.digest.equals(digest)) return "the image is not what its trailer speaks of";
  if (file.length > length + TRAILER) return "something follows the trailer";
  if (trailer.key.every((byte) => byte === 0)) return "the image is not signed";
  const point = points.find((each) => keyId(each).equals(trailer.key));
  if (!point) return `the image is signed by another key: ${trailer.key.toString("hex")}`;
  const signed = file.subarray(length, length + SIGNATURE);
  const good = verify("sha256", signed, { key: keyOfPoint(point), dsaEncoding: "ieee-p1363" }, trailer.signature);
  return good ? "" : "the signature is wrong";
}

/** @param {Buffer} file */
function chipOf(file) {
  return file.length < 14 ? 0 : file.readUInt16LE(12);
}
