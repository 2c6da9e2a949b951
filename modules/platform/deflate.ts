/**
 * DEFLATE (RFC 1951) in both directions, as streams that may be cut anywhere; with the end that RFC 7692 gives to a message. One C file
 * for each direction serves every place. The SDK's own takes 43 kB to inflate, and more than the whole native heap to deflate.
 */
import type { ByteSource } from "./bytes";

/** Decompresses. Takes 1.3 kB of native heap, and the window. */
export class Inflate extends Native("lws_deflate_destructor") {
  /** The window has `2 ** bits` bytes, `bits` being 8 to 15. Throws Error("no memory"). */
  constructor(bits: number) {
    super();
    native("lws_inflate").call(this, bits);
  }
  /**
   * Decompresses `[from, to)` into `[at, end)`, which has 258 to 65535 bytes. Returns 65536 times the number of bytes read, plus that of bytes
   * written; -1 where the data is malformed. All is written when all is read.
   */
  read(source: ByteSource, from: number, to: number, into: ArrayBuffer | Uint8Array, at: number, end: number): number {
    return native("lws_inflate_read").call(this, source, from, to, into, at, end);
  }
  /** A message ends here (RFC 7692 §7.2.2). False where its data is cut off. */
  finish(): boolean {
    return native("lws_inflate_finish").call(this);
  }
  /** Forgets the window. */
  reset(): void {
    native("lws_inflate_reset").call(this);
  }
  /** Gives the memory back. Idempotent. */
  close(): void {
    native("lws_deflate_close").call(this);
  }
}

/** Compresses. Takes half a kilobyte of native heap, and twice the window. */
export class Deflate extends Native("lws_deflate_destructor") {
  /** The window has `2 ** bits` bytes, `bits` being 8 to 14. Throws Error("no memory"). */
  constructor(bits: number) {
    super();
    native("lws_deflate").call(this, bits);
  }
  /**
   * Compresses `[from, to)` into `[at, end)`, which has 16 to 65535 bytes. Returns 65536 times the number of bytes read, plus that of bytes
   * written. If `isLast`, and all is read, the message ends with it (RFC 7692 §7.2.1).
   */
  write(
    source: ByteSource,
    from: number,
    to: number,
    into: ArrayBuffer | Uint8Array,
    at: number,
    end: number,
    isLast: boolean,
  ): number {
    return native("lws_deflate_write").call(this, source, from, to, into, at, end, isLast);
  }
  /** Forgets the window, and uses only `2 ** bits` bytes of it from now on. */
  reset(bits: number): void {
    native("lws_deflate_reset").call(this, bits);
  }
  /** Gives the memory back. Idempotent. */
  close(): void {
    native("lws_deflate_close").call(this);
  }
}
