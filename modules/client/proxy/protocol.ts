/** The protocol behind a proxy's mount. What it keeps of a request is its {@link Exchange}, which is the pss. */

import type { Endpoint } from "lws/client/endpoint";
import { Protocol } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyError } from "lws/http/errors";
import { isFrom } from "lws/http/origin";
import { encodePath, redirect } from "lws/http/redirect";
import type { Transaction } from "lws/http/transaction";
import { begin, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { isKey } from "lws/roles/ws-key";
import { Exchange } from "./exchange";
import type { HttpProxy } from "./mount";

export class ProxyProtocol extends Protocol {
  static readonly protocol = "proxy";
  override readonly bodyLimit = Number.POSITIVE_INFINITY;
  override readonly methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

  constructor(
    vhost: Vhost,
    readonly proxy: HttpProxy,
    readonly endpoint: Endpoint,
    allowOrigin: string | undefined,
  ) {
    super(vhost, allowOrigin === undefined ? {} : { "allow-origin": allowOrigin });
  }

  override get relays(): boolean {
    return true;
  }

  /** A connection that is upgraded is bound once more: to what it was. */
  override open(wsi: Wsi): unknown {
    return wsi.pss ?? new Exchange(this, wsi);
  }

  override onRequest(wsi: Wsi): void {
    const http = transaction(wsi);
    const isUpgrade = http.upgrade === "websocket";
    if (http.path === "*") begin(wsi, 204, "", 0, `Allow: ${this.methods}\r\n`);
    else if (Bytes.find(http.store, http.fields, http.at, this.proxy.name) >= 0) replyError(wsi, "PROXY_LOOP");
    else if (isUpgrade && !this.checkUpgrade(wsi, http)) return;
    else if (isBare(http) && !isUpgrade) redirect(wsi, 301, `${encodePath(http.path)}/`);
    else (wsi.pss as Exchange).enter(http, isUpgrade);
  }

  /** Whether an opening handshake may be passed on (RFC 6455 §4.2.1, §10.2). The origin sees to the rest. */
  private checkUpgrade(wsi: Wsi, http: Transaction): boolean {
    if (http.method !== "GET" || http.contentLength !== 0 || !isKey(http.header("sec-websocket-key") ?? "")) {
      replyError(wsi, "BAD_REQUEST", true);
    } else if (!isFrom(wsi, http, this.allowOrigin)) replyError(wsi, "WS_FOREIGN_ORIGIN", true);
    else return true;
    return false;
  }

  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    (wsi.pss as Exchange).takeBody(buffer, from, to);
  }
  override onBodyEnd(wsi: Wsi): void {
    (wsi.pss as Exchange).takeBodyEnd();
  }
  override onWriteable(wsi: Wsi): void {
    (wsi.pss as Exchange).relay();
  }
  /** It has waited for its turn in vain. */
  override onTimer(wsi: Wsi): void {
    (wsi.pss as Exchange).fail("OVERLOADED");
  }
  override onClosed(wsi: Wsi): void {
    (wsi.pss as Exchange).close();
  }
}

/** A mountpoint without its slash, from which relative links would lead astray. */
function isBare(http: Transaction): boolean {
  const isSafe = http.method === "GET" || http.method === "HEAD";
  return isSafe && http.path.length > 1 && http.path === http.mount?.mountpoint;
}
