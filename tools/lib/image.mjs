// @ts-check
/**
 * ESP32 application images: esp_image_header_t, one segment of read-only data, checksum and appended SHA-256, as ESP-IDF lays them out
 * (bootloader_support, esp_app_format.h). The segment holds esp_app_desc_t, our own descriptor right behind it, and the archive.
 */
import { createHash } from "node:crypto";
import { isArchive, readArchive, writeArchive } from "./archive.mjs";
import { getNumbers, getText, putNumbers, putText } from "./fields.mjs";
import { versionNumbers } from "./version.mjs";

/** Chip id of the virtual device, "XV". */
export const VIRTUAL_CHIP = 0x5658;
/** Chip id of the ESP32. */
export const ESP32_CHIP = 0;
/** Kinds of image. */
export const SETUP = 1;
export const APPLICATION = 2;
/** What differs from an application image, laid over it. */
export const JAVASCRIPT = 3;

const MAGIC = 0xe9;
const HEADER = 24;
const SEGMENT_HEADER = 8;
const MAX_SEGMENTS = 16;
/** Where the chip maps read-only data; the first bytes of the mapped page are the headers. */
const DROM = 0x3f400020;
const ENTRY = 0x40080000;
const APP_MAGIC = 0xabcd5432;
const APP_DESCRIPTOR = 256;
const OUR_MAGIC = 0x4453574c;
const OUR_DESCRIPTOR = 128;
/** Of our descriptor: the first one says nothing of versions. */
const FORMAT = 1;
const CHECKSUM_SEED = 0xef;
const NOT_RESTRICTED = 65535;
/** log2 of the 64 kB that the flash cache maps at once. */
const MMU_PAGE = 16;

/**
 * @typedef {object} ImageInfo
 * @property {string} version up to 31 bytes
 * @property {string} app what the image is, as in `lws-setup`
 * @property {number} kind {@link SETUP}, {@link APPLICATION} or {@link JAVASCRIPT}
 * @property {string | number[]} [minimum] lowest version that a unit takes once this one has proved itself; default "0": any
 * @property {string} [model] default "lws"
 * @property {string} [builder]
 * @property {number} [unixtime] default 0
 * @property {number} [chip] default {@link VIRTUAL_CHIP}
 */

/**
 * @param {ImageInfo} info
 * @param {import("./archive.mjs").Entry[]} entries
 * @returns {Buffer}
 */
export function writeImage(info, entries) {
  const archive = writeArchive(entries);
  const data = Buffer.concat([appDescriptor(info, archive), ourDescriptor(info), archive]);
  return wrapSegments(info.chip ?? VIRTUAL_CHIP, [{ address: DROM, data }]);
}

/**
 * Puts headers, padding, checksum and hash around segments.
 * @param {number} chip
 * @param {{ address: number, data: Buffer }[]} segments
 */
