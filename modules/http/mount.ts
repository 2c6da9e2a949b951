/**
 * Mounts: which part of the URL space is answered by what (lws: mounts). The longest mountpoint that ends at a segment boundary
 * wins.
 */
import type { Protocol } from "lws/core/protocol";
import type { FileSystem } from "lws/vfs/file";

/** Cache-Control of a file mount, in words of RFC 9111. */
export type CachePolicy = "no-store" | "no-cache" | `max-age=${number}` | `${"private" | "public"}, max-age=${number}`;

export interface FileMount {
  mountpoint: string;
  files: FileSystem;
  /** Path inside `files` that stands for the mountpoint. */
  origin: string;
  /** Served for a path that ends in a slash. */
  default?: string;
  cache?: CachePolicy;
}

export interface CallbackMount {
  mountpoint: string;
  /** Name of a protocol of the vhost. */
  protocol: string;
}

export type Mount = FileMount | CallbackMount;

/** A mount as a vhost keeps it. */
export interface BoundMount {
  readonly mountpoint: string;
  /** Its first character behind the slash, NaN for "/": tells most mounts apart. */
  readonly initial: number;
  readonly file: FileMount | undefined;
  readonly protocol: Protocol | undefined;
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
