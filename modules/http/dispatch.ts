/** From a request whose headers are complete to whoever answers it. */
import type { Wsi } from "lws/core/wsi";
import { replyError } from "./errors";
import { serveFile } from "./files";
import type { HttpVhost } from "./http-vhost";
import { findMount } from "./mount";
import type { Transaction } from "./transaction";
import { Phase } from "./transaction";

const safeMethods = "GET, HEAD";

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
  if (http.upgrade !== "") {
    const upgrade = vhost.upgrades.find(({ token }) => token === http.upgrade);
    if (upgrade) {
      http.upgradeTo = upgrade;
      upgrade.accept(wsi, http);
      return 0;
    }
  }
  const mount = findMount(vhost.mounts, http.path);
  const method = http.method;
  if (!mount) replyError(wsi, "NOT_FOUND");
  else if (mount.file) {
    if (method === "GET" || method === "HEAD") serveFile(wsi, mount.file);
    else replyError(wsi, "METHOD_NOT_ALLOWED", false, `Allow: ${safeMethods}\r\n`);
  } else if (mount.protocol) {
    const protocol = mount.protocol;
    if (!allows(protocol.methods, method))
      replyError(wsi, "METHOD_NOT_ALLOWED", false, `Allow: ${protocol.methods}\r\n`);
    else if (method !== "GET" && method !== "HEAD" && !http.sameOrigin) replyError(wsi, "FORBIDDEN");
    else if (http.contentLength > protocol.bodyLimit) replyError(wsi, "BODY_TOO_LARGE", true);
    else {
      http.protocol = wsi.protocol = protocol;
      wsi.pss = protocol.open(wsi);
      protocol.onRequest(wsi);
      return protocol.bodyLimit;
    }
  }
  return 0;
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
