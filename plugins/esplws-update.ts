/**
 * Updates as the body of a PUT, which can be resumed: `Upload-Id` names the upload, `Content-Range` (RFC 9110 §14.4) says which part of it the body is. A GET
 * tells how far it is, a DELETE ends it.
 */
import { statusOf } from "lws/core/error-status";
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyFailure } from "lws/http/login";
import { replyJSON, type Transaction, transaction } from "lws/http/transaction";
import type { Setup } from "lws/system/setup";
import type { Feeder } from "lws/system/update";
import { INSTALLED } from "./esplws-ota";

/** One request. */
class Upload implements Feeder {
  /** Nobody waits for an answer. */
  isOver = false;

  constructor(private readonly wsi: Wsi) {}

  onUpdateEnd(error: LwsError | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    if (error) replyFailure(this.wsi, error);
    else replyJSON(this.wsi, 200, INSTALLED);
  }
}

/** Where a body belongs: what the upload has before it, and in all. */
function placeOf(http: Transaction): { from: number; length: number } {
  const { contentLength } = http;
  if (contentLength < 0) throw new LwsError("LENGTH_REQUIRED");
  const text = http.header("content-range");
  if (text === undefined) return { from: 0, length: contentLength };
  const match = /^bytes (\d{1,9})-(\d{1,9})\/(\d{1,9})$/.exec(text);
  const [from, last, length] = match ? match.slice(1).map(Number) : [];
  if (from === undefined || last === undefined || length === undefined || last >= length)
    throw new LwsError("BAD_REQUEST", "Content-Range");
  if (last - from + 1 !== contentLength) throw new LwsError("BAD_REQUEST", "the body is not what Content-Range says");
  return { from, length };
}

class EsplwsUpdate extends Protocol {
  private readonly setup: Setup;

  constructor(vhost: Vhost, options: Options, setup: Setup) {
    super(vhost, options);
    this.setup = setup;
  }

  override readonly methods = "GET, HEAD, PUT, DELETE";

  /** What is too large for the slot is answered here, with a reason that the page can show. */
  override readonly bodyLimit = 0x7fffffff;

  override open(wsi: Wsi): Upload {
    return new Upload(wsi);
  }

  override onRequest(wsi: Wsi): void {
    const http = transaction(wsi);
    if (http.method === "PUT") {
      try {
        this.begin(wsi.pss as Upload, http);
      } catch (error) {
        this.fail(wsi, error);
      }
      return;
    }
    if (http.method === "DELETE") this.setup.cancelUpdate();
    replyJSON(wsi, 200, `{${this.facts()}}`);
  }

  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    try {
      this.setup.update.write(buffer, from, to);
    } catch (error) {
      this.fail(wsi, error);
    }
  }

  /** A body that is not the last one leaves the upload paused. */
  override onBodyEnd(wsi: Wsi): void {
    const { update } = this.setup;
    const upload = wsi.pss as Upload;
    if (transaction(wsi).method !== "PUT") return;
    if (update.received === update.length) update.finish();
    else {
      update.pause(upload);
      replyJSON(wsi, 200, `{${this.facts()}}`);
    }
  }

  /** Broken off by the peer or for its silence: it can be resumed. What has arrived as a whole is installed all the same. */
  override onClosed(wsi: Wsi): void {
    const upload = wsi.pss as Upload;
    upload.isOver = true;
    this.setup.update.pause(upload);
  }

  private begin(upload: Upload, http: Transaction): void {
    const { update } = this.setup;
    const id = http.header("upload-id") ?? "";
    if (!/^[0-9a-f]{8,32}$/i.test(id)) throw new LwsError("BAD_REQUEST", "Upload-Id has 8 to 32 hex digits");
    const { from, length } = placeOf(http);
    if (from > 0) update.resume(upload, id, from, length);
    else if (length > 0) update.begin(upload, { from: "page", id, length, exact: true });
    else throw new LwsError("UPDATE_NOT_IMAGE");
  }

  private fail(wsi: Wsi, error: unknown): void {
    const upload = wsi.pss as Upload;
    const { code, message } = this.setup.update.fail(upload, error);
    upload.isOver = true;
    const text = JSON.stringify({ error: code, text: message });
    replyJSON(wsi, statusOf(code), `${text.slice(0, -1)},${this.facts()}}`);
  }

  /** Members of a JSON object. */
  private facts(): string {
    const { state, id, received, length } = this.setup.update;
    return `"state":"${state}","id":"${id}","received":"${received}","length":"${length}"`;
  }
}

/** The protocol "esplws-update" for the setup of this unit. */
export function esplwsUpdate(setup: Setup): ProtocolClass {
  return class extends EsplwsUpdate {
    static readonly protocol = "esplws-update";
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, setup);
    }
  };
}
