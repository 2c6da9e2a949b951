/** Signatures of images: ECDSA over the curve P-256 with SHA-256 (FIPS 186-5), checked by the chip's own library. */
import type { ByteSource } from "./bytes";

export class Signature {
  /**
   * True if `signature` (r and s, 32 bytes each) was made over `hash` (32 bytes) with the private key that belongs to `point` (SEC1 §2.3.3, uncompressed:
   * 65 bytes). False for anything else, be it of another length, a point that is not on the curve, or numbers outside of their range.
   * The call blocks, on a chip for a tenth of a second or more. Throws Error("no memory") where the native heap is too full to tell.
   */
  static isValid(point: ByteSource, hash: ByteSource, signature: ByteSource): boolean {
    return native("lws_signature_isValid").call(this, point, hash, signature);
  }
}
