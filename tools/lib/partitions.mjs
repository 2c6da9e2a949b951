// @ts-check
/** Partition tables: the CSV that people write and the binary that the boot loader reads (ESP-IDF, "Partition Tables"). */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { PARTITIONS, shown } from "./paths.mjs";
import { Complaint } from "./run.mjs";

/** @typedef {{ label: string, type: number, subtype: number, offset: number, size: number, flags: number }} Partition */

export const FLASH_SIZE = 0x400000;
export const TABLE_OFFSET = 0x8000;
const TABLE_SIZE = 0x1000;
const ENTRY = 32;
const APP = 0;
const DATA = 1;
const APP_ALIGNMENT = 0x10000;
const DATA_ALIGNMENT = 0x1000;

/** @type {Record<string, number>} */
const TYPES = { app: APP, data: DATA };
/** @type {Record<number, Record<string, number>>} */
const SUBTYPES = {
  [APP]: {
    factory: 0,
    test: 0x20,
    ...Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`ota_${i}`, 0x10 + i])),
  },
  [DATA]: {
    ota: 0,
    phy: 1,
    nvs: 2,
    coredump: 3,
    nvs_keys: 4,
    efuse: 5,
    undefined: 6,
    fat: 0x81,
    spiffs: 0x82,
    littlefs: 0x83,
  },
};
/** @type {Record<string, number>} */
const FLAGS = { encrypted: 1, readonly: 2 };

/**
 * @param {string} text CSV
 * @param {string} [name] of the file, for errors
 * @returns {Partition[]} that fit the flash without overlap
 */
export function parsePartitions(text, name = "partition table") {
  /** @type {Partition[]} */
  const partitions = [];
  text.split("\n").forEach((line, i) => {
    const fields = line
      .replace(/#.*/, "")
      .split(",")
      .map((field) => field.trim());
    if (fields.length === 1 && fields[0] === "") return;
    /** @param {string} problem @returns {never} */
    const fail = (problem) => {
      throw new Complaint(`${name}:${i + 1}: ${problem}`);
    };
    const [label, typeName, subtypeName, offsetText, sizeText, flagText = ""] = fields;
    if (fields.length < 5) fail("a partition has a name, type, subtype, offset and size");
    if (!/^.{1,16}$/.test(label)) fail("a name has 1 to 16 characters");
    const type = TYPES[typeName] ?? number(typeName) ?? fail(`unknown type ${typeName}`);
    const subtype = SUBTYPES[type]?.[subtypeName] ?? number(subtypeName) ?? fail(`unknown subtype ${subtypeName}`);
    const offset = number(offsetText) ?? fail("the offset has to be stated");
    const size = number(sizeText) ?? fail("the size has to be stated");
    const flags = flagText
      .split(":")
      .filter(Boolean)
      .reduce((bits, flag) => bits | (FLAGS[flag] ?? fail(`unknown flag ${flag}`)), 0);
    const alignment = type === APP ? APP_ALIGNMENT : DATA_ALIGNMENT;
    if (offset % alignment !== 0) fail(`${label} must start at a multiple of 0x${alignment.toString(16)}`);
    if (size === 0 || size % DATA_ALIGNMENT !== 0) fail(`the size of ${label} must be a multiple of 0x1000`);
    if (offset < TABLE_OFFSET + TABLE_SIZE) fail(`${label} lies over the boot loader or the table`);
    if (offset + size > FLASH_SIZE) fail(`${label} ends beyond the flash`);
    for (const other of partitions) {
      if (other.label === label) fail(`a second partition ${label}`);
      if (offset < other.offset + other.size && other.offset < offset + size) fail(`${label} overlaps ${other.label}`);
    }
    partitions.push({ label, type, subtype, offset, size, flags });
  });
  return partitions;
}

/** @param {string} text @returns {number | undefined} */
function number(text) {
  const match = /^(0x[\da-f]+|\d+)([km]?)$/i.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * { "": 1, k: 1024, m: 1024 * 1024 }[/** @type {"" | "k" | "m"} */ (match[2].toLowerCase())];
}

/** The project's own table. */
export function projectPartitions() {
  return parsePartitions(readFileSync(PARTITIONS, "utf8"), shown(PARTITIONS));
}

/**
 * @param {Partition[]} partitions
 * @returns {Buffer} 4096 bytes
 */
export function writeTable(partitions) {
  const table = Buffer.alloc(TABLE_SIZE, 0xff);
  partitions.forEach((partition, i) => {
    const at = ENTRY * i;
    table.fill(0, at, at + ENTRY);
    table.writeUInt16LE(0x50aa, at);
    table[at + 2] = partition.type;
    table[at + 3] = partition.subtype;
    table.writeUInt32LE(partition.offset, at + 4);
    table.writeUInt32LE(partition.size, at + 8);
    table.write(partition.label, at + 12, "latin1");
    table.writeUInt32LE(partition.flags, at + 28);
  });
  const end = ENTRY * partitions.length;
  table.writeUInt16LE(0xebeb, end);
  createHash("md5")
    .update(table.subarray(0, end))
    .digest()
    .copy(table, end + 16);
  return table;
}

/**
 * @param {Buffer} table
 * @returns {Partition[]}
 */
export function readTable(table) {
  /** @type {Partition[]} */
  const partitions = [];
  for (let at = 0; at + ENTRY <= table.length; at += ENTRY) {
    const magic = table.readUInt16LE(at);
    if (magic === 0xebeb) {
      const md5 = createHash("md5").update(table.subarray(0, at)).digest();
      if (!md5.equals(table.subarray(at + 16, at + 32))) throw new Error("partition table has a wrong MD5");
      return partitions;
    }
    if (magic !== 0x50aa) break;
    const label = table.toString("latin1", at + 12, at + 28);
    partitions.push({
      label: label.replace(/\0.*$/s, ""),
      type: table[at + 2],
      subtype: table[at + 3],
      offset: table.readUInt32LE(at + 4),
      size: table.readUInt32LE(at + 8),
      flags: table.readUInt32LE(at + 28),
    });
  }
  throw new Error("partition table has no MD5 entry");
}

/**
 * @param {Partition[]} partitions
 * @param {string} label
 */
export function partition(partitions, label) {
  const found = partitions.find((each) => each.label === label);
  if (!found) throw new Complaint(`the partition table has no partition ${label}`);
  return found;
}
