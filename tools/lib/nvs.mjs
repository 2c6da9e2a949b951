// @ts-check
/**
 * NVS partitions in the format of ESP-IDF's nvs_flash, version 2 (ESP-IDF, "Non-Volatile Storage Library", Internals). What is written is
 * laid out as Espressif's nvs_partition_gen.py lays it out, but for pages that nothing is in: these stay erased.
 */
import { Complaint } from "./run.mjs";

export const PAGE = 4096;
const ENTRY = 32;
/** Entries of a page, behind its header and the table of their states. */
export const ENTRIES = 126;
const TABLE = 32;
const ITEMS = 64;
const ACTIVE = 0xfffffffe;
const FULL = 0xfffffffc;
const VERSION = 0xfe;
const WRITTEN = 2;
const ANY_CHUNK = 0xff;
const STRING = 0x21;
const BLOB = 0x42;
const BLOB_INDEX = 0x48;
/** Most bytes of a string, its NUL included (ESP-IDF, nvs_set_str). */
const STRING_MOST = 4000;

/** Types of numbers: their low four bits are the size in bytes. @type {Record<string, number>} */
export const NUMBERS = { u8: 0x01, i8: 0x11, u16: 0x02, i16: 0x12, u32: 0x04, i32: 0x14, u64: 0x08, i64: 0x18 };

/**
 * @typedef {object} Value
 * @property {string} space namespace
 * @property {string} key
 * @property {string} type a name of {@link NUMBERS}, "string" or "blob"
 * @property {bigint | Buffer} value of a string: without its NUL
 */

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
const entryCrc = (entry) => crc(entry.subarray(0, 4), entry.subarray(8, ENTRY));

/** An item of one entry and the data behind it. @param {number} space @param {number} type @param {string} key @param {Buffer} [data] @param {number} [chunk] */
function item(space, type, key, data = Buffer.alloc(0), chunk = ANY_CHUNK) {
  const span = 1 + Math.ceil(data.length / ENTRY);
  const entries = Buffer.alloc(span * ENTRY, 0xff);
  entries.set([space, type, span, chunk]);
  entries.fill(0, 8, 24).write(key, 8, "latin1");
  if (type === STRING || type === BLOB) {
    entries.writeUInt16LE(data.length, 24);
    entries.writeUInt32LE(crc(data), 28);
    data.copy(entries, ENTRY);
  }
  return entries;
}

/** Fills pages one after the other. */
export class Writer {
  /** @type {Map<string, number>} */ #spaces = new Map();
  #page = -1;
  #next = ENTRIES;
  #spare;

  /** @param {number} size @param {number} [spare] pages that stay free: NVS needs one, for moving values when room is won back */
  constructor(size, spare = 1) {
    this.bytes = Buffer.alloc(size, 0xff);
    this.#spare = spare;
  }

  /** The page that is written to, and how many of its entries are free. */
  get place() {
    return { page: this.#page, free: ENTRIES - this.#next };
  }

  /** Begins a new page with the next value, as if this one were full. */
  endPage() {
    this.#next = ENTRIES;
  }

  /** @param {Value} value */
  add({ space, key, type, value }) {
    const of = this.#space(space);
    if (typeof value === "bigint") this.#number(of, NUMBERS[type], key, value);
    else if (type === "string") {
      const data = Buffer.concat([value, Buffer.of(0)]);
      if (data.length > STRING_MOST) throw new Complaint(`${key}: a string has at most ${STRING_MOST - 1} bytes`);
      this.#append(item(of, STRING, key, data), 1);
    } else this.#blob(of, key, value);
  }

  /** @param {string} name */
  #space(name) {
    let number = this.#spaces.get(name);
    if (number === undefined) {
      number = this.#spaces.size + 1;
      this.#spaces.set(name, number);
      this.#number(0, NUMBERS.u8, name, BigInt(number));
    }
    return number;
  }

