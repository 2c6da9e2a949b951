/** Hashes by the chip's own unit or library. */
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
}
