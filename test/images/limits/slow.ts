/** Answers after the milliseconds that its path ends in; a WebSocket is sent back what it sends. */
import { log } from "lws/core/log";
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { reply, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";

export class Slow extends Protocol {
  static readonly protocol = "slow";

  override onRequest(wsi: Wsi): void {
    wsi.setTimer(Number(transaction(wsi).path.slice("/slow/".length)));
  }
  override onTimer(wsi: Wsi): void {
    reply(wsi, 200, "text/plain", `${this.vhost.name}\n`);
  }
  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    wsi.pss = Bytes.text(buffer, from, to);
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    const text = wsi.pss as string | undefined;
    wsi.pss = undefined;
    if (text !== undefined) wsi.write(text);
  }
  override destroy(): void {
    log.notice("slow", `${this.vhost.name} ends with ${this.vhost.bound} connections`);
  }
}
