/** HTTP/1 over a transport that gives out less than has arrived, so that every cut of a request is tried whatever TCP makes of it. */
import type { Transport } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import type { ByteSource } from "lws/platform/bytes";
import { H1 } from "lws/roles/h1";

export const enum Cuts {
  none,
  bytes,
  random,
}

/** Largest of the random pieces. */
const most = 24;

class CutTransport implements Transport {
  constructor(
    private readonly wsi: Wsi,
    private readonly inner: Transport,
    private readonly role: CutH1,
  ) {}
  read(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    const count = this.inner.read(into, from, Math.min(to, from + this.role.nextPiece()));
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
}

export class CutH1 extends H1 {
  private readonly cuts: Cuts;
  /** Of a generator of Park and Miller, so that every run cuts alike. */
  private seed = 20260101;

  constructor(cuts: Cuts) {
    super({ headerBytes: 1024, transactions: 4 });
    this.cuts = cuts;
  }

  /** Bytes that the next read may give. */
  nextPiece(): number {
    if (this.cuts === Cuts.bytes) return 1;
    this.seed = (this.seed * 16807) % 2147483647;
    return 1 + (this.seed % most);
  }

  override onRx(wsi: Wsi): void {
    const { transport } = wsi;
    if (this.cuts !== Cuts.none && transport && !(transport instanceof CutTransport)) {
      wsi.transport = new CutTransport(wsi, transport, this);
    }
    super.onRx(wsi);
  }
}
