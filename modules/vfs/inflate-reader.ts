/** Inflates raw deflate data (RFC 1951) piece by piece: what it holds does not grow with the data. */
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import { Inflate } from "lws/platform/deflate";
import type { Reader } from "./file";

/** The longest match: with less room the inflater does nothing. */
const leastRoom = 258;

export class InflateReader implements Reader {
  private readonly inflate: Inflate;
  /** For readers with less room than that, and what they have not taken of it yet. */
  private rest: Uint8Array | undefined = undefined;
  private restAt = 0;
  private restTo = 0;
  private isOpen = true;

  /**
   * Reads `[at, to)` of `source`, which must become exactly `left` bytes by a window of `2 ** bits` bytes. `onClose` is called once, by {@link close}. Throws
   * Error("no memory").
   */
  constructor(
    private readonly source: ByteSource,
    private at: number,
    private readonly to: number,
    private left: number,
    bits: number,
    private readonly onClose: () => void,
  ) {
    this.inflate = new Inflate(bits);
  }

  read(into: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to) {
      if (this.restAt < this.restTo) {
        const end = Math.min(this.restTo, this.restAt + to - at);
        at = Bytes.copy(this.rest as Uint8Array, this.restAt, end, into, at);
        this.restAt = end;
      } else if (this.left === 0 && this.at === this.to) break;
      else if (to - at >= leastRoom) at += this.step(into, at, to);
      else {
        this.rest ??= new Uint8Array(leastRoom);
        this.restAt = 0;
        this.restTo = this.step(this.rest, 0, leastRoom);
      }
    }
    return at - from;
  }

  /** How many bytes were written. */
  private step(into: Uint8Array, from: number, to: number): number {
    const result = this.inflate.read(this.source, this.at, this.to, into, from, Math.min(to, from + 65535));
    if (result < 0) throw new Error("a compressed file is malformed");
    const made = result % 65536;
    this.at += Math.floor(result / 65536);
    this.left -= made;
    if (this.left < 0) throw new Error("a compressed file is longer than it should be");
    if (this.left > 0 && made === 0 && this.at === this.to)
      throw new Error("a compressed file is shorter than it should be");
    return made;
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.inflate.close();
    this.onClose();
  }
}
