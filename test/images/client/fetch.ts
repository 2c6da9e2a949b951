/**
 * Asks HTTP servers: `PUT /fetch?WHAT` with authorities in PEM as its body. WHAT is JSON, percent-encoded ({@link Order}); the answer tells what came of it. Orders with the same
 * authorities and options share a client, and so its connections.
 */
import Hex from "hex";
import { CookieJar } from "lws/client/cookies";
import { type FormField, type FormSource, MultipartForm, UrlencodedForm } from "lws/client/form";
import { HttpClient, type HttpClientOptions } from "lws/client/http-client";
import type { HttpExchange } from "lws/client/http-exchange";
import { HttpLogin, type LoginOptions } from "lws/client/http-login";
import type { HttpBody, HttpCaller, HttpRequest } from "lws/client/http-request";
import type { Resolver } from "lws/client/resolver";
import { TlsClient } from "lws/client/tls";
import type { Url } from "lws/client/url";
import { type ErrorCode, LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { percentDecode } from "lws/http/path";
import { replyJSON, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { Digest } from "lws/platform/digest";

interface Order {
  url: string;
  method?: string;
  headers?: string;
  redirects?: number;
  /** Bytes of a body to send, how many at once, and whether it is chunked. */
  send?: number;
  piece?: number;
  chunked?: boolean;
  /** Says the length wrongly by so much. */
  wrong?: number;
  /** Name of a header to tell. */
  header?: string;
  /** Milliseconds for which each piece of the answer stops the next. */
  hold?: number;
  /** Gives up at the head, or after so many bytes of the body. */
  cancel?: number;
  /** Throws at the head. */
  throws?: boolean;
  /** Refuses redirects. */
  stays?: boolean;
  options?: Partial<HttpClientOptions>;
  /** Who we are to servers that ask: the same for all orders of the same words. */
  login?: LoginOptions;
  /** Keeps cookies, those of all orders with this limit together. */
  jar?: number;
  /** Waits for others to the same server. */
  queued?: boolean;
  /** A body that is a form, of fields and (`count`) of made content, whose length may be unknown. */
  form?: "multipart" | "urlencoded";
  fields?: Field[];
}

interface Field {
  /** `long`: so many letters in place of that. */
  name: string;
  long?: number;
  /** So many `times`. */
  value?: string;
  times?: number;
  filename?: string;
  type?: string;
  count?: number;
  open?: boolean;
}

/** The letters from a on, over and over. */
class Letters implements FormSource {
  readonly length: number;
  constructor(
    private readonly count: number,
    isOpen: boolean,
  ) {
    this.length = isOpen ? -1 : count;
  }
  read(at: number, into: Uint8Array, from: number, to: number): number {
    const count = Math.min(to - from, this.count - at);
    for (let i = 0; i < count; i++) into[from + i] = 0x61 + ((at + i) % 26);
    return count;
  }
}

function formOf({ form, fields = [] }: Order): HttpBody | undefined {
  if (!form) return undefined;
  const made: FormField[] = fields.map(({ name, long, value = "", times = 1, count, open = false, ...field }) => ({
    ...field,
    name: long ? "n".repeat(long) : name,
    value: count === undefined ? value.repeat(times) : new Letters(count, open),
  }));
  return form === "multipart" ? new MultipartForm(made) : new UrlencodedForm(made);
}

class Fetch implements HttpCaller {
  readonly authorities = new Uint8Array(3000);
  length = 0;
  order: Order = { url: "" };
  exchange: HttpExchange | undefined;
  private digest = new Digest("SHA-256");
  private sent = 0;
  private pieces = 0;
  private readonly facts: Record<string, unknown> = {};

  constructor(readonly wsi: Wsi) {}

  onAnswer(exchange: HttpExchange): void {
    const { header, cancel, throws } = this.order;
    Object.assign(this.facts, { status: exchange.status, bodyLength: exchange.bodyLength });
    if (header) this.facts["header"] = exchange.header(header);
    if (throws) throw new LwsError("PRECONDITION");
    if (cancel === 0) this.stop(exchange);
  }
  onBody(exchange: HttpExchange, buffer: Uint8Array, from: number, to: number): void {
    const { cancel, hold } = this.order;
    this.pieces++;
    this.facts["text"] ??= Bytes.latin1(buffer, from, Math.min(to, from + 40));
    this.digest.write(buffer, from, to);
    if (cancel !== undefined && exchange.received >= cancel) this.stop(exchange);
    else if (hold) {
      exchange.rxFlow(false);
      this.wsi.setTimer(hold);
    }
  }
  onEnd(exchange: HttpExchange): void {
    this.tell(exchange, {});
  }
  onFailed(exchange: HttpExchange, error: ErrorCode): void {
    this.tell(exchange, { error });
  }
  onRedirect(_exchange: HttpExchange, { host, port, target }: Url, replays: boolean): boolean {
    this.facts["redirect"] = `${this.facts["redirect"] ?? ""}${replays ? "replay " : ""}${host}:${port}${target} `;
    if (replays) this.sent = 0;
    return !this.order.stays;
  }
  onWriteable(exchange: HttpExchange): void {
    const { send = 0, piece = 1000 } = this.order;
    const { tx } = this.wsi.vhost.context;
    const count = Math.min(piece, send - this.sent);
    const bytes = new Uint8Array(count).fill(0x61 + (this.sent % 23));
    this.sent += count;
    exchange.write(bytes, 0, count, this.sent === send);
    tx.fill(0);
    exchange.callbackOnWritable();
  }

  private stop(exchange: HttpExchange): void {
    exchange.cancel();
    exchange.cancel();
    this.tell(exchange, { cancelled: true });
  }

  private tell({ received }: HttpExchange, more: object): void {
    const sum = Hex.toString(this.digest.close()).toLowerCase();
    if (this.wsi.pss !== this) return;
    replyJSON(this.wsi, 200, JSON.stringify({ ...this.facts, received, pieces: this.pieces, sum, ...more }));
  }
}

const most = 4;

/** Adds to what is known, of which the oldest goes. */
function keep<Key, Value>(known: Map<Key, Value>, key: Key, value: Value): void {
  known.set(key, value);
  for (const old of known.keys()) {
    if (known.size <= most) break;
    known.delete(old);
  }
}

class Fetcher extends Protocol {
  static readonly protocol = "fetcher";
  override readonly methods = "PUT";
  private readonly logins = new Map<string, HttpLogin>();
  private readonly jars = new Map<number, CookieJar>();
  private readonly clients: { name: string; client: HttpClient; tls: TlsClient | undefined }[] = [];

  constructor(
    vhost: Vhost,
    options: Options,
    private readonly resolver: Resolver,
  ) {
    super(vhost, options);
  }

  override open(wsi: Wsi): Fetch {
    return new Fetch(wsi);
  }
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    const fetch = wsi.pss as Fetch;
    if (fetch.length + to - from > fetch.authorities.length) throw new LwsError("BODY_TOO_LARGE");
    fetch.length = Bytes.copy(buffer, from, to, fetch.authorities, fetch.length);
  }
  override onBodyEnd(wsi: Wsi): void {
    const fetch = wsi.pss as Fetch;
    try {
      const order = JSON.parse(percentDecode(transaction(wsi).query) ?? "") as Order;
      const { url, method, headers, redirects, send, chunked, wrong = 0 } = order;
      const length = send === undefined ? undefined : chunked ? -1 : send + wrong;
      fetch.order = order;
      const request = { url, method, headers, redirects, length, ...this.aides(order) };
      for (const key of Object.keys(request) as (keyof typeof request)[])
        if (request[key] === undefined) delete request[key];
      fetch.exchange = this.client(fetch).request(request as HttpRequest, fetch);
    } catch (error) {
      replyJSON(wsi, 200, JSON.stringify({ thrown: error instanceof LwsError ? error.code : String(error) }));
    }
  }
  override onTimer(wsi: Wsi): void {
    (wsi.pss as Fetch | undefined)?.exchange?.rxFlow(true);
  }
  override onClosed(wsi: Wsi): void {
    (wsi.pss as Fetch).exchange?.cancel();
  }

  private aides(order: Order): Partial<HttpRequest> {
    const { login, jar, queued = false } = order;
    const key = login ? JSON.stringify(login) : "";
    if (login && !this.logins.has(key)) keep(this.logins, key, new HttpLogin(login));
    if (jar && !this.jars.has(jar)) keep(this.jars, jar, new CookieJar({ limit: jar }));
    return { queued, login: this.logins.get(key), cookies: this.jars.get(jar ?? 0), body: formOf(order) };
  }

  private client({ authorities, length, order }: Fetch): HttpClient {
    const name = `${Bytes.latin1(authorities, 0, length)}${JSON.stringify(order.options ?? {})}`;
    const known = this.clients.find((each) => each.name === name);
    if (known) return known.client;
    if (this.clients.length === most) {
      const old = this.clients.shift();
      old?.client.close();
      old?.tls?.close();
    }
    const { vhost, resolver } = this;
    const tls =
      length > 0
        ? new TlsClient({ context: vhost.context, authorities: [authorities.subarray(0, length)], alpn: "http/1.1" })
        : undefined;
    const client = new HttpClient({ vhost, resolver, tls, ...order.options });
    this.clients.push({ name, client, tls });
    return client;
  }
}

export function fetcher(resolver: Resolver): ProtocolClass {
  return class extends Fetcher {
    static override readonly protocol = "fetcher";
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, resolver);
    }
  };
}
