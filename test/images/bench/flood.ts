/**
 * Sends without end, a kilobyte at every writeable callback: a peer that reads nothing must stop it. `/flood/N` ends after N of them, and
 * `/flood/writes` tells how many have been written in all.
 */
import { Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { begin, replyJSON, transaction } from "lws/http/transaction";

const piece = new ArrayBuffer(1024);

export class Flood extends Protocol {
  static readonly protocol = "bench-flood";
  #writes = 0;

  /** The pss: how many pieces are left. */
  override open(): number {
    return Number.POSITIVE_INFINITY;
  }
  override onRequest(wsi: Wsi): void {
    const what = transaction(wsi).path.slice("/flood/".length);
    if (what === "writes") replyJSON(wsi, 200, `{"writes":${this.#writes}}`);
    else {
      if (what !== "") wsi.pss = Number(what);
      begin(wsi, 200, "application/octet-stream", -1);
    }
  }
  override onEstablished(wsi: Wsi): void {
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    const left = (wsi.pss as number) - 1;
    wsi.pss = left;
    this.#writes++;
    if (wsi.role.name === "ws") wsi.write(piece, Write.binary);
    else wsi.write(piece, left > 0 ? Write.body | Write.more : Write.body);
    if (left > 0) wsi.callbackOnWritable();
  }
}
