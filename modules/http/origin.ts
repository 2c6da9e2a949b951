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