export function wrapSegments(chip, segments) {
  const header = Buffer.alloc(HEADER);
  header[0] = MAGIC;
  header[1] = segments.length;
  header[2] = 2; // DIO
  header[3] = 0x20; // 4 MB, 40 MHz
  header.writeUInt32LE(ENTRY, 4);
  header[8] = 0xee; // the write-protect pin is not ours to set
  header.writeUInt16LE(chip, 12);
  header.writeUInt16LE(NOT_RESTRICTED, 17);
  header[23] = 1; // a SHA-256 follows
  /** @type {Buffer[]} */
  const parts = [header];
  let checksum = CHECKSUM_SEED;
  for (const { address, data } of segments) {
    if (data.length % 4 !== 0) throw new RangeError("a segment's length is a multiple of 4");
    const head = Buffer.alloc(SEGMENT_HEADER);
    head.writeUInt32LE(address, 0);
    head.writeUInt32LE(data.length, 4);
    parts.push(head, data);
    for (const byte of data) checksum ^= byte;
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const padding = Buffer.alloc(16 - (length % 16));
  padding[padding.length - 1] = checksum;
  const body = Buffer.concat([...parts, padding]);
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}

/**
 * esp_app_desc_t
 * @param {ImageInfo} info
 * @param {Buffer} archive
 */
function appDescriptor(info, archive) {
  const built = new Date((info.unixtime ?? 0) * 1000).toUTCString(); // "Sat, 21 Nov 2026 08:32:00 GMT"
  const descriptor = Buffer.alloc(APP_DESCRIPTOR);
  descriptor.writeUInt32LE(APP_MAGIC, 0);
  putText(descriptor, 16, 32, info.version);
  putText(descriptor, 48, 32, info.app);
  putText(descriptor, 80, 16, built.slice(17, 25));
  putText(descriptor, 96, 16, `${built.slice(8, 11)} ${built.slice(5, 7)} ${built.slice(12, 16)}`);
  putText(descriptor, 112, 32, "virtual");
  createHash("sha256").update(archive).digest().copy(descriptor, 144);
  descriptor.writeUInt16LE(NOT_RESTRICTED, 178);
  descriptor[180] = MMU_PAGE;
  return descriptor;
}

/** What stands behind esp_app_desc_t. @param {ImageInfo} info */
export function ourDescriptor(info) {
  const descriptor = Buffer.alloc(OUR_DESCRIPTOR);
  descriptor.writeUInt32LE(OUR_MAGIC, 0);
  descriptor.writeUInt32LE(info.kind, 4);
  putText(descriptor, 8, 16, info.model ?? "lws");
  putText(descriptor, 24, 32, info.app);
  putText(descriptor, 56, 32, info.builder ?? "lws-xs");
  descriptor.writeUInt32LE(info.unixtime ?? 0, 88);
  putNumbers(descriptor, 92, versionNumbers(info.version));
  const minimum = info.minimum ?? "0";
  putNumbers(descriptor, 100, typeof minimum === "string" ? versionNumbers(minimum) : minimum);
  descriptor[108] = FORMAT;
  return descriptor;
}

/**
 * Checks an image as the boot loader does.
 * @param {Buffer} image perhaps with more bytes after it, as in a partition
 * @param {number} [chip] that it has to be for
 * @returns {{ problem: "" | "empty" | "magic" | "chip" | "segments" | "checksum" | "sha256", length: number, segments: { address: number, data: Buffer }[] }}
 * `length` is that of the image alone, where it could be told
 */
export function verifyImage(image, chip = VIRTUAL_CHIP) {
  /** @type {{ address: number, data: Buffer }[]} */
  const segments = [];
  /** @param {"" | "empty" | "magic" | "chip" | "segments" | "checksum" | "sha256"} problem */
  const result = (problem, length = 0) => ({ problem, length, segments });
  if (image.length === 0 || image.subarray(0, HEADER).every((byte) => byte === 0xff)) return result("empty");
  if (image[0] !== MAGIC) return result("magic");
  if (image.length < HEADER) return result("segments");
  if (image.readUInt16LE(12) !== chip) return result("chip");
  const count = image[1];
  if (count === 0 || count > MAX_SEGMENTS) return result("segments");
  let at = HEADER;
  let checksum = CHECKSUM_SEED;
  for (let i = 0; i < count; i++) {
    if (at + SEGMENT_HEADER > image.length) return result("segments");
    const address = image.readUInt32LE(at);
    const length = image.readUInt32LE(at + 4);
    at += SEGMENT_HEADER;
    if (length % 4 !== 0 || at + length > image.length) return result("segments");
    const data = image.subarray(at, at + length);
    for (const byte of data) checksum ^= byte;
    segments.push({ address, data });
    at += length;
  }
  const bodyLength = (Math.floor(at / 16) + 1) * 16;
  if (bodyLength > image.length) return result("segments");
  const length = image[23] === 1 ? bodyLength + 32 : bodyLength;
  if (image[bodyLength - 1] !== checksum) return result("checksum", length);
  if (image[23] !== 1) return result("", length);
  const hash = image.subarray(bodyLength, bodyLength + 32);
  const expected = createHash("sha256").update(image.subarray(0, bodyLength)).digest();
  return result(expected.equals(hash) ? "" : "sha256", length);
}

/**
 * @param {Buffer} image that {@link verifyImage} accepts
 * @param {number} [chip]
 */
export function readImage(image, chip = VIRTUAL_CHIP) {
  const { problem, length, segments } = verifyImage(image, chip);
  if (problem) throw new Error(`image does not verify: ${problem}`);
  const [{ data }] = segments;
  if (data.length < APP_DESCRIPTOR + OUR_DESCRIPTOR || data.readUInt32LE(0) !== APP_MAGIC) {
    throw new Error("image has no application descriptor");
  }
  const ours = data.subarray(APP_DESCRIPTOR, APP_DESCRIPTOR + OUR_DESCRIPTOR);
  if (ours.readUInt32LE(0) !== OUR_MAGIC) throw new Error("image is not one of lws-xs");
  return {
    length,
    chip: image.readUInt16LE(12),
    version: getText(data, 16, 32),
    project: getText(data, 48, 32),
    time: getText(data, 80, 16),
    date: getText(data, 96, 16),
    idf: getText(data, 112, 32),
    archiveSha256: data.toString("hex", 144, 176),
    kind: ours.readUInt32LE(4),
    model: getText(ours, 8, 16),
    app: getText(ours, 24, 32),
    builder: getText(ours, 56, 32),
    unixtime: ours.readUInt32LE(88),
    numbers: getNumbers(ours, 92),
    minimum: getNumbers(ours, 100),
    format: ours[108],
    entries: entriesOf(data.subarray(APP_DESCRIPTOR + OUR_DESCRIPTOR)),
  };
}

/** An image that was linked for a chip has machine code there, and no archive. @param {Buffer} data */
function entriesOf(data) {
  return isArchive(data) ? readArchive(data) : [];
}
