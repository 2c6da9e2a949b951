/** Whose page has made a request. */
import type { Wsi } from "lws/core/wsi";
import type { Transaction } from "./transaction";

/** True unless the request says that it comes from a page of another origin (RFC 6454 §4): scheme, host and port have to be ours. */
export function isSameOrigin(wsi: Wsi, http: Transaction): boolean {
  const origin = http.header("origin");
  if (origin === undefined) return true;
  const scheme = wsi.transport?.secure ? "https://" : "http://";
  return origin.toLowerCase() === scheme + http.host;
}

/** Whether a page of `allowed` makes the request, origins separated by spaces, or `*` for all; one of our own does always (RFC 6455 §10.2). */
export function isFrom(wsi: Wsi, http: Transaction, allowed: string | undefined): boolean {
  if (isSameOrigin(wsi, http) || allowed === "*") return true;
  const origin = (http.header("origin") as string).toLowerCase();
  return allowed?.toLowerCase().split(" ").includes(origin) ?? false;
}
