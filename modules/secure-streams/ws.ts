/** Streams of WebSocket messages: a connection of the stream is a WebSocket, which is dialled again whenever it ends, unless the policy says otherwise. */
import type { Milestone } from "lws/client/connect";
import type { HttpClientOptions } from "lws/client/http-client";
import type { HttpExchange } from "lws/client/http-exchange";
import type { HttpAide } from "lws/client/http-request";
import type { Resolver } from "lws/client/resolver";
import { type WebSocketCaller, WebSocketClient } from "lws/client/ws-client";
import type { WebSocketDial } from "lws/client/ws-dial";
import type { ErrorCode } from "lws/core/errors";
import { LogLevel, log } from "lws/core/log";
import { Piece, Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { WebSocketClientRole } from "lws/roles/ws-client";
import { type Adapter, type Link, type Meter, ordinalOf } from "./adapter";
import { type Blobs, checkCookies, requestOf } from "./h1-request";
import { retryAfter } from "./h1-wait";
import { Part } from "./handlers";
import { StreamFlag, type StreamType } from "./policy";
import type { Stream } from "./stream";
import type { Target } from "./target";
import type { TrustStore } from "./trust";

export interface WsOptions extends Omit<HttpClientOptions, "vhost" | "tls" | "idle" | "bodyTimeout" | "leastBytes"> {
  resolver: Resolver;
  /** What requests tell of the system. */
  blobs?: Blobs;
  /** Where streams keep cookies whose policy says so. */
  cookies?: HttpAide;
  /** Seconds of silence after which the server of a stream without a retry scheme is sent a ping, and counts as dead. Default 300, 310. */
  ping?: number;
  hangup?: number;
}

/** Most bytes that are written at once. */
const pieceLimit = 1400;
/** How often a connection is read before others have their turn, where the policy wants its messages first. */
const eagerReads = 8;

export class WsStreams implements Adapter {
  readonly alpn = "http/1.1";

  constructor(readonly options: WsOptions) {}

  check(type: StreamType): void {
    checkCookies(type, this.options.cookies);
  }

  dial(stream: Stream, target: Target): Link {
    const store = stream.store as TrustStore;
    const talk = store.share(this, () => new Talk(store.vhost, {}));
    return new WsLink(stream, target, store, talk, this.options);
  }
}

class WsLink implements Link, WebSocketCaller {
  readonly meter: Meter | undefined;
  private dial: WebSocketDial | undefined;
  private wsi: Wsi | undefined = undefined;
  /** A message of ours is begun, and not ended. */
  private isInside = false;
  /** Of a message of the server's, nothing but its beginning has come. */
  private isFresh = false;

  constructor(
    private readonly stream: Stream,
    target: Target,
    store: TrustStore,
    talk: Talk,
    options: WsOptions,
  ) {
    const { type } = stream;
    const { subprotocol: subprotocols } = type;
    const { ping = 300, hangup = 310 } = type.retry ?? options;
    const reads = type.flags & StreamFlag.readFirst ? eagerReads : 1;
    const { url, headers = "", redirects = 0, cookies } = requestOf(stream, target, options, "");
    this.meter = stream.meter;
    const tls = store.client({ alpn: "http/1.1", card: type.clientCert ?? -1 });
    const client = new WebSocketClient({ ...options, vhost: store.vhost, tls, ping, hangup, reads });
    const request = {
      url,
      protocol: talk,
      headers,
      redirects,
      cookies,
      ...(subprotocols !== undefined && { subprotocols }),
    };
    this.dial = client.connect(request, this);
  }

  // --- for the stream -----------------------------------------------------------------------------------------------------------

  requestTx(): void {
    this.wsi?.callbackOnWritable();
  }
  rxFlow(on: boolean): void {
    this.wsi?.rxFlow(on);
  }
  confirmValid(): void {
    const { wsi } = this;
    if (wsi) (wsi.role as WebSocketClientRole).confirmValid(wsi);
  }
  close(): void {
    const { wsi } = this;
    this.dial?.cancel();
    this.dial = this.wsi = undefined;
    if (!wsi) return;
    wsi.pss = undefined;
    (wsi.role as WebSocketClientRole).leave(wsi);
  }

  // --- for the client -----------------------------------------------------------------------------------------------------------

  /** @internal */
  connected(wsi: Wsi): void {
    this.dial = undefined;
    this.wsi = wsi;
    wsi.pss = this;
    if (this.stream.rxRoom(1) === 0) wsi.rxFlow(false);
  }

  /** @internal */
  failed(code: ErrorCode, answer?: HttpExchange): void {
    const { stream } = this;
    const { auth, authHeader } = stream.type;
    const status = answer?.status ?? 0;
    this.dial = undefined;
    if (log.level & LogLevel.info) log.info(`stream ${stream.type.name}`, status > 0 ? `status ${status}` : code);
    // Who has shown no credentials was not refused any.
    const isRefused = (status === 401 || status === 403) && (auth ?? authHeader) !== undefined;
    if (isRefused && !stream.refuse(this)) return;
    const wait = answer && (status === 429 || status === 503) ? retryAfter(answer) : 0;
    stream.failure = code;
    stream.ended(this, wait, ordinalOf(code));
  }

  // --- for the wire -------------------------------------------------------------------------------------------------------------

  /** @internal */
  passed(milestone: Milestone, what: string): void {
    this.meter?.passed(milestone, what);
  }

  /** @internal */
  get room(): number {
    return this.stream.rxRoom();
  }

  /** @internal */
  established(): void {
    this.meter?.answered(101);
    this.stream.connected(this);
  }

  /** @internal */
  receive(buffer: Uint8Array, from: number, to: number, piece: number): void {
    const isFirst = this.isFresh || (piece & Piece.first) !== 0;
    const isFinal = (piece & Piece.final) !== 0;
    this.isFresh = isFirst && from === to && !isFinal;
    if (from === to && !isFinal) return;
    this.stream.receive(this, buffer, from, to, (isFirst ? Part.som : 0) | (isFinal ? Part.eom : 0));
  }

  /** @internal */
  send(wsi: Wsi): void {
    const { stream, isInside } = this;
    if (!stream.wantsTx) return;
    const room = stream.payload;
    room.open(0, Math.min(pieceLimit, room.bytes.length));
    room.flags = isInside ? 0 : Part.som;
    if (!stream.fill(this, room)) return;
    const { flags, from, length } = room;
    const isLast = (flags & Part.eom) !== 0;
    if (length === 0 && !isLast) return;
    if (isInside === ((flags & Part.som) !== 0)) {
      log.err(`stream ${stream.type.name}`, isInside ? "a message begins inside of another" : "no message has begun");
      stream.destroy();
      return;
    }
    this.isInside = !isLast;
    let how: number = stream.type.flags & StreamFlag.binary ? Write.binary : Write.text;
    if (isInside) how |= Write.continuation;
    if (!isLast) how |= Write.more;
    wsi.write(room.bytes, how, from, from + length);
  }

  /** @internal The connection is over. */
  lost(): void {
    this.wsi = undefined;
    this.stream.ended(this);
  }
}

/** Who talks on the connections of a store. The pss of each is its link, until its stream has let go of it. */
class Talk extends Protocol {
  override onEstablished(wsi: Wsi): void {
    (wsi.pss as WsLink).established();
  }
  override room(wsi: Wsi): number {
    return Math.max((wsi.pss as WsLink | undefined)?.room ?? Number.POSITIVE_INFINITY, 1);
  }
  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number, piece: number): void {
    (wsi.pss as WsLink | undefined)?.receive(buffer, from, to, piece);
  }
  override onWriteable(wsi: Wsi): void {
    (wsi.pss as WsLink | undefined)?.send(wsi);
  }
  override onPeerClose(_wsi: Wsi, code: number): void {
    if (log.level & LogLevel.info) log.info("stream", `close ${code}`);
  }
  override onClosed(wsi: Wsi): void {
    (wsi.pss as WsLink | undefined)?.lost();
  }
}
