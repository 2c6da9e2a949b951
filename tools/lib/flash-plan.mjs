// @ts-check
/** What is to be written where in a chip's flash: all that can be wrong with files is found before a chip is touched. */
import { CHIPS } from "./chips.mjs";
import { APPLICATION, readImage, SETUP, VIRTUAL_CHIP, verifyImage } from "./image.mjs";
import { writeNvs } from "./nvs.mjs";
import { parseCsv } from "./nvs-csv.mjs";
import { message, readInput } from "./options.mjs";
import { writeOtadata } from "./otadata.mjs";
import { parsePartitions, partition, projectPartitions, readTable, TABLE_OFFSET, writeTable } from "./partitions.mjs";
import { Complaint } from "./run.mjs";

/**
 * @typedef {object} FlashFiles
 * @property {string} [bootloader]
 * @property {string} [partitions] table, as CSV or in binary
 * @property {string} [factory] setup image
 * @property {string} [app] application image
 * @property {string} [nvs] settings as CSV
 * @property {"factory" | "ota_0"} [boot] what is to start; default: the application, if there is one, else what started before
 */
/**
 * @typedef {object} FlashPlan
 * @property {number | undefined} chip that the images are for; undefined where there are none
 * @property {Buffer} table that the chip has to have
 * @property {boolean} hasTable whether it is among the parts
 * @property {number} end of the last partition
 * @property {{ what: string, address: number, data: Buffer }[]} parts in the order in which they are to be written
 */

/**
 * @param {FlashFiles} files
 * @returns {FlashPlan}
 */
export function planFlash(files) {
  const partitions = files.partitions ? readPartitions(files.partitions) : projectPartitions();
  const at = (/** @type {string} */ label) => partition(partitions, label);
  /** @type {FlashPlan["parts"]} */
  const parts = [];
  /** @type {number | undefined} */
  let chip;
  /** @param {string} file @param {number} id */
  const sameChip = (file, id) => {
    if (id === VIRTUAL_CHIP) throw new Complaint(`${file}: it is for the virtual device`);
    if (!CHIPS[id]) throw new Complaint(`${file}: it is for a chip of unknown kind, ${id}`);
    if (chip !== undefined && id !== chip) {
      throw new Complaint(`${file}: it is for the ${CHIPS[id].family}, and another file for the ${CHIPS[chip].family}`);
    }
    chip = id;
    return CHIPS[id];
  };
  if (files.bootloader) {
    const { bytes, id } = readAny(files.bootloader);
    const { bootloader: address } = sameChip(files.bootloader, id);
    if (address + bytes.length > TABLE_OFFSET) {
      throw new Complaint(
        `${files.bootloader}: it has ${bytes.length} bytes, ${TABLE_OFFSET - address} are there for it`,
      );
    }
    parts.push({ what: "boot loader", address, data: bytes });
  }
  const table = writeTable(partitions);
  if (files.partitions) parts.push({ what: "partition table", address: TABLE_OFFSET, data: table });
  for (const [file, kind, label] of /** @type {const} */ ([
    [files.factory, SETUP, "factory"],
    [files.app, APPLICATION, "ota_0"],
  ])) {
    if (!file) continue;
    const { bytes, id } = readAny(file);
    sameChip(file, id);
    parts.push({ what: label, address: at(label).offset, data: fitted(file, bytes, kind, at(label)) });
  }
  if (files.nvs) {
    const { offset, size } = at("nvs");
    const settings = parseCsv(readInput(files.nvs).toString("utf8"), files.nvs);
    parts.push({ what: "nvs", address: offset, data: writeNvs(settings, size) });
  }
  // Last: an application that has not arrived whole is not selected.
  const boot = files.boot ?? (files.app && "ota_0");
  const otadata = writeOtadata(boot === "ota_0" ? 1 : 0);
  if (boot) parts.push({ what: "otadata", address: at("otadata").offset, data: otadata });
  if (parts.length === 0) throw new Complaint("nothing to flash: see --help");
  const end = Math.max(...partitions.map(({ offset, size }) => offset + size));
  return { chip, table, hasTable: files.partitions !== undefined, end, parts };
}

/** A table, from its CSV or as the boot loader has it. @param {string} file */
function readPartitions(file) {
  const bytes = readInput(file);
  if (bytes.length < 2 || bytes.readUInt16LE(0) !== 0x50aa) return parsePartitions(bytes.toString("utf8"), file);
  try {
    return readTable(bytes);
  } catch (error) {
    throw new Complaint(`${file}: ${message(error)}`);
  }
}

/** Any image of the ESP32 family. @param {string} file */
function readAny(file) {
  const bytes = readInput(file);
  const id = bytes.length < 14 ? 0 : bytes.readUInt16LE(12);
  const { problem } = verifyImage(bytes, id);
  if (problem) throw new Complaint(`${file}: it is no image, or a damaged one (${problem})`);
  return { bytes, id };
}

/**
 * @param {string} file
 * @param {Buffer} bytes
 * @param {number} kind
 * @param {import("./partitions.mjs").Partition} slot
 */
function fitted(file, bytes, kind, slot) {
  let about;
  try {
    about = readImage(bytes, bytes.readUInt16LE(12));
  } catch (error) {
    throw new Complaint(`${file}: ${message(error)}`);
  }
  if (about.kind !== kind) throw new Complaint(`${file}: it is not of the kind that belongs into ${slot.label}`);
  if (bytes.length > slot.size)
    throw new Complaint(`${file}: it has ${bytes.length} bytes, the partition ${slot.label} only ${slot.size}`);
  return bytes;
}
