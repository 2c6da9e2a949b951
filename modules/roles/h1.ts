/** HTTP/1.0 and 1.1 as a server (RFC 9112): one transaction at a time, pipelined ones in order, kept connections. */
import { isFailure } from "lws/core/error-status";
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import type { ProtocolClass, Writable } from "lws/core/protocol";
import { Write } from "lws/core/protocol";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import { dispatch, unbind } from "lws/http/dispatch";
import { replyError } from "lws/http/errors";
import type { HttpVhost } from "lws/http/http-vhost";
import type { PoolOptions } from "lws/http/pool";
import { TransactionPool } from "lws/http/pool";
import { Phase, Transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { readBody } from "./h1-body";
import { fallBack } from "./h1-fallback";
import { readHead } from "./h1-head";
import { sendHead, sendRest, writeBody } from "./h1-send";

/** Milliseconds that a client gets for its headers while others wait for a transaction. */
const hurriedTime = 2000;

export interface H1Options extends PoolOptions {
  /** Requests that a connection may make before it is closed. Default 0: any number. */
  requests?: number;
  /**
   * Bytes a second that a request body or a response has to move at, counted over the vhost's timeout; a slower peer is given up. Time
   * in which we do not read is not counted. Default 100.
   */
  leastRate?: number;
}

export class H1 implements Role {
  readonly name = "h1";
  private readonly pool: TransactionPool;
  private readonly requests: number;
  private readonly leastRate: number;

  constructor(options: H1Options = {}) {
    this.pool = new TransactionPool(options);
    this.requests = options.requests ?? 0;
    this.leastRate = options.leastRate ?? 100;
  }

  onRx(wsi: Wsi): void {
    let http = wsi.state as Transaction | undefined;
    if (!http) {
      http = this.pool.take(wsi);
      if (!http) {
        this.hurry(wsi);
        return;
      }
      wsi.state = http;
    }
    if (http.phase === Phase.headers) this.head(wsi, http);
    else if (http.phase === Phase.body) this.body(wsi, http);
    else wsi.hold(Flag.rxHeldByRole | Flag.rx);
  }

  private head(wsi: Wsi, http: Transaction): void {
    const begun = http.length > 0;
    const store = http.store;
    const count = wsi.read(store, http.length, store.length);
    if (count === 0 && !begun) {
      this.release(wsi, http);
      return;
    }
    http.length += count;
    const state = readHead(http);
    if (state === "more") {
      if (!fallBack(wsi, http, this.pool) && !begun) {
        wsi.setTimeout(Timeout.headers, this.pool.isCrowded ? hurriedTime : wsi.vhost.timeout);
      }
    } else if (state === "end") this.begin(wsi, http);
    else if (!fallBack(wsi, http, this.pool)) this.fail(wsi, http, state);
  }

  /** The headers are complete: the request goes to whoever answers it. */
  private begin(wsi: Wsi, http: Transaction): void {
    if (http.length > http.at) wsi.unread(http.store, http.at, http.length);
    if (http.scheme !== "" && (http.scheme === "https") !== (wsi.transport?.secure ?? false)) {
      // RFC 9110 §7.4: what is asked of a secured connection is not answered on one that is not.
      this.fail(wsi, http, "MISDIRECTED");
      return;
    }
    if (wsi.vhost.shared && !this.select(wsi, http)) return;
    if (++wsi.requests === this.requests) http.keepAlive = false;
    http.phase = http.contentLength === 0 ? Phase.respond : Phase.body;
    http.limit = dispatch(wsi);
    if (wsi.state !== http || !wsi.alive) return;
    if (http.phase === Phase.respond) {
      if (http.sized || (http.method !== "GET" && http.method !== "HEAD")) this.bodyEnd(wsi, http);
    } else if (http.status !== 0) http.keepAlive = false;
    else {
      http.mark = 0;
      if (http.expect && !wsi.parked) wsi.callbackOnWritable();
      wsi.setTimeout(Timeout.body, wsi.vhost.timeout);
    }
    if (wsi.parked) this.resume(wsi);
  }

  /** The vhost that the request names. */
  private select(wsi: Wsi, http: Transaction): boolean {
    const host = http.host;
    const colon = host.indexOf(":", host.lastIndexOf("]") + 1);
    const vhost = wsi.vhost.port?.select(colon < 0 ? host : host.slice(0, colon));
    if (!vhost || (vhost.guarded && vhost !== wsi.vhost)) {
      this.fail(wsi, http, "MISDIRECTED");
      return false;
    }
    wsi.bind(vhost);
    return true;
  }

  /** All transactions are taken: this client waits, which is not its fault, and those that dawdle over their headers get less time. */
  private hurry(waiting: Wsi): void {
    waiting.setTimeout(Timeout.turn, waiting.vhost.keepAlive);
    for (let wsi = waiting.vhost.context.first; wsi; wsi = wsi.neighbour) {
      // Another role may stand before this one.
      if (wsi.reason === Timeout.headers && wsi.state instanceof Transaction) wsi.hasten(hurriedTime);
    }
  }

  private body(wsi: Wsi, http: Transaction): void {
    http.expect = false;
    const state = readBody(wsi, http, http.limit);
    if (state === "end") {
      http.phase = Phase.respond;
      this.bodyEnd(wsi, http);
    } else if (state !== "more") this.fail(wsi, http, state);
  }

  private bodyEnd(wsi: Wsi, http: Transaction): void {
    if (http.status === 0) wsi.protocol?.onBodyEnd(wsi);
  }

  /** Answers a request that can't be served, and ends the connection, since where the next one begins is not certain. */
  private fail(wsi: Wsi, http: Transaction, code: ErrorCode): void {
    http.phase = Phase.respond;
    if (http.status === 0) replyError(wsi, code, true);
    http.keepAlive = false;
  }

  onWriteable(wsi: Wsi): void {
    const http = wsi.state as Transaction | undefined;
    if (!http) return;
    if (http.status === 0) {
      if (http.expect && http.phase === Phase.body) {
        http.expect = false;
        const { tx } = wsi.vhost.context;
        wsi.send(tx, 0, Bytes.put("HTTP/1.1 100 Continue\r\n\r\n", tx, 0));
      } else wsi.protocol?.onWriteable(wsi);
    } else if (http.phase === Phase.sending) {
      if (http.body !== undefined) sendRest(wsi, http);
      else wsi.protocol?.onWriteable(wsi);
    } else if (http.phase < Phase.sending) {
      if (http.phase === Phase.body) http.keepAlive = false;
      sendHead(wsi, http);
    }
    if (http.phase === Phase.done && wsi.state === http) this.complete(wsi, http);
  }

  private complete(wsi: Wsi, http: Transaction): void {
    const keepAlive = http.keepAlive;
    const mount = http.mount;
    if (http.status === 101) {
      this.upgrade(wsi, http);
      return;
    }
    this.release(wsi, http);
    if (!keepAlive) {
      wsi.finish();
      return;
    }
    wsi.setTimeout(Timeout.keepAlive, mount === undefined ? wsi.vhost.keepAlive : mount.keepAlive);
    if (wsi.parked || wsi.flags & Flag.rxHeldByRole) wsi.release(Flag.rxHeldByRole);
  }

  /** The protocol is bound while it can still read the request's headers. */
  private upgrade(wsi: Wsi, http: Transaction): void {
    const { protocol, upgradeTo } = http;
    wsi.pss = protocol?.open(wsi);
    wsi.protocol = protocol;
    wsi.state = undefined;
    const name = (protocol?.constructor as ProtocolClass | undefined)?.protocol;
    (wsi.vhost as HttpVhost).accessLog?.add(wsi, http, name);
    this.pool.give(http);
    upgradeTo?.start(wsi);
    if (wsi.vhost.isEnding) wsi.close(1001);
    this.resume(wsi);
  }

  /** Goes on reading: what is parked, or was held back while a response was made. */
  private resume(wsi: Wsi): void {
    if (wsi.parked || wsi.flags & Flag.rxHeldByRole) wsi.release(Flag.rxHeldByRole);
  }

  private release(wsi: Wsi, http: Transaction): void {
    wsi.state = undefined;
    const accessLog = (wsi.vhost as HttpVhost).accessLog;
    if (accessLog !== undefined && http.status !== 0) accessLog.add(wsi, http);
    try {
      if (wsi.protocol) unbind(wsi);
    } finally {
      this.pool.give(http);
    }
  }

  onEnd(wsi: Wsi): void {
    const http = wsi.state as Transaction | undefined;
    if (!http || http.phase <= Phase.body) wsi.drop();
    // Requests that came before the FIN are answered (RFC 9112 §9.6); it is heard again behind them.
    else if (wsi.parked) wsi.hold(Flag.rxHeldByRole | Flag.tellEnd);
    else http.keepAlive = false;
  }

  onTimeout(wsi: Wsi, reason: Timeout): void {
    const http = wsi.state as Transaction | undefined;
    const timeout = wsi.vhost.timeout;
    if (!http || (reason === Timeout.headers && http.length === 0)) wsi.drop();
    else if (http.phase >= Phase.respond || http.status !== 0) {
      if (reason === Timeout.response && !this.moves(wsi, http)) wsi.drop();
      else wsi.setTimeout(Timeout.response, timeout);
    } else if (http.phase === Phase.body && this.moves(wsi, http)) wsi.setTimeout(Timeout.body, timeout);
    else this.fail(wsi, http, "REQUEST_TIMEOUT");
  }

  /** True if enough of a body has moved since the last call, or if it is not for the peer to move it. */
  private moves(wsi: Wsi, http: Transaction): boolean {
    const isSending = http.phase === Phase.sending;
    if (isSending ? !(wsi.flags & Flag.choked) : wsi.flags & Flag.rxHeld) return http.phase !== Phase.respond;
    const done = isSending ? http.sent : http.received;
    const moved = done - http.mark;
    http.mark = done;
    return moved * 1000 >= this.leastRate * wsi.vhost.timeout;
  }

  write(wsi: Wsi, data: Writable, how: number, from: number, to: number): void {
    const http = wsi.state as Transaction | undefined;
    if (!http || http.phase !== Phase.sending || http.body !== undefined) throw new LwsError("WRITE_AFTER_END");
    writeBody(wsi, http, data, from, to, (how & Write.more) === 0);
  }

  close(wsi: Wsi): void {
    const http = wsi.state as Transaction | undefined;
    if (http && http.status !== 0) http.keepAlive = false;
    else wsi.finish();
  }

  isUndecided(wsi: Wsi): boolean {
    const http = wsi.state as Transaction | undefined;
    return http ? http.phase === Phase.headers : wsi.reason === Timeout.headers || this.pool.isWaiting(wsi);
  }

  drain(wsi: Wsi): void {
    const http = wsi.state as Transaction | undefined;
    if (http && http.phase !== Phase.headers) http.keepAlive = false;
    else wsi.finish();
  }

  refuse(wsi: Wsi): void {
    const { tx } = wsi.vhost.context;
    const text = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n";
    wsi.send(tx, 0, Bytes.put(text, tx, 0));
    wsi.finish();
  }

  /** What a handler throws is answered while no response has begun; then the connection is closed. */
  onFailure(wsi: Wsi, error: unknown): boolean {
    const http = wsi.state as Transaction | undefined;
    if (!http || http.phase >= Phase.sending || http.phase === Phase.headers) return false;
    http.status = 0;
    http.upgradeTo = undefined;
    unbind(wsi);
    this.fail(wsi, http, isFailure(error) ? "INTERNAL" : (error as LwsError).code);
    return true;
  }

  onClosed(wsi: Wsi): void {
    const http = wsi.state as Transaction | undefined;
    if (http) this.release(wsi, http);
    else this.pool.forget(wsi);
  }
}
