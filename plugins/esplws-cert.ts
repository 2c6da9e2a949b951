/**
 * The certificate that the unit presents: tells what it is, hands it out (never its key), and takes another one. A form that is posted has the
 * files `pub` (certificate, with the chain behind it) and `pri` (key), and may have `ca` (who vouches for clients), as PEM or DER; or the
 * field `remove`, whose value is `own` or `ca`; or names of the unit: `serial` and `opts`, for which somebody has to stand in front of it,
 * `group` and `role`. Whatever is wrong is answered with its reason, and changes nothing.
 */
import { statusOf } from "lws/core/error-status";
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import type { Login } from "lws/http/login";
import { Multipart, type PartHandler } from "lws/http/multipart";
import { reply, replyJSON, transaction } from "lws/http/transaction";
import { Urlencoded } from "lws/http/urlencoded";
import { type ByteSource, Bytes } from "lws/platform/bytes";
import type { NameKey } from "lws/system/identity";
import type { Restart } from "lws/system/restart";
import { PRESENCE, type Setup } from "lws/system/setup";
import type { Certificates } from "lws/tls/certificates";
import { wipe } from "lws/tls/pair";
import { toLwsError } from "lws/tls/pair-check";

export interface CertificateOptions {
  certificates: Certificates;
  login: Login;
  /** The unit whose names are set: a serial number only while somebody stands in front of it. */
  setup: Setup;
  /** A certificate that was taken is followed by a restart. */
  restart?: Restart;
}

/** Most bytes of each file, and of each field. */
const FILES = { pub: 8192, pri: 4096, ca: 8192, remove: 8, serial: 64, opts: 64, group: 64, role: 64 };
type Part = keyof typeof FILES;

function isFile(name: string): name is Part {
  return name === "pub" || name === "pri" || name === "ca";
}

function isNameKey(name: string): name is NameKey {
  return name === "serial" || name === "opts" || name === "group" || name === "role";
}

/** Most bytes of a form, with what stands around the files. */
const FORM = 24_576;

/** One form: its files in one buffer each, which are wiped in the end. */
class Form implements PartHandler {
  form: Multipart | Urlencoded | undefined;
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
    if (filename === undefined ? name !== "remove" && !isNameKey(name) : filename === "" || !isFile(name)) return;
    if (this.parts[name as Part]) throw new LwsError("BAD_REQUEST", "the form has two parts of one kind");
    this.part = name as Part;
    this.length = 0;
    this.parts[this.part] = new Uint8Array(Math.min(FILES[this.part], this.most));
  }

  onPartData(source: ByteSource, from: number, to: number): void {
    const { part } = this;
    if (!part) return;
    const buffer = this.parts[part] as Uint8Array;
    if (this.length + to - from > buffer.length)
      throw new LwsError(
        part === "pri"
          ? "KEY_TOO_LARGE"
          : isFile(part)
            ? "CERT_TOO_LARGE"
            : isNameKey(part)
              ? "BAD_NAME"
              : "BAD_REQUEST",
      );
    this.length = Bytes.copy(source, from, to, buffer, this.length);
  }

  onPartEnd(): void {
    const { part } = this;
    if (part) this.parts[part] = (this.parts[part] as Uint8Array).subarray(0, this.length);
    this.part = undefined;
  }

  /** Does what the complete form asks for; returns what to tell. */
  obey({ certificates, setup }: CertificateOptions): string {
    this.form?.end();
    const { pub, pri, ca, remove } = this.parts;
    const named = this.rename(setup);
    if (named && !pub && !pri && !ca && !remove) return "the settings are stored";
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

  /** Checks all names, then stores those that the form has; an empty one is none. True if it has any. */
  private rename({ identity, present }: Setup): boolean {
    const names: [NameKey, string][] = [];
    for (const key of ["serial", "opts", "group", "role"] as const) {
      const bytes = this.parts[key];
      if (!bytes || bytes.length === 0) continue;
      const text = Bytes.text(bytes, 0, bytes.length);
      if (text === undefined || !identity.allows(key, text)) throw new LwsError("BAD_NAME");
      if ((key === "serial" || key === "opts") && !present) throw new LwsError("FORBIDDEN", PRESENCE);
      names.push([key, text]);
    }
    for (const [key, text] of names) identity.rename(key, text);
    return names.length > 0;
  }

  wipe(): void {
    for (const part of Object.values(this.parts)) wipe(part);
  }
}

class EsplwsCert extends Protocol {
  private readonly certificates: Certificates;
  private readonly own: CertificateOptions;
  /** The one form that is taken at a time. */
  private taking: Form | undefined;

  constructor(vhost: Vhost, options: Options, own: CertificateOptions) {
    super(vhost, options);
    this.certificates = own.certificates;
    this.own = own;
  }

  private mayChange(wsi: Wsi): boolean {
    const { login } = this.own;
    return login.mayChange(login.sessions.of(transaction(wsi)));
  }

  override readonly methods = "GET, HEAD, POST";

  override readonly bodyLimit = FORM;

  override onRequest(wsi: Wsi): void {
    const http = transaction(wsi);
    if (http.method !== "POST") {
      if (http.path.endsWith(".pem")) this.download(wsi);
      else replyJSON(wsi, 200, this.state(this.mayChange(wsi)));
      return;
    }
    try {
      if (!this.mayChange(wsi)) throw new LwsError("FORBIDDEN", PRESENCE);
      if (this.taking) throw new LwsError("UPDATE_BUSY");
      const form = new Form(http.contentLength);
      const type = http.header("content-type");
      form.form = /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type ?? "")
        ? new Urlencoded(form)
        : new Multipart(type, form);
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
      const text = form.obey(this.own);
      replyJSON(wsi, 200, JSON.stringify({ ok: "1", text }));
      if (this.certificates.source === "own") this.own.restart?.soon();
      this.own.setup.changed();
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
  private state(change: boolean): string {
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
      change: change ? "1" : "0",
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
