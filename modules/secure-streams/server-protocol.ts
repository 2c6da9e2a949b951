/** What answers the requests of a server type: hands them to the links of their connections. The pss is the link. */
import { Protocol } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { transaction } from "lws/http/transaction";
import type { AcceptedH1 } from "./accepted-h1";
import type { Doorman } from "./accepted-ws";

export class Serving extends Protocol {
  static readonly protocol = "stream";
  override readonly methods = "GET, HEAD, POST, PUT, PATCH, DELETE";

  constructor(
    vhost: Vhost,
    options: Readonly<Record<string, string>>,
    private readonly door: Doorman,
    override readonly bodyLimit: number,
    /** The connection is not the type's own: a stream is over with its request. */
    private readonly isGuest: boolean,
  ) {
    super(vhost, options);
  }

  override open(wsi: Wsi): AcceptedH1 {
    return this.door.linkOf(wsi);
  }
  override onRequest(wsi: Wsi): void {
    (wsi.pss as AcceptedH1).request(transaction(wsi));
  }
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    (wsi.pss as AcceptedH1).body(buffer, from, to);
  }
  override onBodyEnd(wsi: Wsi): void {
    (wsi.pss as AcceptedH1).bodyEnd();
  }
  override onWriteable(wsi: Wsi): void {
    (wsi.pss as AcceptedH1).send(transaction(wsi));
  }
  override onClosed(wsi: Wsi): void {
    const link = wsi.pss as AcceptedH1;
    link.over();
    if (this.isGuest) link.lost();
  }
}
