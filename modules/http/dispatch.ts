/** From a request whose headers are complete to whoever answers it. */
import type { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { replyError } from "./errors";
import { serveFile } from "./files";
import type { HttpVhost } from "./http-vhost";
import { findMount } from "./mount";
import { notFound } from "./not-found";
import { isFrom, isSameOrigin } from "./origin";
import { redirectMount } from "./redirect";
import type { Transaction } from "./transaction";
import { begin, Phase } from "./transaction";

const safeMethods = "GET, HEAD";
const everyMethod = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/** True if `list`, as an Allow header has it, names `method`. */
function allows(list: string, method: string): boolean {
  return (
    list === method || list.startsWith(`${method},`) || list.endsWith(` ${method}`) || list.includes(` ${method},`)
  );
}

/** Finds the mount of the request, binds its protocol, and lets it begin. The largest body that may follow is returned. */
export function dispatch(wsi: Wsi): number {
  const http = wsi.state as Transaction;
  const vhost = wsi.vhost as HttpVhost;
  if (vhost.admits && !vhost.admits(http)) {
    replyError(wsi, "MISDIRECTED", true);
    return 0;
  }
  const mount = findMount(vhost.mounts, http.path);
  http.mount = mount;
  if (http.upgrade !== "" && !mount?.redirect && !mount?.protocol?.relays) {
    const upgrade = vhost.upgrades.find(({ token }) => token === http.upgrade);
    if (upgrade) {
      http.upgradeTo = upgrade;
      upgrade.accept(wsi, http);
      return 0;
    }
  }
  const method = http.method;
  if (mount?.auth !== undefined && !vhost.authenticator?.check(wsi, http, mount.auth)) return 0;
  if (!mount) {
    if (http.path === "*") otherMethod(wsi, http, "");
    else notFound(wsi);
  } else if (mount.file) {
    if (method === "GET" || method === "HEAD") serveFile(wsi, http, mount);
    else otherMethod(wsi, http, safeMethods);
  } else if (mount.protocol) {
    const protocol = mount.protocol;
    const limit = mount.bodyLimit < 0 ? protocol.bodyLimit : mount.bodyLimit;
    if (!allows(protocol.methods, method)) otherMethod(wsi, http, protocol.methods);
    else if (method !== "GET" && method !== "HEAD" && !mayChange(wsi, http, protocol)) replyError(wsi, "FORBIDDEN");
    else if (http.contentLength > limit) replyError(wsi, "BODY_TOO_LARGE", true);
    else {
      wsi.pss = protocol.open(wsi);
      http.protocol = wsi.protocol = protocol;
      protocol.onRequest(wsi);
      return limit;
    }
  } else if (mount.redirect) redirectMount(wsi, mount.redirect);
  else notFound(wsi);
  return 0;
}

/** Whether the page that asks may have something changed: one of another origin may where a proxy's mount says so. */
function mayChange(wsi: Wsi, http: Transaction, protocol: Protocol): boolean {
  return protocol.relays ? isFrom(wsi, http, protocol.allowOrigin) : isSameOrigin(wsi, http);
}

/** A method that is not among those of the resource: OPTIONS is told which they are (RFC 9110 §9.3.7), all others are refused. */
function otherMethod(wsi: Wsi, http: Transaction, methods: string): void {
  if (http.method !== "OPTIONS") replyError(wsi, "METHOD_NOT_ALLOWED", false, `Allow: ${methods}\r\n`);
  else begin(wsi, 204, "", 0, `Allow: ${http.path === "*" ? everyMethod : `${methods}, OPTIONS`}\r\n`);
}

/** Ends the binding of a transaction to its protocol. */
export function unbind(wsi: Wsi): void {
  const { protocol } = wsi;
  if (!protocol) return;
  wsi.protocol = undefined;
  try {
    protocol.onClosed(wsi);
  } finally {
    wsi.pss = undefined;
  }
}

/** True while the body of a request still has a reader: one that was answered early is read and thrown away. */
export function wantsBody(wsi: Wsi): boolean {
  const http = wsi.state as Transaction;
  return http.phase === Phase.body && http.status === 0 && http.protocol !== undefined;
}
