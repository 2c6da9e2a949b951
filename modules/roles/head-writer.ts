/** Builds a head in the context's buffer and sends it, in as few writes as its length allows. */
import type { Wsi } from "lws/core/wsi";
import type { LineSink } from "lws/http/relay";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";

export class HeadWriter implements LineSink {
  private readonly wsi: Wsi;
  private readonly tx: Uint8Array;
  private at = 0;

  /** Writes to `wsi`, which is in a writeable callback. */
  constructor(wsi: Wsi) {
    this.wsi = wsi;
    this.tx = wsi.vhost.context.tx;
  }

  text(lines: string): void {
    let to = Bytes.put(lines, this.tx, this.at);
    if (to < 0) {
      this.flush();
      to = Bytes.put(lines, this.tx, 0);
    }
    if (to >= 0) this.at = to;
    else {
      const long = new ArrayBuffer(Bytes.size(lines));
      this.wsi.send(long, 0, Bytes.put(lines, long, 0));
    }
  }

  bytes(source: ByteSource, from: number, to: number): void {
    if (to - from > this.tx.length - this.at) this.flush();
    if (to - from > this.tx.length) this.wsi.send(source, from, to);
    else this.at = Bytes.copy(source, from, to, this.tx, this.at);
  }

  /** Sends what is there. */
  flush(): void {
    const { at } = this;
    this.at = 0;
    if (at > 0) this.wsi.send(this.tx, 0, at);
  }
}
