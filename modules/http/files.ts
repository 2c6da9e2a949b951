/** Serving of files: the default document, media types, compressed forms, conditions and ranges (RFC 9110 §8.8, §13, §14). */
import type { Wsi } from "lws/core/wsi";
import type { File } from "lws/vfs/file";
import { prefersGzip } from "./accept-encoding";
import { evaluate, mayRange } from "./conditions";
import { replyError } from "./errors";
import { Ranges, Span } from "./file-parts";
import { interpret, interpreterOf } from "./interpret";
import { mediaType } from "./mime";
import type { BoundMount, FileMount } from "./mount";
import { notFound } from "./not-found";
import { readRanges } from "./ranges";
import { encodePath, redirect } from "./redirect";
import { fileType, sendFile } from "./send-file";
import type { Transaction } from "./transaction";
import { begin, beginParts, reply, Seen } from "./transaction";

/** Answers a GET or HEAD through a file mount. */
export function serveFile(wsi: Wsi, http: Transaction, mount: BoundMount): void {
  const origin = mount.file as FileMount;
  const files = origin.files;
  const path = http.path;
  const mountpoint = mount.mountpoint;
  if (path === mountpoint && path.length > 1) {
    redirect(wsi, 301, `${encodePath(path)}/`);
    return;
  }
  let name = origin.origin + (mountpoint === "/" ? path : path.slice(mountpoint.length));
  if (path.endsWith("/")) name += origin.default ?? "index.html";
  const type = mount.types === undefined ? mediaType(name) : fileType(mount, name);
  const protocol = mount.interpret === undefined ? undefined : interpreterOf(mount.interpret, name);
  const seen = protocol === undefined ? http.seen : 0;
  const gzip = (seen & Seen.acceptEncoding) !== 0 && prefersGzip(http.header("accept-encoding"));
  const file = type === undefined ? undefined : files.open(name, gzip);
  if (file === undefined) notFound(wsi);
  else if (typeof file === "string") replyError(wsi, file);
  else if (protocol !== undefined) interpret(wsi, protocol, type as string, file);
  else {
    const tag = `"${file.length.toString(16)}-${files.version}${file.mark}"`;
    let headers = `ETag: ${tag}\r\n${mount.fileHeaders}`;
    if (seen & Seen.conditions && answerConditions(wsi, http, tag, files.modified, headers)) return;
    if (file.encoding !== undefined) headers += "Content-Encoding: gzip\r\n";
    if (seen & Seen.range && answerRange(wsi, http, type as string, file, headers, tag, files.modified)) return;
    if (file.member === undefined) reply(wsi, 200, type as string, file.source, headers);
    else sendFile(wsi, 200, type as string, file, headers);
  }
}

/** Answers a conditional request that wants no content. False: it wants it. */
function answerConditions(wsi: Wsi, http: Transaction, tag: string, modified: number, headers: string): boolean {
  const verdict = evaluate(http, tag, modified);
  if (verdict === 304) begin(wsi, 304, "", 0, headers);
  else if (verdict === 412) replyError(wsi, "PRECONDITION");
  return verdict !== 200;
}

/** Answers with the ranges that are asked for. False: the Range header does not count. */
function answerRange(
  wsi: Wsi,
  http: Transaction,
  type: string,
  file: File,
  headers: string,
  tag: string,
  modified: number,
): boolean {
  // §14.2: ranges are defined for GET. Content that is made has no places to begin at.
  if (http.method !== "GET" || file.member?.reader || !mayRange(http, tag, modified)) return false;
  const ranges = readRanges(http.header("range") ?? "", file.length);
  if (!ranges) return false;
  const [from, to] = ranges;
  if (from === undefined || to === undefined) {
    replyError(wsi, "RANGE", false, `Content-Range: bytes */${file.length}\r\n`);
  } else if (ranges.length > 2) {
    const parts = new Ranges(file, type, ranges);
    beginParts(wsi, 206, parts.type, parts.length, headers, parts);
  } else {
    const place = `Content-Range: bytes ${from}-${to - 1}/${file.length}\r\n`;
    beginParts(wsi, 206, type, to - from, headers + place, new Span(file, from, to));
  }
  return true;
}
