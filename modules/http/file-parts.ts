/** Bodies that are more than one run of bytes in flash: files in a gzip frame, several ranges, content that is made while it is sent. */
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import type { File, Reader } from "lws/vfs/file";
import { GzipFrame } from "lws/vfs/file";
import type { Parts, Transaction } from "./transaction";

/** Bytes `[at, to)` of a file as the client gets it. */
export class Span implements Parts {
  readonly file: File;
  protected at: number;
  protected to: number;

  constructor(file: File, from: number, to: number) {
    this.file = file;
    this.at = from;
    this.to = to;
  }

  next(http: Transaction): boolean {
    const { at, to } = this;
    const { source, member, length } = this.file;
    const frame = member?.frame;
    const from = member ? member.from : 0;
    if (at >= to) return false;
    // Where the bytes of the source begin and end in what the client gets.
    const start = frame ? GzipFrame.head : 0;
    const end = frame ? length - GzipFrame.tail : length;
    if (at >= start && at < end) {
      this.at = Math.min(to, end);
      http.setPiece(source, from + at - start, from + this.at - start);
    } else {
      this.at = at < start ? Math.min(to, start) : to;
      const shift = at < start ? 0 : end - start;
      http.setPiece(frame as Uint8Array, at - shift, this.at - shift);
    }
    return true;
  }

  close(): void {}
}

/** Several ranges in a multipart/byteranges body (RFC 9110 §14.6), each behind a header of its own. */
export class Ranges extends Span {
  readonly type: string;
  private readonly ranges: readonly number[];
  private readonly partType: string;
  private readonly boundary: string;
  private index = 0;

  /** `type` is the media type of the file, or "". */
  constructor(file: File, type: string, ranges: readonly number[]) {
    super(file, 0, 0);
    this.ranges = ranges;
    this.partType = type === "" ? "" : `Content-Type: ${type}\r\n`;
    const random = new Uint32Array(4);
    Chip.random(random.buffer, 0, random.byteLength);
    this.boundary = random.reduce((text, word) => text + word.toString(36), "lws-");
    this.type = `multipart/byteranges; boundary=${this.boundary}`;
  }

  /** Bytes of the whole body. */
  get length(): number {
    let length = 0;
    for (let i = 0; i <= this.ranges.length; i += 2) {
      length += this.delimiter(i).length + ((this.ranges[i + 1] ?? 0) - (this.ranges[i] ?? 0));
    }
    return length;
  }

  /** What stands before range `index`, or behind the last one. */
  private delimiter(index: number): string {
    const from = this.ranges[index];
    if (from === undefined) return `\r\n--${this.boundary}--\r\n`;
    const last = (this.ranges[index + 1] as number) - 1;
    const range = `Content-Range: bytes ${from}-${last}/${this.file.length}\r\n`;
    return `${index > 0 ? "\r\n" : ""}--${this.boundary}\r\n${this.partType}${range}\r\n`;
  }

  override next(http: Transaction): boolean {
    if (super.next(http)) return true;
    const { index, ranges } = this;
    if (index > ranges.length) return false;
    const text = this.delimiter(index);
    const bytes = new Uint8Array(text.length);
    Bytes.put(text, bytes, 0);
    http.setPiece(bytes, 0, bytes.length);
    this.at = ranges[index] ?? 0;
    this.to = ranges[index + 1] ?? 0;
    this.index = index + 2;
    return true;
  }
}

/** Bytes that are made at once. */
const pieceLength = 1024;

/** Content that a reader makes. */
export class Made implements Parts {
  private readonly reader: Reader;
  private readonly buffer = new Uint8Array(pieceLength);

  constructor(reader: Reader) {
    this.reader = reader;
  }

  next(http: Transaction): boolean {
    const { buffer } = this;
    const length = this.reader.read(buffer, 0, buffer.length);
    http.setPiece(buffer, 0, length);
    return length > 0;
  }

  close(): void {
    this.reader.close();
  }
}
