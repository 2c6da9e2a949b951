/** Takes any body and throws it away: what an upload is compared with. */
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { replyJSON } from "lws/http/transaction";

export class Sink extends Protocol {
  static readonly protocol = "sink";

  override readonly methods = "PUT";
  override readonly bodyLimit = 0x7fffffff;

  override onBody(): void {}

  override onBodyEnd(wsi: Wsi): void {
    replyJSON(wsi, 200, '{"ok":"1"}');
  }
}
