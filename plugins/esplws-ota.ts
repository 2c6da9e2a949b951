/**
 * Takes an application image that is posted as the file `ota` of a form, installs it and restarts into it. Whatever goes wrong is answered
 * with its reason, and the unit goes on.
 */
import { LwsError, statusOf } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { Multipart, type PartHandler } from "lws/http/multipart";
import { replyJSON, transaction } from "lws/http/transaction";
import type { ByteSource } from "lws/platform/bytes";
import type { Setup } from "lws/system/setup";

/** Bytes that the form around an image may take. */
const FORM = 4096;

/** One upload. */
class Upload implements PartHandler {
  form: Multipart | undefined;
  /** The installer works for this upload. */
  active = false;
  private setup: Setup;
  private length: number;
  private inImage = false;

  constructor(setup: Setup, length: number) {
    this.setup = setup;
    this.length = length;
  }

  onPart(name: string, filename: string | undefined): void {
    this.inImage = filename !== undefined;
    if (!this.inImage) return;
    if (name !== "ota" || this.active) throw new LwsError("BAD_REQUEST", "the form holds one file, named ota");
    this.setup.beginUpload(this.length);
    this.active = true;
  }

  onPartData(source: ByteSource, from: number, to: number): void {
    if (this.inImage) this.setup.update.write(source, from, to);
  }

  onPartEnd(): void {
    this.inImage = false;
  }

  finish(): void {
    this.form?.end();
    if (!this.active) throw new LwsError("BAD_REQUEST", "the form holds one file, named ota");
    this.setup.finishUpload();
    this.active = false;
  }
}

class EsplwsOta extends Protocol {
  private readonly setup: Setup;

  constructor(vhost: Vhost, options: Options, setup: Setup) {
    super(vhost, options);
    this.setup = setup;
  }

  override readonly methods = "POST";

  /** What is too large for the slot is answered here, with a reason that the page can show. */
  override readonly bodyLimit = 0x7fffffff;

  override open(wsi: Wsi): Upload {
    return new Upload(this.setup, Math.max(transaction(wsi).contentLength, 0));
  }

  override onRequest(wsi: Wsi): void {
    const http = transaction(wsi);
    const upload = wsi.pss as Upload;
    try {
      upload.form = new Multipart(http.header("content-type"), upload);
      if (http.contentLength > this.setup.update.capacity + FORM) throw new LwsError("UPDATE_TOO_LARGE");
    } catch (error) {
      this.fail(wsi, error);
    }
  }

  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    try {
      (wsi.pss as Upload).form?.write(buffer, from, to);
    } catch (error) {
      this.fail(wsi, error);
    }
  }

  override onBodyEnd(wsi: Wsi): void {
    try {
      (wsi.pss as Upload).finish();
    } catch (error) {
      this.fail(wsi, error);
      return;
    }
    replyJSON(wsi, 200, '{"ok":"1","text":"the application is installed, the device restarts"}');
  }

  /** Broken off by the peer or for its silence. */
  override onClosed(wsi: Wsi): void {
    if ((wsi.pss as Upload).active) this.setup.abandonUpload();
  }

  private fail(wsi: Wsi, error: unknown): void {
    const upload = wsi.pss as Upload;
    const known = this.setup.failUpload(error, upload.active);
    upload.active = false;
    replyJSON(wsi, statusOf(known.code), JSON.stringify({ error: known.code, text: known.message }));
  }
}

/** The protocol "esplws-ota" for the setup of this unit. */
export function esplwsOta(setup: Setup): ProtocolClass {
  return class extends EsplwsOta {
    static readonly protocol = "esplws-ota";
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, setup);
    }
  };
}
