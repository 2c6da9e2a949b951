/** Takes any body and answers with how many bytes it was and their sum, so that a test sees every one arrived. */
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { replyJSON } from "lws/http/transaction";

class Tally {
  length = 0;
  sum = 0;
}

export class Sink extends Protocol {
  static readonly protocol: string = "sink";

  override readonly bodyLimit: number = 64_000_000;
  override readonly methods = "POST, PUT";
  override open(): Tally {
    return new Tally();
  }
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    const tally = wsi.pss as Tally;
    tally.length += to - from;
    for (let at = from; at < to; at++) tally.sum = (tally.sum + (buffer[at] as number)) | 0;
  }
  override onBodyEnd(wsi: Wsi): void {
    const { length, sum } = wsi.pss as Tally;
    replyJSON(wsi, 200, `{"length":${length},"sum":${sum}}`);
  }
}
