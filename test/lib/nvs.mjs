// @ts-check
/**
 * NVS partitions in the format of ESP-IDF's nvs_flash, version 2 (ESP-IDF, "Non-Volatile Storage Library", Internals): written to
 * begin a test with, and read to see what a device has stored. Strings and 32-bit counts are all that the settings hold.
 */

export const PAGE = 4096;
const ENTRY = 32;
/** Entries of a page, behind its header and the table of their states. */
export const ENTRIES = 126;
const TABLE = 32;
const ITEMS = 64;
const ACTIVE = 0xfffffffe;
const FULL = 0xfffffffc;
const VERSION = 0xfe;
const U8 = 0x01;
const U32 = 0x04;
const STRING = 0x21;
const BLOB = 0x42;
const BLOB_INDEX = 0x48;
const ANY_CHUNK = 0xff;
const WRITTEN = 2;

/** CRC-32 with a register that starts at zero, as esp_rom_crc32_le has it when it is begun with ~0. @param {Buffer[]} parts */
function crc(...parts) {
  let register = 0;
  for (const part of parts) {
    for (const byte of part) {
      register ^= byte;
      for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (register & 1 ? 0xedb88320 : 0);
    }
  }
  return ~register >>> 0;
}

/** @param {Buffer} entry */
const entryCrc = (entry) => crc(entry.subarray(0, 4), entry.subarray(8));

/** The first entry of an item. @param {number} space @param {number} type @param {string} key @param {number} span @param {number} [chunk] */
function header(space, type, key, span, chunk = ANY_CHUNK) {
  const entries = Buffer.alloc(span * ENTRY, 0xff);
  entries.set([space, type, span, chunk]);
  entries.fill(0, 8, 24).write(key, 8);
  return entries;
}

/** @param {Buffer} entries */
function sealed(entries) {
  entries.writeUInt32LE(entryCrc(entries.subarray(0, ENTRY)), 4);
  return entries;
}

/** An item with data behind its first entry. @param {number} space @param {number} type @param {string} key @param {Buffer} data @param {number} [chunk] */
function sized(space, type, key, data, chunk) {
  const entries = header(space, type, key, 1 + Math.ceil(data.length / ENTRY), chunk);
  entries.writeUInt16LE(data.length, 24);
  entries.writeUInt32LE(crc(data), 28);
  data.copy(entries, ENTRY);
  return sealed(entries);
}

/** A number. @param {number} space @param {string} key @param {number} value @param {number} [type] */
function number(space, key, value, type = U32) {
  const entries = header(space, type, key, 1);
  if (type === U8) entries[24] = value;
  else entries.writeUInt32LE(value, 24);
  return sealed(entries);
}

/** What says that a value of bytes has one chunk. @param {number} space @param {string} key @param {Buffer} data */
function index(space, key, data) {
  const entries = header(space, BLOB_INDEX, key, 1);
  entries.writeUInt32LE(data.length, 24);
  entries.set([1, 0], 28);
  return sealed(entries);
}

/** Fills pages one after the other. */
export class NvsWriter {
  /** @type {Map<string, number>} */ #spaces = new Map();
  #page = -1;
  #next = ENTRIES;

  /** @param {number} [pages] */
  constructor(pages = 6) {
    this.bytes = Buffer.alloc(pages * PAGE, 0xff);
  }

