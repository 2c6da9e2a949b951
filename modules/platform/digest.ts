/** Hashes by the chip's own unit or library, and what is made of them for passwords. */
import type { ByteSource } from "./bytes";

export class Digest extends Native("lws_digest_destructor") {
  constructor(algorithm: "SHA-1" | "SHA-256") {
    super();
    native("lws_digest").call(this, algorithm);
  }
  write(source: ByteSource, from: number, to: number): void {
    native("lws_digest_write").call(this, source, from, to);
  }
  /** The hash; the object can't be used after. */
  close(): ArrayBuffer {
    return native("lws_digest_close").call(this);
  }
  /**
   * PBKDF2 with HMAC-SHA-256 (RFC 8018 §5.2): the first `length` bytes (1 to 64) of the key after `iterations` (1 to 1,000,000). The call
   * blocks: a chip needs about 25 ms for a thousand. Throws RangeError.
   */
  static pbkdf2(password: ByteSource, salt: ByteSource, iterations: number, length: number): ArrayBuffer {
    return native("lws_digest_pbkdf2").call(this, password, salt, iterations, length);
  }
  /** True if both are the same bytes, in a time that depends on their lengths alone. */
  static equal(a: ByteSource, b: ByteSource): boolean {
    return native("lws_digest_equal").call(this, a, b);
  }
}
