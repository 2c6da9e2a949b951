/** The way back from the application to the setup image: a POST restarts into it. */
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyJSON } from "lws/http/transaction";
import { Boot } from "lws/platform/flash";
import type { Restart } from "lws/system/restart";

class EsplwsRtf extends Protocol {
  private readonly restart: Restart;

  constructor(vhost: Vhost, options: Options, restart: Restart) {
    super(vhost, options);
    this.restart = restart;
  }

  override readonly methods = "POST";

  override readonly bodyLimit = 1024;

  override onBodyEnd(wsi: Wsi): void {
    // Whoever has come as far as this has seen the image work: that it is left is no failure of it.
    if (Boot.pending) Boot.confirm();
    this.restart.toFactory();
    replyJSON(wsi, 200, '{"ok":"1","text":"the device restarts into its setup page"}');
  }
}

/** The protocol "esplws-rtf" for this unit. */
export function esplwsRtf(restart: Restart): ProtocolClass {
  return class extends EsplwsRtf {
    static readonly protocol = "esplws-rtf";
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, restart);
    }
  };
}
