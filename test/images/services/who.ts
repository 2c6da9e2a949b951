/** Says who the user is, to a request and over a WebSocket, and how often it was asked. */
import { Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { reply, transaction } from "lws/http/transaction";

export class Who extends Protocol {
  static readonly protocol = "who";
  private asked = 0;

  override readonly methods = "GET, HEAD, POST";
  override open(wsi: Wsi): string {
    this.asked++;
    const http = transaction(wsi);
    return JSON.stringify({ user: http.user, asked: this.asked, authorization: http.header("authorization") });
  }
  override onRequest(wsi: Wsi): void {
    if (transaction(wsi).method !== "POST") reply(wsi, 200, "application/json", wsi.pss as string);
  }
  override onBodyEnd(wsi: Wsi): void {
    reply(wsi, 200, "application/json", wsi.pss as string);
  }
  override onEstablished(wsi: Wsi): void {
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    if (wsi.pss === undefined) return;
    wsi.write(wsi.pss as string, Write.text);
    wsi.pss = undefined;
  }
}
