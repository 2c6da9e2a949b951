/**
 * Native helpers over byte ranges: what a loop in byte code would do a hundred times slower and with garbage.
 * One C file, `bytes.c`, serves every place. No call keeps a reference; every range is `[from, to)` in bytes and is
 * checked: a range outside the buffer throws RangeError.
 */

/** What a native reads from: a buffer in the heap, a view of one, or bytes in flash. */
export type ByteSource = ArrayBuffer | Uint8Array | HostBuffer;

/** Sets of bytes for {@link Bytes.span}; the values index a table in `bytes.c`. */
export const enum ByteSet {
  /** RFC 9110 §5.6.2 tchar. */
  token = 1,
  /** RFC 9110 §5.5 field content: HTAB, SP, VCHAR, obs-text. */
  field = 2,
  /** RFC 3986: what may stand in a request target (VCHAR but `"#<>\\^`{|}`), percent signs included. */
  target = 4,
  /** 0-9 */
  digit = 8,
  /** 0-9 a-f A-F */
  hex = 16,
  /** SP and HTAB: the optional white space around a field value. */
  blank = 32,
}

/** Results of {@link Bytes.field} that are no line. */
export const enum Field {
  /** The line has no LF yet. */
  unfinished = -1,
  malformed = -2,
}

export class Bytes {
  /** Index of the first byte in `[from, to)` that is not in `set` (a {@link ByteSet} value), or `to`. */
  static span(source: ByteSource, from: number, to: number, set: number): number {
    return native("lws_bytes_span").call(this, source, from, to, set);
  }
  /**
   * Scans one header line (RFC 9112 §5): token, colon, field content, CRLF. Returns 65536 times the index of its LF, plus 16 times the
   * length of its name (0 for the empty line that ends the section), plus the position, from 1 on, of its name in `names` (up to 15 in lower case, each
   * but the last followed by one space; 0 if it is not there). {@link Field} has the other results. A line has less than 4096 bytes, and lies
   * in the first 32 kB of its buffer.
   */
  static field(source: ByteSource, from: number, to: number, names: string): number {
    return native("lws_bytes_field").call(this, source, from, to, names);
  }
  /** Index where `text` (ASCII, compared without case) first stands in `[from, to)`, or -1. */
  static find(source: ByteSource, from: number, to: number, text: string): number {
    return native("lws_bytes_find").call(this, source, from, to, text);
  }
  /** True if `[from, to)` is `text` (ASCII, compared without case). */
  static equals(source: ByteSource, from: number, to: number, text: string): boolean {
    return native("lws_bytes_equals").call(this, source, from, to, text);
  }
  /** The range as a string, or undefined where it is not well-formed UTF-8 (RFC 3629) or holds a NUL. */
  static text(source: ByteSource, from: number, to: number): string | undefined {
    return native("lws_bytes_text").call(this, source, from, to);
  }
  /** The range as a string of one character a byte (ISO 8859-1), for header values; a NUL becomes U+0000. */
  static latin1(source: ByteSource, from: number, to: number): string {
    return native("lws_bytes_latin1").call(this, source, from, to);
  }
  /** Writes `text` as UTF-8 at `at`; returns the index after it, or -1 (and nothing written) if it does not fit. */
  static put(text: string, into: ArrayBuffer | Uint8Array, at: number): number {
    return native("lws_bytes_put").call(this, text, into, at);
  }
  /** Bytes that `text` takes as UTF-8. */
  static size(text: string): number {
    return native("lws_bytes_size").call(this, text);
  }
  /** Copies `[from, to)` of `source` to `at` in `into`; overlapping ranges are allowed. Returns the index after it. */
  static copy(source: ByteSource, from: number, to: number, into: ArrayBuffer | Uint8Array, at: number): number {
    return native("lws_bytes_copy").call(this, source, from, to, into, at);
  }
  /**
   * RFC 6455 §5.3: XORs `[from, to)` in place with the four bytes of `key` (big-endian uint32 as signed int), starting with byte
   * `phase` of the key. Returns the phase for the byte that follows.
   */
  static mask(buffer: ArrayBuffer | Uint8Array, from: number, to: number, key: number, phase: number): number {
    return native("lws_bytes_mask").call(this, buffer, from, to, key, phase);
  }
  /**
   * Runs the UTF-8 decoder over a piece of a longer text. `state` is 0 at its start, then what the last call returned;
   * 0 means complete so far, a positive value that a character goes on, -1 that the text is malformed.
   */
  static utf8(source: ByteSource, from: number, to: number, state: number): number {
    return native("lws_bytes_utf8").call(this, source, from, to, state);
  }
}
