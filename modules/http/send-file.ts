/** From a path under a file mount to a file, and a file as a response. */
import type { Wsi } from "lws/core/wsi";
import type { File } from "lws/vfs/file";
import { replyError } from "./errors";
import { Made, Span } from "./file-parts";
import { mediaType } from "./mime";
import type { BoundMount, FileMount } from "./mount";
import { begin, beginParts, reply, transaction } from "./transaction";

/** Path inside the file system of `mount` for a URL path at or below its mountpoint. */
export function filePath(mount: FileMount, path: string): string {
  const { length } = mount.mountpoint;
  const below = mount.origin + (length === 1 ? path : path.slice(length));
  return below.endsWith("/") ? below + (mount.default ?? "index.html") : below;
}

/** Media type of `path`: the mount's own list, the common ones, the mount's "*". "" sends none; undefined: the file is not served. */
export function fileType(mount: BoundMount, path: string): string | undefined {
  const own = mount.types;
  if (own === undefined) return mediaType(path);
  const name = path.toLowerCase();
  for (let i = 0; i < own.length; i += 2) if (name.endsWith(own[i] as string)) return own[i + 1];
  return mediaType(path) ?? mount.otherType;
}

/** Answers with a whole file. Nothing of it is copied but content that has to be made. */
export function sendFile(wsi: Wsi, status: number, type: string, file: File, headers: string): void {
  const member = file.member;
  if (member === undefined) {
    reply(wsi, status, type, file.source, headers);
    return;
  }
  const { length } = file;
  if (!member.reader) beginParts(wsi, status, type, length, headers, new Span(file, 0, length));
  else if (transaction(wsi).method === "HEAD" || length === 0) begin(wsi, status, type, length, headers);
  else {
    const reader = member.reader();
    if (reader) beginParts(wsi, status, type, length, headers, new Made(reader));
    else replyError(wsi, "OVERLOADED", false, "Retry-After: 2\r\n");
  }
}
