/** A vhost that speaks HTTP: mounts, headers of every response, and the wires that a request may be upgraded to. */
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import type { Protocol } from "lws/core/protocol";
import type { Role } from "lws/core/role";
import type { VhostOptions } from "lws/core/vhost";
import { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { AccessLog } from "./access-log";
import { bindMount, headerLines } from "./bind-mount";
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

/** A wire that takes over what is no HTTP. */
export interface FallbackRole extends Role {
  adopt(wsi: Wsi, protocol: Protocol): void;
}

/** Lets users in, or not. */
export interface Authenticator {
  /** Throws BAD_OPTION where users can't be looked up in a place of this name. */
  admit(place: string): void;
  /** True if the request's user is one of `place`, who is then `http.user`; else the request has been answered. */
  check(wsi: Wsi, http: Transaction, place: string): boolean;
}

export interface HttpVhostOptions extends VhostOptions {
  mounts?: readonly Mount[];
  upgrades?: readonly Upgrade[];
  /** Takes a connection over whose first bytes are no HTTP method; `protocol` is the name of one of the vhost's (RAW fallback of lws). */
  fallback?: { readonly role: FallbackRole; readonly protocol: string };
  /** Who checks the users of mounts and protocols that let in only some. */
  authenticator?: Authenticator;
  /** False for a request that was meant for another host, which is refused. Default: none is. */
  admits?: (http: Transaction) => boolean;
  /** Headers of every response, name to value. The defaults suit pages that load only what comes from here. */
  headers?: Readonly<Record<string, string>>;
  /** URL path, on this vhost, of the file that is sent with status 404 for addresses where nothing is. */
  errorDocument?: string;
  /** Whether each request becomes a line in the log and in a short list. */
  accessLog?: boolean;
}

/** For pages that load only what comes from here. */
export const defaultHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  // Without any referrer browsers send "Origin: null" with a form, which is then refused as another origin's.
  "Referrer-Policy": "same-origin",
};

export class HttpVhost extends Vhost {
  /** By falling length. */
  mounts: readonly BoundMount[];
  upgrades: readonly Upgrade[];
  readonly errorDocument: string | undefined;
  /** The last requests, where the option asks for it. */
  readonly accessLog: AccessLog | undefined;
  readonly authenticator: Authenticator | undefined;
  readonly admits: ((http: Transaction) => boolean) | undefined;
  readonly fallback: { readonly role: FallbackRole; readonly protocol: Protocol } | undefined;
  /** @internal The headers as they go out. */
  readonly headers: string;

  constructor(context: Context, options: HttpVhostOptions) {
    super(context, options);
    this.upgrades = options.upgrades ?? [];
    this.errorDocument = options.errorDocument;
    this.accessLog = options.accessLog ? new AccessLog() : undefined;
    this.headers = headerLines(options.headers ?? defaultHeaders);
    this.authenticator = options.authenticator;
    this.admits = options.admits;
    this.fallback = options.fallback && {
      role: options.fallback.role,
      protocol: this.protocol(options.fallback.protocol) ?? missing(options.fallback.protocol),
    };
    for (const protocol of this.protocols) this.#admit(protocol.basicAuth);
    this.mounts = (options.mounts ?? [])
      .map((mount) => this.#bind(mount))
      .sort((a, b) => b.mountpoint.length - a.mountpoint.length);
  }

  #bind(mount: Mount): BoundMount {
    const bound = bindMount(this, mount, this.headers);
    this.#admit(bound.auth);
    return bound;
  }

  #admit(place: string | undefined): void {
    if (place === undefined) return;
    if (!this.authenticator) throw new LwsError("BAD_OPTION", "basic-auth without an authenticator");
    this.authenticator.admit(place);
  }
}

function missing(protocol: string): never {
  throw new LwsError("NO_PROTOCOL", protocol);
}
