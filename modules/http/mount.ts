/**
 * Mounts: which part of the URL space is answered by what (lws: mounts). The longest mountpoint that ends at a segment boundary
 * wins.
 */
import type { Options, Protocol } from "lws/core/protocol";
import type { FileSystem } from "lws/vfs/file";
import type { ReverseProxy } from "./relay";

/** Cache-Control of a file mount, in words of RFC 9111. */
export type CachePolicy = "no-store" | "no-cache" | `max-age=${number}` | `${"private" | "public"}, max-age=${number}`;

/** What any mount may have. */
export interface MountOptions {
  mountpoint: string;
  /** Headers of the responses, name to value, instead of all those of the vhost. */
  headers?: Readonly<Record<string, string>>;
  /** Milliseconds that a kept connection may stay idle after a request to this mount, instead of the vhost's; 0 closes it at once. */
  keepAlive?: number;
}

export interface FileMount extends MountOptions {
  files: FileSystem;
  /** Path inside `files` that stands for the mountpoint. */
  origin: string;
  /** Served for a path that ends in a slash. */
  default?: string;
  cache?: CachePolicy;
  /**
   * Media types by the end of a file's name (".apk": "application/…"), looked at before the common ones. "*" is for what is known to
   * neither; without it such files are not served. A type of "" sends no Content-Type.
   */
  types?: Readonly<Record<string, string>>;
  /** Ends of names whose files have `$names` in them, and the protocol that says what stands there: `Protocol.onVariable`. */
  interpret?: Readonly<Record<string, string>>;
  /** What the vhost's authenticator looks users up in: an NVS namespace. Absent: everybody may. */
  basicAuth?: string;
}

export interface CallbackMount extends MountOptions {
  /** Name of a protocol of the vhost. */
  protocol: string;
  /** Options that the protocol finds in `transaction(wsi).mount.pmo`. */
  pmo?: Options;
  /** Largest request body in bytes, instead of the protocol's. */
  bodyLimit?: number;
  /** As of a {@link FileMount}; absent: the protocol's option `basic-auth`. */
  basicAuth?: string;
}

export interface RedirectMount extends MountOptions {
  /** Where to: a path, or an address whose host may be `*`, the one that was asked for: "https://*". */
  redirect: string;
  /** For `*`: the port of this device that is meant. Where the ports are mapped, all by the same distance, it is mapped, too. */
  mapped?: number;
  /** 301 and 302 may turn a POST into a GET, 307 and 308 keep the method; default 301. */
  status?: 301 | 302 | 307 | 308;
  /** Add what the request's path has below the mountpoint. */
  append?: boolean;
}

export interface ProxyMount extends MountOptions {
  /** Who passes requests on: an `HttpProxy` of `lws/client`. Its limits count for all mounts that name it. */
  proxy: ReverseProxy;
  /** The server behind, and what stands there for the mountpoint: "http://192.168.1.7:8080/base". A literal IPv4 address; port 80 if there is none. */
  origin: string;
  /** Largest request body in bytes. Default: any. */
  bodyLimit?: number;
  /** As of a {@link FileMount}; the login is then not passed on. */
  basicAuth?: string;
  /** Further origins whose pages may change something or connect a WebSocket here, separated by spaces, or `*` for all. */
  allowOrigin?: string;
}

/** A part of the URL space where nothing is, whatever is mounted above it. */
export interface NoMount extends MountOptions {
  none: true;
}

export type Mount = FileMount | CallbackMount | RedirectMount | ProxyMount | NoMount;

/** A mount as a vhost keeps it. */
export interface BoundMount {
  readonly mountpoint: string;
  /** Its first character behind the slash, NaN for "/": tells most mounts apart. */
  readonly initial: number;
  readonly file: FileMount | undefined;
  readonly protocol: Protocol | undefined;
  readonly redirect: RedirectMount | undefined;
  /** @internal The headers as they go out; more of them for files. */
  readonly headers: string;
  readonly fileHeaders: string;
  readonly keepAlive: number;
  /** Per-mount options (lws: pmo) of a callback mount. */
  readonly pmo: Options;
  /** Largest request body, -1: as the protocol says. */
  readonly bodyLimit: number;
  /** @internal Ends of names in lower case, each followed by its media type; the type of all others. */
  readonly types: readonly string[] | undefined;
  readonly otherType: string | undefined;
  /** @internal Ends of names in lower case, each followed by its protocol. */
  readonly interpret: readonly (string | Protocol)[] | undefined;
  /** Where users are looked up; undefined lets everybody in. */
  readonly auth: string | undefined;
}

/** The mount that answers `path`, out of `mounts` sorted by falling length. */
export function findMount(mounts: readonly BoundMount[], path: string): BoundMount | undefined {
  const initial = path.charCodeAt(1);
  const count = mounts.length;
  for (let i = 0; i < count; i++) {
    const mount = mounts[i] as BoundMount;
    const mountpoint = mount.mountpoint;
    if (mountpoint === "/") return mount;
    if (mount.initial !== initial || !path.startsWith(mountpoint)) continue;
    if (mountpoint.length === path.length || path.charCodeAt(mountpoint.length) === 0x2f) return mount;
  }
  return undefined;
}
