/**
 * Takes an image that is posted as the file `ota` of a form, installs it and restarts into it. Whatever goes wrong is answered with its reason, and the unit
 * goes on. See `esplws-update` for a way that a lost connection does not end.
 */
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyFailure } from "lws/http/login";
import { Multipart, type PartHandler } from "lws/http/multipart";
import { replyJSON, transaction } from "lws/http/transaction";
import type { ByteSource } from "lws/platform/bytes";
import type { Setup } from "lws/system/setup";
import type { Feeder } from "lws/system/update";

/** Bytes that the form around an image may take. */
const FORM = 4096;

/** What is answered when an image is installed. */
export const INSTALLED = '{"ok":"1","text":"the image is installed, the device restarts"}';

/** One upload. */
class Upload implements PartHandler, Feeder {
  form: Multipart | undefined;
  /** The request is over: nobody waits for an answer. */
  isOver = false;
  /** The file has begun. */
  private isFed = false;
  private inImage = false;

  constructor(
    private readonly setup: Setup,
    private readonly wsi: Wsi,
  ) {}

  onPart(name: string, filename: string | undefined): void {
    this.inImage = filename !== undefined;
    if (!this.inImage) return;
    if (name !== "ota" || this.isFed) throw new LwsError("BAD_REQUEST", "the form holds one file, named ota");
    const length = Math.max(transaction(this.wsi).contentLength, 0);
    this.setup.update.begin(this, { from: "page", id: "", length, exact: false });
    this.isFed = true;
  }

  onPartData(source: ByteSource, from: number, to: number): void {
    if (this.inImage) this.setup.update.write(source, from, to);
  }

  onPartEnd(): void {
    this.inImage = false;
  }

  finish(): void {
    this.form?.end();
    if (!this.isFed) throw new LwsError("BAD_REQUEST", "the form holds one file, named ota");
    this.setup.update.finish();
  }

  onUpdateEnd(error: LwsError | undefined): void {
    this.form = undefined;
    if (this.isOver) return;
    if (error) replyFailure(this.wsi, error);
    else replyJSON(this.wsi, 200, INSTALLED);
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
    return new Upload(this.setup, wsi);
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
    }
  }

  /** Broken off by the peer or for its silence. What has arrived as a whole is installed all the same. */
  override onClosed(wsi: Wsi): void {
    const upload = wsi.pss as Upload;
    upload.isOver = true;
    if (this.setup.update.state === "receiving") this.setup.update.abandon(upload);
  }

  private fail(wsi: Wsi, error: unknown): void {
    replyFailure(wsi, this.setup.update.fail(wsi.pss as Upload, error));
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
