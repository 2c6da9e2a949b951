/** Takes a form with files of any size and answers with the bytes of its parts together; none of them is kept. */
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Multipart, type PartHandler } from "lws/http/multipart";
import { replyJSON, transaction } from "lws/http/transaction";
import type { ByteSource } from "lws/platform/bytes";

class Count implements PartHandler {
  form: Multipart | undefined;
  length = 0;

  onPart(): void {}
  onPartData(_source: ByteSource, from: number, to: number): void {
    this.length += to - from;
  }
  onPartEnd(): void {}
}

export class Upload extends Protocol {
  static readonly protocol = "bench-upload";

  override readonly bodyLimit = 64_000_000;
  override readonly methods = "POST";
  override open(): Count {
    return new Count();
  }
  override onRequest(wsi: Wsi): void {
    const count = wsi.pss as Count;
    count.form = new Multipart(transaction(wsi).header("content-type"), count);
  }
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    (wsi.pss as Count).form?.write(buffer, from, to);
  }
  override onBodyEnd(wsi: Wsi): void {
    const { form, length } = wsi.pss as Count;
    form?.end();
    replyJSON(wsi, 200, `{"length":${length}}`);
  }
}
