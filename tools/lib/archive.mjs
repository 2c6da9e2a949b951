// @ts-check
/**
 * The archive inside an image: modules and resources. All integers are little-endian.
 *
 *     magic "LWSX", version 1, count, total bytes
 *     count × { kind (1 module, 2 resource, 3 preloaded module, 4 removed), name, data, length }     offsets from the archive's start
 *     names, NUL-terminated; data, each at a multiple of 16 and followed by a NUL
 */

const ARCHIVE_MAGIC = 0x5853574c;
export const MODULE = 1;
export const RESOURCE = 2;
/** A module that a chip has in flash, run when the image was built. */
export const PRELOADED = 3;
/** In a JavaScript part: a name that is gone, module or resource. */
export const REMOVED = 4;

/** @typedef {{ kind: number, name: string, data: Buffer }} Entry */

const HEADER = 16;
const ENTRY = 16;
const ALIGNMENT = 16;

/** @param {number} value */
const align = (value) => Math.ceil(value / ALIGNMENT) * ALIGNMENT;

/**
 * @param {Entry[]} entries
 * @returns {Buffer}
 */
export function writeArchive(entries) {
  const names = entries.map((entry) => Buffer.from(`${entry.name}\0`, "utf8"));
  let at = HEADER + ENTRY * entries.length;
  const nameOffsets = names.map((name) => {
    at += name.length;
    return at - name.length;
  });
  const dataOffsets = entries.map((entry) => {
    const offset = align(at);
    at = offset + entry.data.length + 1;
    return offset;
  });
  const total = align(at);
  const archive = Buffer.alloc(total);
  [ARCHIVE_MAGIC, 1, entries.length, total].forEach((word, i) => {
    archive.writeUInt32LE(word, 4 * i);
  });
  entries.forEach((entry, i) => {
    [entry.kind, nameOffsets[i], dataOffsets[i], entry.data.length].forEach((word, j) => {
      archive.writeUInt32LE(word, HEADER + ENTRY * i + 4 * j);
    });
    names[i].copy(archive, nameOffsets[i]);
    entry.data.copy(archive, dataOffsets[i]);
  });
  return archive;
}

/** @param {Buffer} bytes */
export function isArchive(bytes) {
  return bytes.length >= HEADER && bytes.readUInt32LE(0) === ARCHIVE_MAGIC;
}

/**
 * @param {Buffer} archive perhaps with more bytes after it
 * @returns {Entry[]} views of `archive`
 */
export function readArchive(archive) {
  if (!isArchive(archive)) throw new Error("no archive");
  if (archive.readUInt32LE(4) !== 1) throw new Error(`archive of version ${archive.readUInt32LE(4)}`);
  const count = archive.readUInt32LE(8);
  const total = archive.readUInt32LE(12);
  if (total > archive.length || HEADER + ENTRY * count > total) throw new Error("archive is cut short");
  return Array.from({ length: count }, (_, i) => {
    const [kind, name, data, length] = [0, 4, 8, 12].map((at) => archive.readUInt32LE(HEADER + ENTRY * i + at));
    const nameEnd = archive.indexOf(0, name);
    if (nameEnd < 0 || nameEnd >= total || data % ALIGNMENT !== 0 || data + length >= total) {
      throw new Error(`archive entry ${i} is damaged`);
    }
    return { kind, name: archive.toString("utf8", name, nameEnd), data: archive.subarray(data, data + length) };
  });
}
