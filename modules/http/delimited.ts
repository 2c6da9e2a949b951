/**
 * What stands between the delimiters of a multipart body (RFC 2046 §5.1.1), as it streams in: any chunk boundary, constant memory. What looks like a delimiter and is none is
 * handed on.
 */
import { LwsError } from "lws/core/errors";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";

export abstract class Delimited {
  private readonly delimiter: Uint8Array;
  /** Bytes of the delimiter that the end of the last piece matched. The body's start counts as a line's start. */
  private matched = 2;

  /** Throws MEDIA_TYPE for a boundary that is no ASCII. */
  constructor(boundary: string) {
    const text = `\r\n--${boundary}`;
    this.delimiter = new Uint8Array(text.length);
    if (Bytes.put(text, this.delimiter, 0) !== text.length) throw new LwsError("MEDIA_TYPE");
  }

  /** Up to the next delimiter, and with it: returns where that ends, or `to`. A boundary holds no CR, so a broken match can only begin anew at the byte that broke it. */
  protected scan(buffer: Uint8Array, from: number, to: number): number {
    const { delimiter } = this;
    let at = from;
    while (at < to) {
      const { matched } = this;
      if (matched === 0) {
        const cr = Bytes.find(buffer, at, to, "\r");
        this.emit(buffer, at, cr < 0 ? to : cr);
        if (cr < 0) return to;
        this.matched = 1;
        at = cr + 1;
      } else if (buffer[at] === delimiter[matched]) {
        at++;
        if (++this.matched === delimiter.length) {
          this.matched = 0;
          this.delimited();
          return at;
        }
      } else {
        this.emit(delimiter, 0, matched);
        this.matched = 0;
      }
    }
    return at;
  }

  /** A piece of what stands between two delimiters, perhaps empty. */
  protected abstract emit(source: ByteSource, from: number, to: number): void;
  /** A delimiter is complete. */
  protected abstract delimited(): void;
}
