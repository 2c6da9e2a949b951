/** Files that are inflated while they are sent, a few at a time: each takes about 43 kB of native memory. */
import type { ByteSource } from "lws/platform/bytes";
import type { Reader } from "./file";
import { InflateReader } from "./inflate-reader";

export class Inflaters {
  private inUse = 0;

  /** `most` files at the same time; a client beyond is told to come again. */
  constructor(private readonly most = 1) {}

  /** Begins to inflate `[from, to)` of `source`, which becomes `length` bytes; undefined while too much of that goes on. */
  begin(source: ByteSource, from: number, to: number, length: number): Reader | undefined {
    if (this.inUse >= this.most) return undefined;
    const reader = new InflateReader(source, from, to, length, () => {
      this.inUse--;
    });
    this.inUse++;
    return reader;
  }
}
