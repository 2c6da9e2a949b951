/** Answers with what was understood of a request. */
import { LwsError } from "lws/core/errors";
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { reply, replyJSON, transaction } from "lws/http/transaction";

class Tally {
  length = 0;
  sum = 0;
}

export class Report extends Protocol {
  static readonly protocol = "report";

  override readonly bodyLimit = 1000;
  override readonly methods = "GET, HEAD, POST, PUT, PATCH, DELETE";

  override open(): Tally {
    return new Tally();
  }
  override onRequest(wsi: Wsi): void {
    const { method, path } = transaction(wsi);
    if (path === "/echo/throw") throw new Error("thrown on purpose");
    if (path === "/echo/refuse") throw new LwsError("MEDIA_TYPE");
    if (method === "GET" || method === "HEAD") this.answer(wsi);
  }
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    const tally = wsi.pss as Tally;
    if (transaction(wsi).path === "/echo/throw-body") throw new Error("thrown on purpose");
    tally.length += to - from;
    for (let at = from; at < to; at++) tally.sum = (tally.sum + (buffer[at] as number)) | 0;
  }
  override onBodyEnd(wsi: Wsi): void {
    if (transaction(wsi).status === 0) this.answer(wsi);
  }

  private answer(wsi: Wsi): void {
    const { method, path, query, host, minor } = transaction(wsi);
    const { length, sum } = wsi.pss as Tally;
    const x = transaction(wsi).header("x");
    const vhost = this.vhost.name;
    replyJSON(wsi, 200, JSON.stringify({ vhost, method, path, query, host, version: `1.${minor}`, length, sum, x }));
  }
}

/** Answers before the body has come. */
export class Early extends Protocol {
  static readonly protocol = "early";

  override readonly methods = "GET, POST";
  override onRequest(wsi: Wsi): void {
    reply(wsi, 200, "text/plain", "early\n");
  }
}
