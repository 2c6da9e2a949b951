/** Streams over HTTP/1.1: a connection of the stream is one request and its answer. Those of one trust store share connections to a server, one after the other. */
import type { Milestone } from "lws/client/connect";
import { HttpClient, type HttpClientOptions } from "lws/client/http-client";
import type { HttpExchange } from "lws/client/http-exchange";
import type { HttpAide, HttpCaller, HttpFailure } from "lws/client/http-request";
import type { Resolver } from "lws/client/resolver";
import { LwsError } from "lws/core/errors";
import { LogLevel, log } from "lws/core/log";
import { type Adapter, type Link, type Meter, ordinalOf } from "./adapter";
import { RequestBody } from "./h1-body";
import { type Blobs, checkCookies, requestOf } from "./h1-request";
import { retryAfter } from "./h1-wait";
import { Part } from "./handlers";
import { headerAt } from "./metadata";
import type { PartsMaker, PartsReader } from "./parts";
import { StreamFlag, type StreamType } from "./policy";
import type { Stream } from "./stream";
import type { Target } from "./target";
import type { TrustStore } from "./trust";

export interface H1Options extends Omit<HttpClientOptions, "vhost" | "tls"> {
  resolver: Resolver;
  /** What requests tell of the system. */
  blobs?: Blobs;
  /** Where streams keep cookies whose policy says so. */
  cookies?: HttpAide;
  /** A stream whose policy takes a redirection for a captive portal has met one. */
  onPortal?: (stream: Stream) => void;
  /** What takes answers of several parts apart, where the policy wants that: `AnswerParts` of `parts`. */
  parts?: PartsMaker;
}

export class H1Streams implements Adapter {
  readonly alpn = "http/1.1";

  constructor(readonly options: H1Options) {}

  check(type: StreamType): void {
    checkCookies(type, this.options.cookies);
  }

  dial(stream: Stream, target: Target): Link {
    return new H1Link(stream, target, this, this.clientOf(stream));
  }

  /** The client that all streams of a store have in common, for those who show the same certificate. */
  private clientOf(stream: Stream): HttpClient {
    const store = stream.store as TrustStore;
    const tls = store.client({ alpn: this.alpn, card: stream.type.clientCert ?? -1 });
    return store.share(tls ?? this, () => new HttpClient({ ...this.options, vhost: store.vhost, tls }));
  }
}

/** Status codes that lead elsewhere (RFC 9110 §15.4). */
function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

class H1Link implements Link, HttpCaller {
  readonly meter: Meter | undefined;
  private readonly exchange: HttpExchange;
  private readonly body: RequestBody;
  private isGood = false;
  /** Anything of the answer's body has come. */
  private hasCome = false;
  private parts: PartsReader | undefined = undefined;

  constructor(
    private readonly stream: Stream,
    target: Target,
    private readonly adapter: H1Streams,
    client: HttpClient,
  ) {
    const isParted = (stream.type.flags & StreamFlag.multipartIn) !== 0;
    if (isParted && !adapter.options.parts) throw new LwsError("STREAM_UNSUPPORTED", "answers of several parts");
    this.meter = stream.meter;
    this.body = new RequestBody(stream);
    this.exchange = client.request(requestOf(stream, target, adapter.options, this.body.contentType), this);
    if (stream.rxRoom() === 0) this.exchange.rxFlow(false);
  }

  // --- for the stream -----------------------------------------------------------------------------------------------------------

  requestTx(): void {
    this.exchange.callbackOnWritable();
  }
  rxFlow(on: boolean): void {
    this.exchange.rxFlow(on);
  }
  header(name: string): string | undefined {
    return this.exchange.header(name);
  }
  confirmValid(): void {}
  close(): void {
    this.exchange.cancel();
  }

  // --- for the client -----------------------------------------------------------------------------------------------------------

