// @ts-check
/** JavaScript parts of an application, as they lie in flash. */
import { createHash } from "node:crypto";
import { readImage, writeImage } from "../../tools/lib/image.mjs";
import { recordCrc } from "../../tools/lib/otadata.mjs";
import { partition, projectPartitions } from "../../tools/lib/partitions.mjs";

/** Kind of an archive's entry whose name the application is to lose. */
export const REMOVED = 4;
/** Kind of image. */
const PART = 3;
const AREA = 0x60000;
const BLOCK = 4096;
/** Bytes of a trailer. */
const TRAILER = 256;

/** SHA-256 of an image's bytes. @param {Buffer} image */
const digestOf = (image) => createHash("sha256").update(image).digest();

/**
 * An image with an unsigned trailer that has what the boot loader looks at.
 * @param {Buffer} image
 * @param {{ kind: number, base?: Buffer }} what
 */
function trailed(image, { kind, base }) {
  const trailer = Buffer.alloc(TRAILER);
  trailer.write("LWST", 0);
  trailer.writeUInt16LE(1, 4);
  trailer.writeUInt16LE(TRAILER, 6);
  trailer.writeUInt32LE(image.length, 8);
  trailer[14] = kind;
  base?.copy(trailer, 120);
  digestOf(image).copy(trailer, 152);
  return Buffer.concat([image, trailer]);
}

/**
 * An application with its trailer, which parts can be made for.
 * @param {Buffer} image
 */
export const baseWith = (image) => trailed(image, { kind: 2 });

/**
 * A part over an application.
 * @param {Buffer} image of the application
 * @param {import("../../tools/lib/archive.mjs").Entry[]} entries
 */
export function partOver(image, entries) {
  const { app } = readImage(image);
  return trailed(writeImage({ version: "part", app, kind: PART }, entries), { kind: PART, base: digestOf(image) });
}

/** @param {"A" | "B"} area @returns {number} its offset in ota_0 */
export function areaOffset(area) {
  return partition(projectPartitions(), "ota_0").size - (area === "A" ? 2 : 1) * AREA;
}

/**
 * Installs a part in a flash chip.
 * @param {Buffer} flash
 * @param {"A" | "B"} area
 * @param {number} sequence
 * @param {Buffer} part
 */
export function install(flash, area, sequence, part) {
  const at = partition(projectPartitions(), "ota_0").offset + areaOffset(area);
  const record = Buffer.alloc(28, 0xff);
  record.write("LWSO", 0);
  record.writeUInt32LE(sequence, 4);
  record.writeUInt32LE(part.length, 8);
  record.writeUInt32LE(recordCrc(record.subarray(0, 12)), 12);
  part.copy(flash, at);
  record.copy(flash, at + AREA - BLOCK);
}

/**
 * What the record of an area says of its part.
 * @param {Buffer} slot contents of ota_0
 * @param {"A" | "B"} area
 */
export function wordsOf(slot, area) {
  const at = areaOffset(area) + AREA - BLOCK;
  return ["pending", "valid", "aborted"].filter((_, i) => slot.readUInt32LE(at + 16 + 4 * i) === 0).join(" ");
}
