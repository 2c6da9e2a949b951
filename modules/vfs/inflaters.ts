/** Files that are inflated while they are sent, a few at a time: each takes 1.3 kB of native memory, and the window that it was made with. */
import type { ByteSource } from "lws/platform/bytes";
import type { Reader } from "./file";
import type { Compressed } from "./gzip";
import { InflateReader } from "./inflate-reader";

export class Inflaters {
  private inUse = 0;

  /** `most` files at the same time; a client beyond is told to come again. */
  constructor(private readonly most = 1) {}

  /** Begins to inflate; undefined while too much of that goes on, or there is no memory for it. */
  begin(source: ByteSource, { from, to, length, bits }: Compressed): Reader | undefined {
    if (this.inUse >= this.most) return undefined;
    try {
      const reader = new InflateReader(source, from, to, length, bits, () => {
        this.inUse--;
      });
      this.inUse++;
      return reader;
    } catch (error) {
      if ((error as Error).message === "no memory") return undefined;
      throw error;
    }
  }
}
