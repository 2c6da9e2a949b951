/**
 * The certificate that the unit presents: tells what it is, hands it out (never its key), and takes another one. A form that is posted has the
 * files `pub` (certificate, with the chain behind it) and `pri` (key), and may have `ca` (who vouches for clients), as PEM or DER; or the
 * field `remove`, whose value is `own` or `ca`. Whatever is wrong is answered with its reason, and changes nothing.
 */
import { LwsError, statusOf } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { Multipart, type PartHandler } from "lws/http/multipart";
import { reply, replyJSON, transaction } from "lws/http/transaction";
import { type ByteSource, Bytes } from "lws/platform/bytes";
import type { Certificates } from "lws/tls/certificates";
import { wipe } from "lws/tls/pair";
import { toLwsError } from "lws/tls/pair-check";

export interface CertificateOptions {
  certificates: Certificates;
  /** Whether whoever asks may change anything now. */
  mayChange: () => boolean;
}

/** Most bytes of each file, and of the field. */
const FILES = { pub: 8192, pri: 4096, ca: 8192, remove: 8 };
type Part = keyof typeof FILES;

/** Most bytes of a form, with what stands around the files. */
const FORM = 24_576;

/** One form: its files in one buffer each, which are wiped in the end. */
class Form implements PartHandler {
  form: Multipart | undefined;
  private readonly parts: Partial<Record<Part, Uint8Array>> = {};
  private readonly most: number;
  private part: Part | undefined;
  private length = 0;

  /** No file is larger than the form. */
  constructor(length: number) {
    this.most = length > 0 ? length : FORM;
  }

  /** A file input that nothing was chosen for has an empty name. What is not known is ignored. */
  onPart(name: string, filename: string | undefined): void {
    this.part = undefined;
    if (
      filename === undefined
        ? name !== "remove"
        : filename === "" || !(name === "pub" || name === "pri" || name === "ca")
    )
      return;
    if (this.parts[name as Part]) throw new LwsError("BAD_REQUEST", "the form has two files of one kind");
    this.part = name as Part;
    this.length = 0;
    this.parts[this.part] = new Uint8Array(Math.min(FILES[this.part], this.most));
  }

  onPartData(source: ByteSource, from: number, to: number): void {
    const { part } = this;
    if (!part) return;
    const buffer = this.parts[part] as Uint8Array;
    if (this.length + to - from > buffer.length)
      throw new LwsError(part === "pri" ? "KEY_TOO_LARGE" : part === "remove" ? "BAD_REQUEST" : "CERT_TOO_LARGE");
    this.length = Bytes.copy(source, from, to, buffer, this.length);
  }

  onPartEnd(): void {
    const { part } = this;
    if (part) this.parts[part] = (this.parts[part] as Uint8Array).subarray(0, this.length);
    this.part = undefined;
  }

  /** Does what the complete form asks for; returns what to tell. */
  obey(certificates: Certificates): string {
    this.form?.end();
    const { pub, pri, ca, remove } = this.parts;
    const what = remove ? Bytes.latin1(remove, 0, remove.length) : "";
    if (remove ? (what !== "own" && what !== "ca") || pub || pri || ca : !pub && !pri && !ca)
      throw new LwsError("BAD_REQUEST", "the form holds the files pub and pri, or ca, or what to remove");
    if (what === "own") certificates.remove();
    else if (what === "ca") certificates.setClientAuthority(undefined);
    if (pub || pri) certificates.replace(pub, pri);
    if (ca) certificates.setClientAuthority(ca);
    if (what === "own") return "the uploaded certificate is removed";
    return pub || pri ? "the certificate is in use" : "who vouches for clients is changed";
  }

  wipe(): void {
    for (const part of Object.values(this.parts)) wipe(part);
  }
}

class EsplwsCert extends Protocol {
  private readonly certificates: Certificates;
  private readonly mayChange: () => boolean;
  /** The one form that is taken at a time. */
  private taking: Form | undefined;

  constructor(vhost: Vhost, options: Options, { certificates, mayChange }: CertificateOptions) {
    super(vhost, options);
    this.certificates = certificates;
    this.mayChange = mayChange;
  }

  override readonly methods = "GET, HEAD, POST";

  override readonly bodyLimit = FORM;

  override onRequest(wsi: Wsi): void {
    const http = transaction(wsi);
    if (http.method !== "POST") {
      if (http.path.endsWith(".pem")) this.download(wsi);
      else replyJSON(wsi, 200, this.state());
      return;
    }
    try {
      if (!this.mayChange()) throw new LwsError("FORBIDDEN", "hold the button while switching on, then try again");
      if (this.taking) throw new LwsError("UPDATE_BUSY");
      const form = new Form(http.contentLength);
      form.form = new Multipart(http.header("content-type"), form);
      wsi.pss = this.taking = form;
    } catch (error) {
      this.fail(wsi, error);
    }
  }

  /** What is read is wiped at once, since it may be a key. */
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    try {
      (wsi.pss as Form | undefined)?.form?.write(buffer, from, to);
    } catch (error) {
      this.fail(wsi, error);
    } finally {
      buffer.fill(0, from, to);
    }
  }

  override onBodyEnd(wsi: Wsi): void {
    const form = wsi.pss as Form | undefined;
    if (!form) return;
    try {
      replyJSON(wsi, 200, JSON.stringify({ ok: "1", text: form.obey(this.certificates) }));
    } catch (error) {
      this.fail(wsi, error);
    } finally {
      this.drop(wsi);
    }
  }

  /** Broken off, or over. */
  override onClosed(wsi: Wsi): void {
    this.drop(wsi);
  }

  private drop(wsi: Wsi): void {
    const form = wsi.pss as Form | undefined;
    wsi.pss = undefined;
    if (!form) return;
    form.wipe();
    if (this.taking === form) this.taking = undefined;
  }

  private fail(wsi: Wsi, error: unknown): void {
    const known = toLwsError(error);
    this.drop(wsi);
    replyJSON(wsi, statusOf(known.code), JSON.stringify({ error: known.code, text: known.message }));
  }

  private download(wsi: Wsi): void {
    const text = this.certificates.exported();
    if (!text) {
      const { code, message } = new LwsError("NOT_FOUND");
      replyJSON(wsi, statusOf(code), JSON.stringify({ error: code, text: message }));
    } else
      reply(
        wsi,
        200,
        "application/x-x509-ca-cert",
        text,
        "Cache-Control: no-store\r\nContent-Disposition: attachment\r\n",
      );
  }

  /** All values are texts, as in the messages of the setup page. */
  private state(): string {
    const { source, facts, days, progress, fault, clientAuthority } = this.certificates;
    return JSON.stringify({
      source,
      subject: facts?.subject ?? "",
      issuer: facts?.issuer ?? "",
      serial: facts?.serial ?? "",
      names: facts?.names ?? "",
      from: String(facts?.notBefore ?? 0),
      until: String(facts?.notAfter ?? 0),
      days: days === undefined ? "" : String(days),
      key: facts?.key ?? "",
      print: facts?.fingerprint ?? "",
      count: String(facts?.count ?? 0),
      progress: String(progress),
      fault,
      client: clientAuthority ? "1" : "0",
      change: this.mayChange() ? "1" : "0",
    });
  }
}

/** The protocol "esplws-cert" for the certificates of this unit. */
export function esplwsCert(options: CertificateOptions): ProtocolClass {
  return class extends EsplwsCert {
    static readonly protocol = "esplws-cert";
    constructor(vhost: Vhost, pvo: Options) {
      super(vhost, pvo, options);
    }
  };
}
