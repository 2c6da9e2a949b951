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
  readonly file: FileMount | undefined;
  readonly protocol: Protocol | undefined;
}

/** The mount that answers `path`, out of `mounts` sorted by falling length. */
export function findMount(mounts: readonly BoundMount[], path: string): BoundMount | undefined {
  const pathLength = path.length;
  const count = mounts.length;
  for (let i = 0; i < count; i++) {
    const mount = mounts[i] as BoundMount;
    const length = mount.mountpoint.length;
    if (length === 1) return mount;
    if (length > pathLength || !path.startsWith(mount.mountpoint)) continue;
    if (length === pathLength || path.charCodeAt(length) === 0x2f) return mount;
  }
  return undefined;
}
