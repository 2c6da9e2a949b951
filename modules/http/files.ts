/** Serving of files in flash: the default document, media types, compressed twins, ETags (RFC 9110 §8.8, §13). */
import type { Wsi } from "lws/core/wsi";
import { replyError } from "./errors";
import { mediaType } from "./mime";
import type { FileMount } from "./mount";
import type { Transaction } from "./transaction";
import { begin, reply } from "./transaction";

/** Answers a GET or HEAD for `path` through a file mount. */
export function serveFile(wsi: Wsi, mount: FileMount): void {
  const http = wsi.state as Transaction;
  const mountpoint = mount.mountpoint;
  const files = mount.files;
  let path = http.path;
  if (path === mountpoint && mountpoint.length > 1) {
    begin(wsi, 301, "", 0, `Location: ${encodeURI(mountpoint)}/\r\n`);
    return;
  }
  path = mount.origin + path.slice(mountpoint.length === 1 ? 0 : mountpoint.length);
  if (path.endsWith("/")) path += mount.default ?? "index.html";
  const type = mediaType(path);
  const file = type === undefined ? undefined : files.open(path, http.accepts("accept-encoding", "gzip"));
  if (!file) {
    replyError(wsi, "NOT_FOUND");
    return;
  }
  const tag = `"${file.source.byteLength.toString(16)}-${files.version}${file.encoding ? "-gz" : ""}"`;
  let headers = `ETag: ${tag}\r\nCache-Control: ${mount.cache ?? "no-cache"}\r\nVary: Accept-Encoding\r\n`;
  const known = http.header("if-none-match");
  if (known !== undefined && (known === "*" || known.includes(tag))) {
    begin(wsi, 304, "", 0, headers);
    return;
  }
  if (file.encoding) headers += `Content-Encoding: ${file.encoding}\r\n`;
  reply(wsi, 200, type as string, file.source, headers);
}
