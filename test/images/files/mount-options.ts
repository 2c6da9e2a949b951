/** Shows the options of the mount that a request came through. */
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { replyJSON, transaction } from "lws/http/transaction";

export class MountOptions extends Protocol {
  static readonly protocol = "mount-options";
  override readonly bodyLimit = 20;
  override readonly methods = "GET, HEAD, POST";

  override onRequest(wsi: Wsi): void {
    if (transaction(wsi).method !== "POST") this.onBodyEnd(wsi);
  }
  override onBodyEnd(wsi: Wsi): void {
    replyJSON(wsi, 200, JSON.stringify(transaction(wsi).mount?.pmo));
  }
}
