// @ts-check
/** The whole flash chip as a file. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { writeOtadata } from "./otadata.mjs";
import { FLASH_SIZE, partition, projectPartitions, TABLE_OFFSET, writeTable } from "./partitions.mjs";
import { Complaint } from "./run.mjs";

/**
 * @typedef {object} FlashContents
 * @property {Buffer} [factory] image of the factory partition
 * @property {Buffer} [ota_0] image of the application slot
 * @property {"factory" | "ota_0"} [boot] what otadata selects; default: ota_0 if it is given
 */

/**
 * A chip as it leaves the programmer: table and images, everything else erased.
 * @param {FlashContents} [contents]
 * @returns {Buffer}
 */
export function assembleFlash(contents = {}) {
  const partitions = projectPartitions();
  const flash = Buffer.alloc(FLASH_SIZE, 0xff);
  writeTable(partitions).copy(flash, TABLE_OFFSET);
  for (const label of /** @type {("factory" | "ota_0")[]} */ (["factory", "ota_0"])) {
    const image = contents[label];
    if (image) fitted(partitions, label, image).copy(flash, partition(partitions, label).offset);
  }
  const boot = contents.boot ?? (contents.ota_0 ? "ota_0" : "factory");
  writeOtadata(boot === "ota_0" ? 1 : 0).copy(flash, partition(partitions, "otadata").offset);
  return flash;
}

/**
 * @param {import("./partitions.mjs").Partition[]} partitions
 * @param {string} label
 * @param {Buffer} image
 */
function fitted(partitions, label, image) {
  const { size } = partition(partitions, label);
  if (image.length > size) {
    throw new Complaint(`the image has ${image.length} bytes, the partition ${label} only ${size}`);
  }
  return image;
}

/**
 * Rewrites one partition of a flash file, if it differs.
 * @param {string} file
 * @param {string} label
 * @param {Buffer} contents the rest of the partition becomes blank
 * @returns {boolean} whether it differed
 */
export function rewritePartition(file, label, contents) {
  const partitions = projectPartitions();
  const { offset, size } = partition(partitions, label);
  const wanted = Buffer.alloc(size, 0xff);
  fitted(partitions, label, contents).copy(wanted);
  const descriptor = openSync(file, "r+");
  try {
    const present = Buffer.alloc(size);
    readSync(descriptor, present, 0, size, offset);
    if (present.equals(wanted)) return false;
    writeSync(descriptor, wanted, 0, size, offset);
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * @param {string} file
 * @param {string} label
 * @returns {Buffer}
 */
export function readPartition(file, label) {
  const { offset, size } = partition(projectPartitions(), label);
  const descriptor = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(size);
    readSync(descriptor, bytes, 0, size, offset);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
