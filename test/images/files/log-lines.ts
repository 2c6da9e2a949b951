/** Shows the lines that the access log of its vhost keeps. */
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { HttpVhost } from "lws/http/http-vhost";
import { replyJSON } from "lws/http/transaction";

export class LogLines extends Protocol {
  static readonly protocol = "log-lines";

  override onRequest(wsi: Wsi): void {
    const log = (wsi.vhost as HttpVhost).accessLog;
    const lines = Array.from({ length: log?.length ?? 0 }, (_, i) => log?.line(i));
    replyJSON(wsi, 200, JSON.stringify({ count: log?.count, lines }));
  }
}
