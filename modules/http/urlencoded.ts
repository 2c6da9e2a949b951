/**
 * application/x-www-form-urlencoded as it streams in (WHATWG URL §5.1): any chunk boundary, values of any size, constant memory. Bytes
 * are decoded in place: what is behind an escape is never longer than the escape.
 */
import { LwsError } from "lws/core/errors";
import { ByteSet, Bytes } from "lws/platform/bytes";
import type { PartHandler } from "./multipart";

/** Longest name, in bytes after decoding. */
const nameLimit = 31;

const enum Char {
  space = 32,
  percent = 37,
  ampersand = 38,
  plus = 43,
}

/** What of an escape is still to come. */
const enum Escape {
  none,
  low,
  high,
}

export class Urlencoded {
  private handler: PartHandler;
  private name = new Uint8Array(nameLimit);
  private nameLength = 0;
  private inValue = false;
  private escape = Escape.none;
  /** First digit of an escape that goes on. */
  private digit = 0;

  constructor(handler: PartHandler) {
    this.handler = handler;
  }

  /** Takes a piece of the body, whose bytes are changed. Throws BAD_REQUEST for an escape that is none and for a name that is too long. */
  write(buffer: Uint8Array, from: number, to: number): void {
    let at = from;
    let start = from;
    let end = from;
    while (at < to) {
      if (this.escape !== Escape.none) {
        end = this.unescape(buffer, at++, end);
        continue;
      }
      const special = Bytes.span(buffer, at, to, ByteSet.form);
      end = special > at && end < at ? Bytes.copy(buffer, at, special, buffer, end) : end + special - at;
      if (special === to) break;
      at = special + 1;
      const c = buffer[special] as number;
      if (c === Char.percent) this.escape = Escape.high;
      else if (c === Char.plus) buffer[end++] = Char.space;
      else if (c !== Char.ampersand && this.inValue) buffer[end++] = c;
      else {
        this.flush(buffer, start, end);
        if (c === Char.ampersand) this.endPair();
        else this.beginValue();
        start = end = at;
      }
    }
    this.flush(buffer, start, end);
  }

  /** The request body is over. Throws BAD_REQUEST for an escape that was cut off. */
  end(): void {
    if (this.escape !== Escape.none) throw new LwsError("BAD_REQUEST", "an escape of the form");
    this.endPair();
  }

  /** Takes the digit at `at` and returns where the next byte goes. */
  private unescape(buffer: Uint8Array, at: number, end: number): number {
    if (Bytes.span(buffer, at, at + 1, ByteSet.hex) === at) throw new LwsError("BAD_REQUEST", "an escape of the form");
    const c = buffer[at] as number;
    const digit = c < 0x40 ? c - 0x30 : (c & 0x0f) + 9;
    if (this.escape === Escape.high) {
      this.digit = digit;
      this.escape = Escape.low;
      return end;
    }
    this.escape = Escape.none;
    buffer[end] = (this.digit << 4) | digit;
    return end + 1;
  }

  private flush(buffer: Uint8Array, from: number, to: number): void {
    if (to <= from) return;
    if (this.inValue) {
      this.handler.onPartData(buffer, from, to);
      return;
    }
    const length = this.nameLength + to - from;
    if (length > nameLimit) throw new LwsError("BAD_REQUEST", "a name of the form is too long");
    Bytes.copy(buffer, from, to, this.name, this.nameLength);
    this.nameLength = length;
  }

  private beginValue(): void {
    const name = Bytes.text(this.name, 0, this.nameLength);
    if (name === undefined) throw new LwsError("BAD_REQUEST", "a name of the form");
    this.nameLength = 0;
    this.inValue = true;
    this.handler.onPart(name, undefined);
  }

  /** A pair may be a name alone, or nothing at all. */
  private endPair(): void {
    if (!this.inValue && this.nameLength === 0) return;
    if (!this.inValue) this.beginValue();
    this.inValue = false;
    this.handler.onPartEnd();
  }
}
