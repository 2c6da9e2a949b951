/** Sends without end, a kilobyte at every writeable callback: a peer that reads nothing must stop it. */
import { Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { begin } from "lws/http/transaction";

const piece = new ArrayBuffer(1024);

export class Flood extends Protocol {
  static readonly protocol = "bench-flood";

  override onRequest(wsi: Wsi): void {
    begin(wsi, 200, "application/octet-stream", -1);
  }
  override onEstablished(wsi: Wsi): void {
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    wsi.write(piece, wsi.role.name === "ws" ? Write.binary : Write.body | Write.more);
    wsi.callbackOnWritable();
  }
}
