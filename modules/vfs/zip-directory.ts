/**
 * The directory of a zip archive (PKWARE's APPNOTE.TXT §4.3), read where it lies. Every offset and length is checked against the
 * archive before it is used; an archive that says one thing in its directory and another beside the data is damaged.
 */
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import type { FileFault } from "./file";
import { GzipFrame } from "./file";

/** Compression methods (§4.4.5). */
export const enum Method {
  stored = 0,
  deflate = 8,
}

const enum Size {
  local = 30,
  central = 46,
  end = 22,
}

const enum Signature {
  local = 0x04034b50,
  central = 0x02014b50,
  end = 0x06054b50,
}

/** Members that are looked through; the time that this takes is spent without a pause. */
const membersLimit = 4096;
/** Longest comment behind the directory. */
const commentLimit = 1024;
/** No byte of deflate data stands for more (RFC 1951: a length of 258 takes two bits at least). */
const deflateRatio = 1032;

export interface Entry {
  readonly method: Method;
  /** CRC-32 of the content, unsigned. */
  readonly crc: number;
  /** Bytes of the content. */
  readonly length: number;
  /** Where the data lies in the archive's source. */
  readonly from: number;
  readonly to: number;
}

/** Numbers at the start of a record. */
function record(source: ByteSource, at: number, size: number): DataView {
  const bytes = new ArrayBuffer(size);
  Bytes.copy(source, at, at + size, bytes, 0);
  return new DataView(bytes);
}

/** The end record, which is found from behind, since a comment may follow it. */
function endRecord(source: ByteSource): { view: DataView; at: number } | undefined {
  const to = source.byteLength;
  const first = Math.max(0, to - Size.end - commentLimit);
  for (let at = to - Size.end; at >= first; at--) {
    if (!Bytes.equals(source, at, at + 2, "PK")) continue;
    const view = record(source, at, Size.end);
    if (view.getUint32(0, true) === Signature.end && at + Size.end + view.getUint16(20, true) === to)
      return { view, at };
  }
  return undefined;
}

/** The member `name` of the archive `source`; undefined where it has none. */
export function findEntry(source: ByteSource, name: string): Entry | FileFault | undefined {
  const end = endRecord(source);
  if (!end) return "ARCHIVE_DAMAGED";
  const count = end.view.getUint16(10, true);
  const length = end.view.getUint32(12, true);
  const from = end.view.getUint32(16, true);
  // Several disks, or the 64-bit format, whose marks are values that no archive of ours can have.
  if (end.view.getUint32(4, true) !== 0 || end.view.getUint16(8, true) !== count || count > membersLimit) {
    return "ARCHIVE_DAMAGED";
  }
  if (from + length > end.at) return "ARCHIVE_DAMAGED";
  const nameLength = Bytes.size(name);
  let at = from;
  for (let i = 0; i < count; i++) {
    if (at + Size.central > from + length) return "ARCHIVE_DAMAGED";
    const view = record(source, at, Size.central);
    const nameAt = at + Size.central;
    const nameEnd = nameAt + view.getUint16(28, true);
    at = nameEnd + view.getUint16(30, true) + view.getUint16(32, true);
    if (view.getUint32(0, true) !== Signature.central || at > from + length) return "ARCHIVE_DAMAGED";
    if (nameEnd - nameAt === nameLength && Bytes.text(source, nameAt, nameEnd) === name) {
      return readEntry(source, from, view, name);
    }
  }
  return undefined;
}

/** The entry whose directory record is `view`; its data must lie before `limit`. */
function readEntry(source: ByteSource, limit: number, view: DataView, name: string): Entry | FileFault {
  const flags = view.getUint16(8, true);
  const method = view.getUint16(10, true);
  const packed = view.getUint32(20, true);
  const length = view.getUint32(24, true);
  if (flags & 1 || (method !== Method.stored && method !== Method.deflate)) return "ARCHIVE_METHOD";
  const at = view.getUint32(42, true);
  if (at + Size.local > limit) return "ARCHIVE_DAMAGED";
  const local = record(source, at, Size.local);
  const nameAt = at + Size.local;
  const nameEnd = nameAt + local.getUint16(26, true);
  const from = nameEnd + local.getUint16(28, true);
  const to = from + packed;
  if (
    local.getUint32(0, true) !== Signature.local ||
    local.getUint16(8, true) !== method ||
    to > limit ||
    Bytes.text(source, nameAt, nameEnd) !== name ||
    (method === Method.stored ? length !== packed : length > packed * deflateRatio)
  ) {
    return "ARCHIVE_DAMAGED";
  }
  return { method, crc: view.getUint32(16, true), length, from, to };
}

/** What makes the deflate data of an entry a gzip file (RFC 1952 §2.3): the bytes before it, and those behind it. */
export function gzipFrame(entry: Entry): Uint8Array {
  const frame = new Uint8Array(GzipFrame.head + GzipFrame.tail);
  const view = new DataView(frame.buffer);
  // Magic number and method; no flags, no time, unknown system.
  view.setUint32(0, 0x1f8b0800);
  frame[GzipFrame.head - 1] = 255;
  view.setUint32(GzipFrame.head, entry.crc, true);
  view.setUint32(GzipFrame.head + 4, entry.length, true);
  return frame;
}
