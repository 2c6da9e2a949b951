/** Inflates raw deflate data (RFC 1951) piece by piece: what it holds does not grow with the data. */
import Inflate from "inflate";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import type { Reader } from "./file";

/** Bytes given to the inflater at once. Each may become 1032, and what the reader did not ask for yet has to be kept. */
const step = 32;
/** A raw stream with the largest window. */
const rawWindow = -15;

export class InflateReader implements Reader {
  private readonly source: ByteSource;
  private at: number;
  private readonly to: number;
  /** Bytes of content that are still to come. */
  private left: number;
  private inflate: Inflate | undefined;
  private readonly input = new Uint8Array(step);
  private ended = false;
  private readonly onClose: () => void;
  /** Where content goes: the reader's buffer, and when that is full a list. */
  private into: Uint8Array | undefined = undefined;
  private intoAt = 0;
  private intoEnd = 0;
  private readonly kept: ArrayBuffer[] = [];
  /** What of the first kept buffer was read. */
  private keptAt = 0;

  /** Reads `[from, to)` of `source`, which must become exactly `length` bytes. `onClose` is called once, by {@link close}. */
  constructor(source: ByteSource, from: number, to: number, length: number, onClose: () => void) {
    this.source = source;
    this.at = from;
    this.to = to;
    this.left = length;
    this.onClose = onClose;
    const inflate = new Inflate({ windowBits: rawWindow });
    inflate.onData = (data) => this.take(data);
    inflate.onEnd = () => {
      this.ended = true;
    };
    this.inflate = inflate;
  }

  read(into: Uint8Array, from: number, to: number): number {
    this.into = into;
    this.intoAt = from;
    this.intoEnd = to;
    this.takeKept();
    while (this.intoAt < to && !this.ended) this.push();
    this.into = undefined;
    if (this.ended && this.left > 0) throw new Error("a member of an archive is shorter than it should be");
    return this.intoAt - from;
  }

  private push(): void {
    const inflate = this.inflate;
    const from = this.at;
    const to = Math.min(from + step, this.to);
    if (from === to || !inflate) throw new Error("a member of an archive has no end");
    Bytes.copy(this.source, from, to, this.input, 0);
    this.at = to;
    inflate.push(to - from === step ? this.input : this.input.subarray(0, to - from));
  }

  private take(data: ArrayBuffer): void {
    const length = data.byteLength;
    this.left -= length;
    if (this.left < 0) throw new Error("a member of an archive is longer than it should be");
    const count = Math.min(length, this.intoEnd - this.intoAt);
    this.intoAt = Bytes.copy(data, 0, count, this.into as Uint8Array, this.intoAt);
    if (count === length) return;
    if (this.kept.length === 0) this.keptAt = count;
    this.kept.push(data);
  }

  private takeKept(): void {
    const kept = this.kept;
    let used = 0;
    for (; used < kept.length && this.intoAt < this.intoEnd; used++) {
      const data = kept[used] as ArrayBuffer;
      const count = Math.min(data.byteLength - this.keptAt, this.intoEnd - this.intoAt);
      this.intoAt = Bytes.copy(data, this.keptAt, this.keptAt + count, this.into as Uint8Array, this.intoAt);
      this.keptAt += count;
      if (this.keptAt < data.byteLength) break;
      this.keptAt = 0;
    }
    if (used > 0) kept.splice(0, used);
  }

  close(): void {
    const inflate = this.inflate;
    if (!inflate) return;
    this.inflate = undefined;
    inflate.close();
    this.onClose();
  }
}
