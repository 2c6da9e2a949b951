// @ts-check
/** Files whose bytes a test has to know: of many sizes, packed in many ways, and archives that lie. */
import { gzipSync } from "node:zlib";
import { compress } from "../../../tools/lib/assets.mjs";
import { longPage } from "../../../tools/lib/words.mjs";
import { makeZip } from "../../../tools/lib/zip.mjs";

/** Bytes that don't compress. @param {number} length */
export function noise(length) {
  const bytes = Buffer.alloc(length);
  let state = 7;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** As much of a text that repeats itself. @param {number} length */
export const lines = (length) =>
  Buffer.alloc(length, "A line like all the others, which takes next to nothing when it is packed.\n");

export const text = Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join("");
export const large = longPage(3_500_000);
export const small = longPage(1000).slice(0, 1500);
/** Names at every place of a piece of 256 bytes, and of one of 1024. */
export const split = Array.from(
  { length: 300 },
  (_, i) => `${"-".repeat(i % 40)}$name$long$${"x".repeat(i % 33)}`,
).join("");

export const members = makeZip(
  [
    { name: "large.html", data: large },
    { name: "small.html", data: small },
    { name: "stored.txt", data: text, stored: true },
    { name: "deep/er/file.txt", data: "deep" },
    { name: "ü ber.txt", data: "umlaut" },
    { name: "empty.txt", data: "" },
    { name: "zeros.bin", data: Buffer.alloc(2_000_000) },
    { name: "20k.txt", data: lines(20_000) },
    { name: "20m.txt", data: lines(20_000_000) },
    { name: "index.html", data: "<h1>inside</h1>" },
    { name: "page.shtml", data: "name=$name" },
    { name: "odd.unknown", data: "x" },
  ],
  "a comment with PK in it",
);

/** Archives with one member, `a.txt`, and something wrong. @returns {Record<string, Buffer>} */
function hostile() {
  const data = "text ".repeat(100);
  const good = makeZip([{ name: "a.txt", data }]);
  const stored = makeZip([{ name: "a.txt", data, stored: true }]);
  const end = good.length - 22;
  const central = good.readUInt32LE(end + 16);
  /** @param {Buffer} zip @param {(copy: Buffer) => void} change */
  const changed = (zip, change) => {
    const copy = Buffer.from(zip);
    change(copy);
    return copy;
  };
  /** @param {number} at @param {number} value @param {Buffer} [zip] */
  const u16 = (at, value, zip = good) => changed(zip, (copy) => copy.writeUInt16LE(value, at));
  /** @param {number} at @param {number} value @param {Buffer} [zip] */
  const u32 = (at, value, zip = good) => changed(zip, (copy) => copy.writeUInt32LE(value >>> 0, at));
  const many = Array.from({ length: 4096 }, (_, i) => ({ name: String(i), data: "", stored: true }));
  const storedCentral = stored.readUInt32LE(stored.length - 6);
  return {
    empty: Buffer.alloc(0),
    short: Buffer.from("PK\x05\x06"),
    "no-end": good.subarray(0, end),
    "cut-front": good.subarray(10),
    "cut-end": good.subarray(0, -1),
    "more-behind": Buffer.concat([good, Buffer.from("x")]),
    "long-comment": u16(end + 20, 5),
    "end-signature": u16(end + 2, 0x0706),
    "many-disks": u16(end + 4, 1),
    "other-count": u16(end + 8, 2),
    "huge-count": changed(good, (copy) => {
      copy.writeUInt16LE(0xffff, end + 8);
      copy.writeUInt16LE(0xffff, end + 10);
    }),
    "many-entries": makeZip([...many, { name: "a.txt", data }]),
    "more-entries": changed(good, (copy) => {
      copy.writeUInt16LE(2, end + 8);
      copy.writeUInt16LE(2, end + 10);
      copy[central + 46] = "b".charCodeAt(0);
    }),
    "directory-outside": u32(end + 16, 0xfffffff0),
    "directory-long": u32(end + 12, 0xffffffff),
    "directory-shifted": u32(end + 16, central - 1),
    "central-signature": u32(central, 0x02014b51),
    "name-long": u16(central + 28, 0xffff),
    "extra-long": u16(central + 30, 0xffff),
    "note-long": u16(central + 32, 0xffff),
    "local-outside": u32(central + 42, 0xffffffff),
    "local-inside-directory": u32(central + 42, central - 4),
    "local-signature": u32(0, 0x04034b51),
    "local-name": changed(good, (copy) => copy.write("b", 30)),
    "local-name-long": u16(26, 0xffff),
    "local-extra-long": u16(28, 0xffff),
    "local-method": u16(8, 0),
    "data-long": u32(central + 20, 0x7fffffff),
    "data-beyond": u32(central + 20, central),
    "stored-lengths": u32(storedCentral + 24, 100000, stored),
    bomb: u32(central + 24, 0x7fffffff),
  };
}

/** Archives with a member that can't be served, and where serving has to stop half-way. @returns {Record<string, Buffer>} */
function unusable() {
  const good = makeZip([{ name: "a.txt", data: "text ".repeat(1000) }]);
  const central = good.readUInt32LE(good.length - 6);
  /** @param {(copy: Buffer) => void} change */
  const changed = (change) => {
    const copy = Buffer.from(good);
    change(copy);
    return copy;
  };
  return {
    "method-encrypted": changed((copy) => copy.writeUInt16LE(1, central + 8)),
    "method-lzma": changed((copy) => copy.writeUInt16LE(14, central + 10)),
    "broken-data": changed((copy) => copy.fill(0xff, 40, 60)),
    "broken-longer": changed((copy) => copy.writeUInt32LE(4000, central + 24)),
    "broken-shorter": changed((copy) => copy.writeUInt32LE(6000, central + 24)),
    "broken-cut": changed((copy) => copy.writeUInt32LE(copy.readUInt32LE(central + 20) - 5, central + 20)),
  };
}

export const hostileNames = Object.keys(hostile());

/** 4 MB, which no socket takes at once. */
export const long = lines(4_000_000);

/** As gzip makes one of a file: with its name and a comment. @param {Buffer} content */
function named(content) {
  const plain = gzipSync(content);
  plain[3] = 8 | 16;
  return Buffer.concat([plain.subarray(0, 10), Buffer.from("long.txt\0of a test\0"), plain.subarray(10)]);
}

/** @returns {Record<string, Buffer>} */
export function assets() {
  const bad = Object.entries({ ...hostile(), ...unusable() }).map(([name, bytes]) => [`bad-${name}.zip`, bytes]);
  return {
    "noise.bin": noise(50_000),
    "text.txt": Buffer.from(text),
    "text.txt.gz": gzipSync(text),
    "empty.txt": Buffer.alloc(0),
    "split.shtml": Buffer.from(split),
    "long-name.shtml": Buffer.from(`$${"y".repeat(32)};$${"y".repeat(33)}$name`),
    "members.zip": members,
    "narrow.txt.gz": compress(long),
    "wide.txt.gz": named(long),
    "no-gzip.txt.gz": Buffer.from("this is no gzip file, whatever its name says"),
    "cut.txt.gz": Buffer.concat([compress(long).subarray(0, 5000), compress(long).subarray(-8)]),
    "short.txt.gz": compress(long).subarray(0, 15),
    ...Object.fromEntries(bad),
  };
}
