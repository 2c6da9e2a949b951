/** What stands around deflate data in a gzip file (RFC 1952 §2.3). */
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import { GzipFrame } from "./file";

/** Flags of optional parts. */
const enum Has {
  crc = 2,
  extra = 4,
  name = 8,
  comment = 16,
}

/** A file of which no more is known may reach back as far as deflate can. */
export const mostBits = 15;
/** The mark of a file that needs a smaller window, as all that our tools make: a subfield "WB" whose one byte is its bits. It has to be the only one. */
const enum Mark {
  id = 0x5742,
  size = 5,
}

/** Where compressed data lies, what becomes of it, and by what window. */
export interface Compressed {
  readonly from: number;
  readonly to: number;
  /** Bytes of the content. */
  readonly length: number;
  readonly bits: number;
}

/** Undefined where this is no gzip file. */
export function readGzip(source: ByteSource): Compressed | undefined {
  const to = source.byteLength - GzipFrame.tail;
  if (to < GzipFrame.head) return undefined;
  const head = new Uint8Array(Math.min(to, 128));
  Bytes.copy(source, 0, head.length, head, 0);
  const view = new DataView(head.buffer);
  if (view.getUint32(0) >>> 8 !== 0x1f8b08) return undefined;
  const flags = view.getUint8(3);
  let at: number = GzipFrame.head;
  let bits = mostBits;
  if (flags & Has.extra) {
    if (head.length < at + 2 + Mark.size) return undefined;
    const size = view.getUint16(at, true);
    const isMark = size === Mark.size && view.getUint16(at + 2) === Mark.id && view.getUint16(at + 4, true) === 1;
    if (isMark) bits = view.getUint8(at + 6);
    at += 2 + size;
  }
  for (const text of [Has.name, Has.comment]) {
    if (!(flags & text)) continue;
    while (at < head.length && head[at] !== 0) at++;
    at++;
  }
  if (flags & Has.crc) at += 2;
  if (at >= head.length || bits < 8 || bits > mostBits) return undefined;
  const tail = new Uint8Array(4);
  Bytes.copy(source, to + 4, to + 8, tail, 0);
  return { from: at, to, length: new DataView(tail.buffer).getUint32(0, true), bits };
}
