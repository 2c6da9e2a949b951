/**
 * HTTP/1.1 as a client (RFC 9112): requests to servers by name, plain or by TLS. Connections are shared one request after the other, and kept for a moment. What
 * servers send is bounded: the head of an answer by its size, everything by time.
 */
import { LwsError } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import { HttpExchange } from "./http-exchange";
import type { HttpLine } from "./http-line";
import { HttpQueue } from "./http-queue";
import { type HttpCaller, type HttpRequest, PresentRequest } from "./http-request";
import { HttpWire } from "./http-wire";
import type { Ways } from "./reach";
import { isSameServer, parseUrl, type Url } from "./url";

export interface HttpClientOptions extends Ways {
  /** Bytes of the status line and headers of an answer. Default 2048, at most 16384. */
  headerBytes?: number;
  /** Milliseconds until a connection stands. Default 20 s. */
  connectTimeout?: number;
  /** Milliseconds from the last piece of the request that the server took to the end of the head of its answer. Default 30 s. */
  answerTimeout?: number;
  /** In each span of so many milliseconds, at least `leastBytes` of a body have to come. Default 30 s, 1 byte. */
  bodyTimeout?: number;
  leastBytes?: number;
  /** Milliseconds that a connection is kept for the next request to the same server. Default 5 s; 0: not at all. */
  idle?: number;
}

export class HttpClient {
  /** @internal */
  readonly ways: Ways;
  /** @internal */
  readonly headerBytes: number;
  /** @internal */
  readonly connectTimeout: number;
  /** @internal */
  readonly answerTimeout: number;
  /** @internal */
  readonly bodyTimeout: number;
  /** @internal */
  readonly leastBytes: number;
  /** @internal */
  readonly idle: number;
  private readonly wire = new HttpWire(this);
  /** @internal Made with the first request that wants to share. */
  queue: HttpQueue | undefined = undefined;
  /** The connection that waits for its next request, and its server. */
  private kept: Wsi | undefined = undefined;
  private server: Url | undefined = undefined;

  /** Throws BAD_OPTION. */
  constructor(options: HttpClientOptions) {
    this.ways = options;
    this.headerBytes = options.headerBytes ?? 2048;
    this.connectTimeout = options.connectTimeout ?? 20_000;
    this.answerTimeout = options.answerTimeout ?? 30_000;
    this.bodyTimeout = options.bodyTimeout ?? 30_000;
    this.leastBytes = options.leastBytes ?? 1;
    this.idle = options.idle ?? 5000;
    if (!(this.headerBytes >= 64 && this.headerBytes <= 16_384)) throw new LwsError("BAD_OPTION", "headerBytes");
  }

  /** Sends a request. Throws BAD_OPTION for one that can't be. */
  request(request: HttpRequest, caller: HttpCaller): HttpExchange {
    const url = parseUrl(request.url);
    if (!url) throw new LwsError("BAD_OPTION", "url");
    if (url.secure && !this.ways.tls) throw new LwsError("BAD_OPTION", "https without authorities");
    if (request.length !== undefined && !caller.onWriteable && !request.body)
      throw new LwsError("BAD_OPTION", "nobody writes the body");
    if (request.queued) this.queue ??= new HttpQueue();
    return new HttpExchange(this, new PresentRequest(url, request), caller);
  }

  /** Ends the connection that is kept; requests that are under way go on. */
  close(): void {
    this.kept?.drop();
    this.kept = this.server = undefined;
  }

  /** @internal A connection to that server that stands already. */
  take(url: Url): Wsi | undefined {
    const { kept, server } = this;
    if (!kept || !server || !isSameServer(server, url) || !kept.alive || kept.flags & Flag.end) return undefined;
    if (kept.flags & Flag.rx && !this.isQuiet(kept)) return undefined;
    this.kept = this.server = undefined;
    return kept;
  }

  /** @internal Makes the connection one of `exchange`, or of nobody. */
  bind(wsi: Wsi, exchange: HttpLine | undefined): void {
    wsi.role = this.wire;
    wsi.state = exchange;
  }

  /** @internal A request is over, and its connection is as good as new. */
  keep(wsi: Wsi, url: Url): void {
    this.close();
    this.bind(wsi, undefined);
    wsi.setTimeout(Timeout.keepAlive, this.idle);
    this.kept = wsi;
    this.server = url;
  }

  /** @internal Nothing has come that nobody has asked for: the connection can be used again. */
  isQuiet(wsi: Wsi): boolean {
    wsi.flags &= Flag.unreadable;
    return wsi.read(wsi.vhost.context.buffer, 0, 1) === 0;
  }

  /** @internal A connection that is nobody's has something to say, or has ended. */
  forget(wsi: Wsi): void {
    if (wsi === this.kept) this.kept = this.server = undefined;
    wsi.drop();
  }
}