  /** @param {number} space @param {number} type @param {string} key @param {bigint} value */
  #number(space, type, key, value) {
    const entries = item(space, type, key);
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(BigInt.asUintN(64, value));
    field.copy(entries, 24, 0, type & 15);
    this.#append(entries);
  }

  /** Chunks that fill the pages up, and what counts them. @param {number} space @param {string} key @param {Buffer} data */
  #blob(space, key, data) {
    let count = 0;
    let at = 0;
    do {
      if (ENTRIES - this.#next < 2) this.#begin();
      const room = (ENTRIES - this.#next - 1) * ENTRY;
      const chunk = data.subarray(at, at + room);
      this.#append(item(space, BLOB, key, chunk, count++));
      at += chunk.length;
    } while (at < data.length);
    const index = item(space, BLOB_INDEX, key);
    index.writeUInt32LE(data.length, 24);
    index.set([count, 0], 28);
    this.#append(index);
  }

  /** @param {Buffer} entries @param {number} [spare] entries that have to stay free behind it */
  #append(entries, spare = 0) {
    const span = entries.length / ENTRY;
    if (this.#next + span + spare > ENTRIES) this.#begin();
    entries.writeUInt32LE(entryCrc(entries), 4);
    const page = this.bytes.subarray(this.#page * PAGE, (this.#page + 1) * PAGE);
    entries.copy(page, ITEMS + this.#next * ENTRY);
    for (const end = this.#next + span; this.#next < end; this.#next++)
      page[TABLE + (this.#next >> 2)] &= ~((~WRITTEN & 3) << (2 * (this.#next & 3)));
  }

  #begin() {
    if (this.#page >= 0) this.bytes.writeUInt32LE(FULL, this.#page * PAGE);
    const page = this.bytes.subarray(++this.#page * PAGE, (this.#page + 1) * PAGE);
    if ((this.#page + 1 + this.#spare) * PAGE > this.bytes.length)
      throw new Complaint(`the values do not fit a partition of ${this.bytes.length} bytes`);
    page.writeUInt32LE(ACTIVE, 0);
    page.writeUInt32LE(this.#page, 4);
    page[8] = VERSION;
    page.writeUInt32LE(crc(page.subarray(4, 28)), 28);
    this.#next = 0;
  }
}

/**
 * A partition with these values.
 * @param {Value[]} values
 * @param {number} size of the partition in bytes
 */
export function writeNvs(values, size) {
  if (size % PAGE !== 0 || size < 3 * PAGE) throw new Complaint("an NVS partition has at least 3 pages of 4096 bytes");
  const writer = new Writer(size);
  for (const value of values) writer.add(value);
  return writer.bytes;
}

/** The items that match their checksums, oldest first. @param {Buffer} bytes */
function* items(bytes) {
  const pages = Array.from({ length: Math.floor(bytes.length / PAGE) }, (_, i) =>
    bytes.subarray(i * PAGE, (i + 1) * PAGE),
  )
    .filter((page) => page.readUInt32LE(28) === crc(page.subarray(4, 28)) && page[8] === VERSION)
    .sort((a, b) => a.readUInt32LE(4) - b.readUInt32LE(4));
  for (const page of pages) {
    for (let at = 0; at < ENTRIES; at++) {
      const entry = page.subarray(ITEMS + at * ENTRY, ITEMS + (at + 1) * ENTRY);
      const state = (page[TABLE + (at >> 2)] >> (2 * (at & 3))) & 3;
      if (state !== WRITTEN || entry.readUInt32LE(4) !== entryCrc(entry)) continue;
      const [space, type, span, chunk] = entry;
      const key = entry.toString("latin1", 8, 24).replace(/\0.*$/s, "");
      const isSized = type === STRING || type === BLOB;
      const data = page.subarray(ITEMS + (at + 1) * ENTRY).subarray(0, isSized ? entry.readUInt16LE(24) : 0);
      if (!isSized || entry.readUInt32LE(28) === crc(data)) yield { space, type, key, chunk, entry, data };
      at += Math.max(span, 1) - 1;
    }
  }
}

/**
 * What a partition holds, the newest value of each key. What does not match its checksum is left out.
 * @param {Buffer} bytes
 * @returns {Value[]}
 */
export function readNvs(bytes) {
  /** @type {Map<number, string>} */ const spaces = new Map();
  /** @type {Map<string, Buffer>} */ const chunks = new Map();
  /** @type {Map<string, { space: number, key: string, type: string, read: () => bigint | Buffer }>} */ const found =
    new Map();
  for (const { space, type, key, chunk, entry, data } of items(bytes)) {
    const id = `${space}/${key}`;
    const [name] = Object.entries(NUMBERS).find(([, number]) => number === type) ?? [];
    if (space === 0) spaces.set(entry[24], key);
    else if (type === BLOB) chunks.set(`${id}/${chunk}`, data);
    else if (type === STRING) found.set(id, { space, key, type: "string", read: () => data.subarray(0, -1) });
    else if (type === BLOB_INDEX) {
      const [count, first] = entry.subarray(28, 30);
      const names = Array.from({ length: count }, (_, i) => `${id}/${first + i}`);
      const read = () => Buffer.concat(names.map((each) => chunks.get(each) ?? Buffer.alloc(0)));
      found.set(id, { space, key, type: "blob", read });
    } else if (name) {
      const bits = 8 * (type & 15);
      const raw = entry.readBigUInt64LE(24);
      const read = () => (type & 0x10 ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw));
      found.set(id, { space, key, type: name, read });
    }
  }
  return Array.from(found.values(), ({ space, key, type, read }) => ({
    space: spaces.get(space) ?? String(space),
    key,
    type,
    value: read(),
  }));
}
