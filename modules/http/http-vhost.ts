/** A vhost that speaks HTTP: mounts, headers of every response, and the wires that a request may be upgraded to. */
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import type { VhostOptions } from "lws/core/vhost";
import { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import type { BoundMount, Mount } from "./mount";
import type { Transaction } from "./transaction";

/** Another wire on the same connection (RFC 9110 §7.8), such as WebSocket. */
export interface Upgrade {
  /** Value of the Upgrade header, in lower case. */
  readonly token: string;
  /** Chooses a protocol and prepares a 101 response, or answers the request with an error. */
  accept(wsi: Wsi, http: Transaction): void;
  /** The 101 is out and the protocol bound: takes the connection over. */
  start(wsi: Wsi): void;
}

export interface HttpVhostOptions extends VhostOptions {
  mounts?: readonly Mount[];
  upgrades?: readonly Upgrade[];
  /** Headers of every response, name to value. The defaults suit pages that load only what comes from here. */
  headers?: Readonly<Record<string, string>>;
}

const defaultHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

export class HttpVhost extends Vhost {
  readonly mounts: readonly BoundMount[];
  readonly upgrades: readonly Upgrade[];
  /** @internal The headers as they go out. */
  readonly headers: string;

  constructor(context: Context, options: HttpVhostOptions) {
    super(context, options);
    this.upgrades = options.upgrades ?? [];
    this.mounts = (options.mounts ?? [])
      .map((mount) => this.#bind(mount))
      .sort((a, b) => b.mountpoint.length - a.mountpoint.length);
    let headers = "";
    for (const [name, value] of Object.entries(options.headers ?? defaultHeaders)) headers += `${name}: ${value}\r\n`;
    this.headers = headers;
  }

  #bind(mount: Mount): BoundMount {
    const { mountpoint } = mount;
    if (!mountpoint.startsWith("/") || (mountpoint.length > 1 && mountpoint.endsWith("/"))) {
      throw new LwsError("BAD_OPTION", `mountpoint ${mountpoint}`);
    }
    const initial = mountpoint.charCodeAt(1);
    if (!("protocol" in mount)) return { mountpoint, initial, file: mount, protocol: undefined };
    const protocol = this.protocol(mount.protocol);
    if (!protocol) throw new LwsError("NO_PROTOCOL", mount.protocol);
    return { mountpoint, initial, file: undefined, protocol };
  }
}

/** The vhost among `siblings` that `host` names: the whole name, else the longest that it ends in, else the first. */
export function selectVhost(siblings: readonly Vhost[], host: string): Vhost {
  let best = siblings[0] as Vhost;
  let length = 0;
  for (const vhost of siblings) {
    const { name } = vhost;
    if (host === name) return vhost;
    if (
      name.length > length &&
      host.length > name.length &&
      host.endsWith(name) &&
      host[host.length - name.length - 1] === "."
    ) {
      best = vhost;
      length = name.length;
    }
  }
  return best;
}
