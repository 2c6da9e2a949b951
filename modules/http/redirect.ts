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
 * The host that was asked for, at `port` of this device: behind something that shifts all ports alike, that is as far from the port that was asked for as
 * ours are from each other. The port is left out where it is `usual`.
 */
export function hostAt(wsi: Wsi, port: number, usual: number): string {
  const [, name = "", asked] = /^(.*?)(?::(\d+))?$/.exec(transaction(wsi).host || wsi.vhost.name) ?? [];
  const moved = asked === undefined ? port : port + Number(asked) - (wsi.transport?.localPort ?? 0);
  return moved === usual || moved < 1 || moved > 65535 ? name : `${name}:${moved}`;
}

/** Answers a request for a redirect mount. A `*` in the target is the host that was asked for, whose syntax the role has checked. */
export function redirectMount(wsi: Wsi, mount: RedirectMount): void {
  const http = transaction(wsi);
  const { mountpoint, append, mapped } = mount;
  let target =
    mapped === undefined
      ? mount.redirect.replace("://*", `://${(http.host || wsi.vhost.name).replace(/:\d+$/, "")}`)
      : mount.redirect.replace("://*", `://${hostAt(wsi, mapped, mount.redirect.startsWith("https:") ? 443 : 80)}`);
  if (append) {
    if (target.endsWith("/")) target = target.slice(0, -1);
    target += encodePath(http.path.slice(mountpoint.length === 1 ? 0 : mountpoint.length));
  }
  redirect(wsi, mount.status ?? 301, target === "" ? "/" : target);
}
