/** HTTP/1.0 and 1.1 as a server (RFC 9112): one transaction at a time, pipelined ones in order, kept connections. */
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import type { Writable } from "lws/core/protocol";
import { Write } from "lws/core/protocol";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import { dispatch, unbind } from "lws/http/dispatch";
import { replyError } from "lws/http/errors";
import { selectVhost } from "lws/http/http-vhost";
import type { PoolOptions } from "lws/http/pool";
import { TransactionPool } from "lws/http/pool";
import type { Transaction } from "lws/http/transaction";
import { Phase } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { readBody } from "./h1-body";
import { readHead } from "./h1-head";
import { sendHead, sendRest, writeBody } from "./h1-send";

export class H1 implements Role {
  readonly name = "h1";
  readonly #pool: TransactionPool;

  constructor(options: PoolOptions = {}) {
    this.#pool = new TransactionPool(options);
  }

  onRx(wsi: Wsi): void {
    let http = wsi.state as Transaction | undefined;
    if (!http) {
      http = this.#pool.take(wsi);
      if (!http) {
        // The wait is not the client's fault.
        wsi.setTimeout(Timeout.keepAlive, wsi.vhost.keepAlive);
        return;
      }
      wsi.state = http;
    }
    if (http.phase === Phase.headers) this.#head(wsi, http);
    else if (http.phase === Phase.body) this.#body(wsi, http);
    else wsi.hold(Flag.rxHeldByRole | Flag.rx);
  }

  #head(wsi: Wsi, http: Transaction): void {
    const begun = http.length > 0;
    const store = http.store;
    const count = wsi.read(store, http.length, store.length);
    if (count === 0 && !begun) {
      this.#release(wsi, http);
      return;
    }
    http.length += count;
    const state = readHead(http);
    if (state === "more") {
      if (!begun) wsi.setTimeout(Timeout.headers, wsi.vhost.timeout);
    } else if (state === "end") this.#begin(wsi, http);
    else this.#fail(wsi, http, state);
  }

  /** The headers are complete: the request goes to whoever answers it. */
  #begin(wsi: Wsi, http: Transaction): void {
    if (http.length > http.at) wsi.unread(http.store, http.at, http.length);
    if (wsi.vhost.siblings.length > 1) wsi.vhost = selectVhost(wsi.vhost.siblings, http.host.replace(/:\d+$/, ""));
    http.phase = http.contentLength === 0 ? Phase.respond : Phase.body;
    http.limit = dispatch(wsi);
    if (wsi.state !== http || !wsi.alive) return;
    if (http.phase === Phase.respond) {
      if (http.sized || (http.method !== "GET" && http.method !== "HEAD")) this.#bodyEnd(wsi, http);
    } else if (http.status !== 0) http.keepAlive = false;
    else {
      if (http.expect && !wsi.parked) wsi.callbackOnWritable();
      wsi.setTimeout(Timeout.body, wsi.vhost.timeout);
    }
    if (wsi.parked) this.#resume(wsi);
  }

  #body(wsi: Wsi, http: Transaction): void {
    http.expect = false;
    const state = readBody(wsi, http, http.limit);
    if (state === "end") {
      http.phase = Phase.respond;
      this.#bodyEnd(wsi, http);
    } else if (state === "more") wsi.setTimeout(Timeout.body, wsi.vhost.timeout);
    else this.#fail(wsi, http, state);
  }

  #bodyEnd(wsi: Wsi, http: Transaction): void {
    if (http.status === 0) wsi.protocol?.onBodyEnd(wsi);
  }

  /** Answers a request that can't be served, and ends the connection, since where the next one begins is not certain. */
  #fail(wsi: Wsi, http: Transaction, code: ErrorCode): void {
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
    if (http.phase === Phase.done && wsi.state === http) this.#complete(wsi, http);
  }

  #complete(wsi: Wsi, http: Transaction): void {
    const keepAlive = http.keepAlive;
    if (http.status === 101) {
      this.#upgrade(wsi, http);
      return;
    }
    this.#release(wsi, http);
    if (!keepAlive) {
      wsi.finish();
      return;
    }
    wsi.setTimeout(Timeout.keepAlive, wsi.vhost.keepAlive);
    if (wsi.parked || wsi.flags & Flag.rxHeldByRole) wsi.release(Flag.rxHeldByRole);
  }

  /** The protocol is bound while it can still read the request's headers. */
  #upgrade(wsi: Wsi, http: Transaction): void {
    const { protocol, upgradeTo } = http;
    wsi.pss = protocol?.open(wsi);
    wsi.protocol = protocol;
    wsi.state = undefined;
    this.#pool.give(http);
    upgradeTo?.start(wsi);
    this.#resume(wsi);
  }

  /** Goes on reading: what is parked, or was held back while a response was made. */
  #resume(wsi: Wsi): void {
    if (wsi.parked || wsi.flags & Flag.rxHeldByRole) wsi.release(Flag.rxHeldByRole);
  }

  #release(wsi: Wsi, http: Transaction): void {
    wsi.state = undefined;
    try {
      if (wsi.protocol) unbind(wsi);
    } finally {
      this.#pool.give(http);
    }
  }

  onEnd(wsi: Wsi): void {
    const http = wsi.state as Transaction | undefined;
    if (!http || http.phase <= Phase.body) wsi.drop();
    else http.keepAlive = false;
  }

  onTimeout(wsi: Wsi, reason: Timeout): void {
    const http = wsi.state as Transaction | undefined;
    if (!http || (reason === Timeout.headers && http.length === 0)) wsi.drop();
    else if (http.phase >= Phase.respond || http.status !== 0) {
      if (reason === Timeout.response) wsi.drop();
      else wsi.setTimeout(Timeout.response, wsi.vhost.timeout);
    } else this.#fail(wsi, http, "REQUEST_TIMEOUT");
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

  onClosed(wsi: Wsi): void {
    const http = wsi.state as Transaction | undefined;
    if (http) this.#release(wsi, http);
    else this.#pool.forget(wsi);
  }
}
