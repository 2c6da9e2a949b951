/** Redirects (RFC 9110 §15.4). */
import type { Wsi } from "lws/core/wsi";
import { replyError } from "./errors";
import type { RedirectMount } from "./mount";
import { begin, transaction } from "./transaction";

/** A longer address is refused: a response head has to fit the building buffer. */
const locationLimit = 1024;

/** A path as it was before it was decoded: what has a meaning of its own in an address is escaped. */
export function encodePath(path: string): string {
  return encodeURI(path).replaceAll("?", "%3F").replaceAll("#", "%23");
}

/** Sends the client to `location`, with the query of its request. */
export function redirect(wsi: Wsi, status: number, location: string): void {
  const { query } = transaction(wsi);
  const target = query === "" ? location : `${location}${location.includes("?") ? "&" : "?"}${query}`;
  if (target.length > locationLimit) replyError(wsi, "TARGET_TOO_LONG");
  else begin(wsi, status, "", 0, `Location: ${target}\r\n`);
}

/**
 * The target with the host that was asked for in place of a `*`. A port behind it is moved as far as the port that was asked for is from ours: behind
 * something that shifts all ports alike, the redirect still leads to the right one.
 */
export function fillHost(wsi: Wsi, target: string, host: string): string {
  const [, name = host, asked] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return target.replace(/:\/\/\*(?::(\d+))?/, (_, port?: string) => {
    if (port === undefined) return `://${name}`;
    const shift = asked === undefined ? 0 : Number(asked) - (wsi.transport?.localPort ?? 0);
    const moved = Number(port) + shift;
    const usual = target.startsWith("https:") ? 443 : 80;
    return moved === usual || moved < 1 || moved > 65535 ? `://${name}` : `://${name}:${moved}`;
  });
}

/** Answers a request for a redirect mount. A `*` in the target is the host that was asked for, whose syntax the role has checked. */
export function redirectMount(wsi: Wsi, mount: RedirectMount): void {
  const http = transaction(wsi);
  const { mountpoint, append } = mount;
  let target = fillHost(wsi, mount.redirect, http.host || wsi.vhost.name);
  if (append) {
    if (target.endsWith("/")) target = target.slice(0, -1);
    target += encodePath(http.path.slice(mountpoint.length === 1 ? 0 : mountpoint.length));
  }
  redirect(wsi, mount.status ?? 301, target === "" ? "/" : target);
}
