/** WebSocket over a transport that gives out less than has arrived. */
import type { Wsi } from "lws/core/wsi";
import type { WebSocketOptions } from "lws/roles/ws";
import { WebSocketRole } from "lws/roles/ws";
import type { ExtensionSession } from "lws/roles/ws-extension";
import type { Cuts } from "unit/cut-transport";
import { CutTransport, Cutter } from "unit/cut-transport";

export class CutRole extends WebSocketRole {
  private readonly cutter: Cutter;

  constructor(cuts: Cuts, options: WebSocketOptions) {
    super(options);
    this.cutter = new Cutter(cuts);
  }

  override start(wsi: Wsi, session?: ExtensionSession): void {
    if (wsi.transport) wsi.transport = new CutTransport(wsi, wsi.transport, this.cutter);
    super.start(wsi, session);
  }
}
