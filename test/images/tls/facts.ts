/** Tells what TLS has agreed on, and who is there. */
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { replyJSON } from "lws/http/transaction";
import { sessionOf } from "lws/roles/tls-transport";

export class Facts extends Protocol {
  static readonly protocol = "facts";

  override onRequest(wsi: Wsi): void {
    const session = sessionOf(wsi);
    const { version, cipher, alpn, resumed, peer } = session ?? {};
    replyJSON(wsi, 200, JSON.stringify({ vhost: wsi.vhost.name, version, cipher, alpn, resumed, peer }));
  }
}