  /** The page that is written to, and how many of its entries are free. */
  get place() {
    return { page: this.#page, free: ENTRIES - this.#next };
  }

  /** @param {string} space @param {string} key @param {string | number | Buffer} value bytes: up to what a page holds @returns {this} */
  add(space, key, value) {
    let of = this.#spaces.get(space);
    if (of === undefined) {
      of = this.#spaces.size + 1;
      this.#spaces.set(space, of);
      this.#append(number(0, space, of, U8));
    }
    if (typeof value === "number") this.#append(number(of, key, value));
    else if (typeof value === "string") this.#append(sized(of, STRING, key, Buffer.from(`${value}\0`)));
    else {
      this.#append(sized(of, BLOB, key, value, 0));
      this.#append(index(of, key, value));
    }
    return this;
  }

  /** Begins a new page, as if this one were full. @returns {this} */
  endPage() {
    this.#next = ENTRIES;
    return this;
  }

  /** @param {Buffer} entries */
  #append(entries) {
    const span = entries.length / ENTRY;
    if (this.#next + span > ENTRIES) this.#begin();
    const page = this.bytes.subarray(this.#page * PAGE, (this.#page + 1) * PAGE);
    entries.copy(page, ITEMS + this.#next * ENTRY);
    for (const end = this.#next + span; this.#next < end; this.#next++)
      page[TABLE + (this.#next >> 2)] &= ~((~WRITTEN & 3) << (2 * (this.#next & 3)));
  }

  #begin() {
    if (this.#page >= 0) this.bytes.writeUInt32LE(FULL, this.#page * PAGE);
    const page = this.bytes.subarray(++this.#page * PAGE, (this.#page + 1) * PAGE);
    if (page.length === 0) throw new RangeError("the partition is full");
    page.writeUInt32LE(ACTIVE, 0);
    page.writeUInt32LE(this.#page, 4);
    page[8] = VERSION;
    page.writeUInt32LE(crc(page.subarray(4, 28)), 28);
    this.#next = 0;
  }
}

/**
 * The items of a partition that match their checksum, oldest first.
 * @param {Buffer} bytes
 */
function* items(bytes) {
  const pages = Array.from({ length: bytes.length / PAGE }, (_, i) => bytes.subarray(i * PAGE, (i + 1) * PAGE))
    .filter((page) => page.readUInt32LE(28) === crc(page.subarray(4, 28)) && page[8] === VERSION)
    .sort((a, b) => a.readUInt32LE(4) - b.readUInt32LE(4));
  for (const page of pages) {
    for (let at = 0; at < ENTRIES; at++) {
      const entry = page.subarray(ITEMS + at * ENTRY, ITEMS + (at + 1) * ENTRY);
      const state = (page[TABLE + (at >> 2)] >> (2 * (at & 3))) & 3;
      if (state !== WRITTEN || entry.readUInt32LE(4) !== entryCrc(entry)) continue;
      const [space, type, span] = entry;
      const key = entry.toString("latin1", 8, 24).replace(/\0.*$/s, "");
      const data = page.subarray(ITEMS + (at + 1) * ENTRY).subarray(0, entry.readUInt16LE(24));
      yield { space, type, key, entry, data };
      at += span - 1;
    }
  }
}

/**
 * What a partition holds: "SPACE/KEY" → value, the newest of each. What does not match its checksum is left out.
 * @param {Buffer} bytes
 * @returns {Map<string, string | number>}
 */
export function readNvs(bytes) {
  /** @type {Map<number, string>} */ const spaces = new Map();
  /** @type {Map<string, string | number>} */ const raw = new Map();
  for (const { space, type, key, entry, data } of items(bytes)) {
    if (space === 0) spaces.set(entry[24], key);
    else if (type === U32) raw.set(`${space}/${key}`, entry.readUInt32LE(24));
    else if (type === STRING && entry.readUInt32LE(28) === crc(data))
      raw.set(`${space}/${key}`, data.toString("utf8", 0, data.length - 1));
  }
  return new Map(Array.from(raw, ([name, value]) => [name.replace(/^\d+/, (n) => spaces.get(Number(n)) ?? n), value]));
}

/**
 * The value of a key that holds bytes: its chunks, which the newest index counts, one after the other. Empty where there is none.
 * @param {Buffer} bytes of the partition
 * @param {string} space
 * @param {string} key
 */
export function readBlob(bytes, space, key) {
  let number = 0;
  /** @type {Map<number, Buffer>} */ const chunks = new Map();
  let first = 0;
  let count = 0;
  for (const item of items(bytes)) {
    if (item.space === 0 && item.key === space) number = item.entry[24];
    if (item.space !== number || item.key !== key) continue;
    if (item.type === BLOB) chunks.set(item.entry[3], Buffer.from(item.data));
    else if (item.type === BLOB_INDEX) [count, first] = item.entry.subarray(28, 30);
  }
  return Buffer.concat(Array.from({ length: count }, (_, i) => chunks.get(first + i) ?? Buffer.alloc(0)));
}

/** Name of the namespace of the settings. */
export const SETTINGS = "lws-station";

/**
 * Settings with these networks in their slots.
 * @param {import("./radio.mjs").Network[]} networks
 * @param {NvsWriter} [writer]
 */
export function settingsWith(networks, writer = new NvsWriter()) {
  networks.forEach(({ ssid, passphrase }, slot) => {
    writer.add(SETTINGS, `${slot}ssid`, ssid);
    if (passphrase !== "") writer.add(SETTINGS, `${slot}password`, passphrase);
  });
  return writer.bytes;
}
