/** Reading in small pieces, so that every cut of what arrives is tried whatever TCP makes of it. */
import type { Transport } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import type { ByteSource } from "lws/platform/bytes";

export const enum Cuts {
  bytes,
  random,
}

/** Largest of the random pieces. */
const most = 24;

export class Cutter {
  /** Of a generator of Park and Miller, so that every run cuts alike. */
  private seed = 20260101;

  constructor(private readonly cuts: Cuts) {}

  /** Bytes that the next read may give. */
  next(): number {
    if (this.cuts === Cuts.bytes) return 1;
    this.seed = (this.seed * 16807) % 2147483647;
    return 1 + (this.seed % most);
  }
}

/** A transport that gives out less at a time than has arrived. */
export class CutTransport implements Transport {
  constructor(
    private readonly wsi: Wsi,
    private readonly inner: Transport,
    private readonly cutter: Cutter,
  ) {}
  read(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    const count = this.inner.read(into, from, Math.min(to, from + this.cutter.next()));
    if (this.inner.readable > 0) this.wsi.flags |= Flag.rx;
    return count;
  }
  write(source: ByteSource, from: number, to: number): number {
    return this.inner.write(source, from, to);
  }
  shutdown(): void {
    this.inner.shutdown();
  }
  close(): void {
    this.inner.close();
  }
  get readable(): number {
    return this.inner.readable;
  }
  get remoteAddress(): string {
    return this.inner.remoteAddress;
  }
  get localAddress(): string {
    return this.inner.localAddress;
  }
  get localPort(): number {
    return this.inner.localPort;
  }
}
