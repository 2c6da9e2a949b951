// @ts-check
/** Writes zip archives (PKWARE's APPNOTE.TXT §4.3) that depend on nothing but their input. */
import { gzipSync } from "node:zlib";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Bytes around the deflate data of a gzip file; the last ones are CRC-32 and length (RFC 1952 §2.3). */
const GZIP_HEAD = 10;
const GZIP_TAIL = 8;
/** Version 2.0, names in UTF-8. */
const VERSION = 20;
const UTF8 = 0x800;
/** The first day that a zip archive can tell: 1980-01-01. */
const DAY = 0x21;

/** @typedef {{ name: string, data: Buffer | string, stored?: boolean }} Entry */

/** @param {number[]} numbers value and bytes in turn */
function record(...numbers) {
  const bytes = Buffer.alloc(numbers.reduce((sum, number, i) => sum + (i % 2 ? number : 0), 0));
  let at = 0;
  for (let i = 0; i < numbers.length; i += 2) at = bytes.writeUIntLE(numbers[i], at, numbers[i + 1]);
  return bytes;
}

/**
 * @param {Entry[]} entries
 * @param {string} [comment]
 */
export function makeZip(entries, comment = "") {
  /** @type {Buffer[]} */
  const files = [];
  /** @type {Buffer[]} */
  const directory = [];
  let offset = 0;
  for (const { name, data, stored = false } of entries) {
    const content = Buffer.from(data);
    const gzip = gzipSync(content, { level: 9 });
    const crc = gzip.readUInt32LE(gzip.length - GZIP_TAIL);
    const body = stored ? content : gzip.subarray(GZIP_HEAD, -GZIP_TAIL);
    const path = Buffer.from(name);
    const shared = [VERSION, 2, UTF8, 2, stored ? 0 : 8, 2, 0, 2, DAY, 2];
    const sizes = [crc, 4, body.length, 4, content.length, 4, path.length, 2, 0, 2];
    const local = record(LOCAL, 4, ...shared, ...sizes);
    files.push(local, path, body);
    directory.push(record(CENTRAL, 4, VERSION, 2, ...shared, ...sizes, 0, 2, 0, 2, 0, 2, 0, 4, offset, 4), path);
    offset += local.length + path.length + body.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const note = Buffer.from(comment);
  const end = record(END, 4, 0, 4, entries.length, 2, entries.length, 2, length, 4, offset, 4, note.length, 2);
  return Buffer.concat([...files, ...directory, end, note]);
}
