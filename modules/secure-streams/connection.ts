/** A link that is a connection of its own: reaches the server that the stream goes to, through the trust store that the stream holds. */
import type { Caller, Milestone } from "lws/client/connect";
import { Reach } from "lws/client/reach";
import type { Resolver } from "lws/client/resolver";
import type { ErrorCode } from "lws/core/errors";
import { LogLevel, log } from "lws/core/log";
import type { Wsi } from "lws/core/wsi";
import { type Link, type Meter, ordinalOf } from "./adapter";
import type { Stream } from "./stream";
import type { Target } from "./target";
import type { TrustStore } from "./trust";

/** What adapters of this kind are made with. */
export interface WireOptions {
  resolver: Resolver;
  /** Milliseconds until a connection stands. Default 20 s. */
  connectTimeout?: number;
  /** Seconds after which a connection of a stream without a retry scheme counts as dead. Default 310; 0: never. */
  hangup?: number;
}

export abstract class Connection implements Link, Caller {
  protected wsi: Wsi | undefined = undefined;
  readonly meter: Meter | undefined;
  private reach: Reach | undefined;

  constructor(
    protected readonly stream: Stream,
    target: Target,
    alpn: string,
    protected readonly options: WireOptions,
  ) {
    this.meter = stream.meter;
    const store = stream.store as TrustStore;
    const tls = store.client({ alpn, card: stream.type.clientCert ?? -1 });
    const { resolver, connectTimeout = 20_000 } = options;
    this.reach = new Reach({ vhost: store.vhost, resolver, tls }, target, this, connectTimeout);
  }

  /** @internal */
  connected(wsi: Wsi): void {
    this.reach = undefined;
    this.wsi = wsi;
    this.begin(wsi);
  }

  /** @internal */
  passed(milestone: Milestone, what: string): void {
    this.meter?.passed(milestone, what);
  }

  /** @internal */
  failed(code: ErrorCode): void {
    this.reach = undefined;
    this.over(code);
  }

  /** The connection has ended, or there is none. */
  protected over(code: ErrorCode): void {
    this.wsi = undefined;
    if (log.level & LogLevel.info) log.info(`stream ${this.stream.type.name}`, code);
    this.stream.failure = code;
    this.stream.ended(this, 0, ordinalOf(code));
  }

  close(): void {
    this.reach?.cancel();
    this.reach = undefined;
    const { wsi } = this;
    this.wsi = undefined;
    if (wsi) this.leave(wsi);
  }

  rxFlow(on: boolean): void {
    this.wsi?.rxFlow(on);
  }

  /** Seconds of silence after which the connection counts as dead; 0: never. */
  protected get hangup(): number {
    return this.stream.type.retry?.hangup ?? this.options.hangup ?? 310;
  }

  /** It stands: takes its wire. */
  protected abstract begin(wsi: Wsi): void;
  /** The stream has let go of it. */
  protected abstract leave(wsi: Wsi): void;
  abstract requestTx(): void;
  abstract confirmValid(): void;
}
