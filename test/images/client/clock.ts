/** `GET /time` answers with the wall clock; `GET /time/on` and `/time/off` say that the network has come or gone. */
import type { Sntp } from "lws/client/sntp";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyJSON, transaction } from "lws/http/transaction";

export class Clock extends Protocol {
  static readonly protocol = "clock";

  constructor(
    vhost: Vhost,
    options: Options,
    private readonly sntp: Sntp,
  ) {
    super(vhost, options);
  }

  override onRequest(wsi: Wsi): void {
    const { path } = transaction(wsi);
    if (path === "/time/on" || path === "/time/off") this.sntp.update(path === "/time/on");
    replyJSON(wsi, 200, JSON.stringify({ time: Date.now() }));
  }
}

export function clock(sntp: Sntp): ProtocolClass {
  return class extends Clock {
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, sntp);
    }
  };
}
