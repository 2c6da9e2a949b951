// @ts-check
/** JavaScript parts of an application, as they lie in flash. */
import { JAVASCRIPT, readImage, writeImage } from "../../tools/lib/image.mjs";
import { signingKey } from "../../tools/lib/keys.mjs";
import { recordCrc } from "../../tools/lib/otadata.mjs";
import { partition, projectPartitions } from "../../tools/lib/partitions.mjs";
import { readTrailer, signImage } from "../../tools/lib/trailer.mjs";

const AREA = 0x60000;
const BLOCK = 4096;

/**
 * A part over an application.
 * @param {Buffer} application with its trailer
 * @param {import("../../tools/lib/archive.mjs").Entry[]} entries
 */
export function partOver(application, entries) {
  const { app } = readImage(application);
  const base = /** @type {import("../../tools/lib/trailer.mjs").Trailer} */ (readTrailer(application)).digest;
  return signImage(writeImage({ version: "part", app, kind: JAVASCRIPT }, entries), { base, key: signingKey() });
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

/** Gives a part up that was on probation, as the boot loader does. @param {Buffer} flash @param {"A" | "B"} area */
export function giveUp(flash, area) {
  const words = partition(projectPartitions(), "ota_0").offset + areaOffset(area) + AREA - BLOCK + 16;
  for (const word of [0, 8]) flash.writeUInt32LE(0, words + word);
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
