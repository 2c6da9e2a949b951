/** What to do with a connection that does not begin as HTTP does (lws: fallback to raw). */
import type { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import type { HttpVhost } from "lws/http/http-vhost";
import type { TransactionPool } from "lws/http/pool";
import type { Transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";

/** Each method with the space behind it; the longest has 8 characters. */
const methods = "|GET |HEAD |POST |PUT |PATCH |DELETE |OPTIONS |";

/** Hands the connection to the vhost's fallback, unless what came first is the beginning of a method, or there is no fallback. */
export function fallBack(wsi: Wsi, http: Transaction, pool: TransactionPool): boolean {
  const vhost = wsi.vhost as HttpVhost;
  const fallback = vhost.fallback;
  if (fallback === undefined || wsi.requests > 0) return false;
  const start = Bytes.latin1(http.store, 0, Math.min(http.length, 8));
  if (methods.includes(`|${start.slice(0, start.indexOf(" ") + 1) || start}`)) return false;
  wsi.unread(http.store, 0, http.length);
  wsi.state = undefined;
  pool.give(http);
  fallback.role.adopt(wsi, fallback.protocol);
  wsi.release(Flag.rxHeldByRole);
  return true;
}