  onWriteable(exchange: HttpExchange): void {
    const { stream, body } = this;
    if (!stream.wantsTx) return;
    const { payload } = stream;
    body.open(payload);
    const { from } = payload;
    if (!stream.fill(this, payload) || (payload.length === 0 && !(payload.flags & Part.eom))) return;
    const isLast = body.close(payload, (name) => stream.typeOf(name));
    exchange.write(payload.bytes, 0, from + payload.length, isLast);
    if (isLast) return;
    stream.wantMore();
    exchange.callbackOnWritable();
  }

  room(): number {
    return this.stream.rxRoom();
  }

  passed(milestone: Milestone, what: string): void {
    this.meter?.passed(milestone, what);
  }

  onRedirect(_exchange: HttpExchange, _url: unknown, replays: boolean): boolean {
    this.tellPortal();
    // What the user has written is gone: it would have to write it again, and does not know that.
    return !replays;
  }

  onAnswer(exchange: HttpExchange): void {
    const { stream } = this;
    const { type } = stream;
    const { status } = exchange;
    this.meter?.answered(status);
    stream.status = status;
    if (status === 429 || status === 503) {
      this.fail(`status ${status}`, retryAfter(exchange));
      return;
    }
    this.isGood = type.expect === undefined ? status >= 200 && status < 300 : status === type.expect;
    if (isRedirect(status) && !this.isGood) {
      this.tellPortal();
      this.fail(`status ${status}`, 0);
      return;
    }
    this.takeHeaders(type, exchange);
    if (type.flags & StreamFlag.multipartIn) {
      this.parts = this.adapter.options.parts?.of(exchange.header("content-type") ?? "", stream, this);
    }
    const state = stateFor(type, status);
    if (state !== 0 && !stream.tell(this, state)) return;
    if (!stream.connected(this)) return;
    // Who has shown no credentials was not refused any.
    const isRefused = (status === 401 || status === 403) && (type.auth ?? type.authHeader) !== undefined;
    if (isRefused && stream.refuse(this)) this.fail(`status ${status}`, 0);
  }

  onBody(_exchange: HttpExchange, buffer: Uint8Array, from: number, to: number): void {
    if (this.parts) {
      this.parts.write(buffer, from, to);
      return;
    }
    const flags = this.hasCome ? 0 : Part.som;
    this.hasCome = true;
    this.stream.receive(this, buffer, from, to, flags);
  }

  onEnd(): void {
    const { stream } = this;
    if (this.hasCome && !stream.receive(this, stream.payload.bytes, 0, 0, Part.eom)) return;
    if (stream.acknowledge(this, this.isGood && this.parts?.isComplete !== false)) stream.ended(this);
  }

  onFailed(_exchange: HttpExchange, code: HttpFailure): void {
    if (log.level & LogLevel.info) log.info(`stream ${this.stream.type.name}`, code);
    this.stream.failure = code;
    this.stream.ended(this, 0, ordinalOf(code));
  }

  private fail(why: string, wait: number): void {
    if (log.level & LogLevel.info) log.info(`stream ${this.stream.type.name}`, why);
    this.exchange.cancel();
    this.stream.ended(this, wait);
  }

  private tellPortal(): void {
    if (this.stream.type.flags & StreamFlag.failRedirect) this.adapter.options.onPortal?.(this.stream);
  }

  /** The user finds what the policy maps, before it hears of the answer. */
  private takeHeaders(type: StreamType, exchange: HttpExchange): void {
    const { metadata = [] } = type;
    for (let place = 0; 2 * place < metadata.length; place++) {
      const name = headerAt(type, place);
      const value = name === "" ? undefined : exchange.header(name.toLowerCase());
      if (value !== undefined) this.stream.put(place, value);
    }
  }
}

/** The state that the policy maps a status to; 0: none. */
function stateFor({ responses = [] }: StreamType, status: number): number {
  for (let i = 0; i < responses.length; i += 2) if (responses[i] === status) return responses[i + 1] as number;
  return 0;
}
