/** Answers after the milliseconds that its path ends in; `/slow/late` fails within a response. A WebSocket is sent back what it sends. */
import { log } from "lws/core/log";
import { Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { begin, reply, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";

export class Slow extends Protocol {
  static readonly protocol = "slow";

  override onRequest(wsi: Wsi): void {
    const what = transaction(wsi).path.slice("/slow/".length);
    if (what === "late") begin(wsi, 200, "text/plain", 10);
    else wsi.setTimer(Number(what));
  }
  override onTimer(wsi: Wsi): void {
    reply(wsi, 200, "text/plain", `${this.vhost.name}\n`);
  }
  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    wsi.pss = Bytes.text(buffer, from, to);
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    if (wsi.role.name === "h1") {
      if (transaction(wsi).status !== 200) return;
      if (wsi.pss) throw new Error("thrown on purpose");
      wsi.pss = "begun";
      wsi.write("hello", Write.body | Write.more);
      wsi.callbackOnWritable();
      return;
    }
    const text = wsi.pss as string | undefined;
    wsi.pss = undefined;
    if (text !== undefined) wsi.write(text);
  }
  override destroy(): void {
    log.notice("slow", `${this.vhost.name} ends with ${this.vhost.bound} connections`);
  }
}
