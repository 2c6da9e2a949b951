/** Bodies of HTTP/1 requests: of a stated length, or chunked (RFC 9112 §6, §7.1). Nothing beyond the body is taken from the connection. */
import type { ErrorCode } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import { wantsBody } from "lws/http/dispatch";
import type { Transaction } from "lws/http/transaction";
import { Chunk, ChunkLine, readChunkLine } from "./chunked";

function deliver(wsi: Wsi, http: Transaction, from: number, to: number): void {
  http.received += to - from;
  if (wantsBody(wsi)) wsi.protocol?.onBody(wsi, wsi.vhost.context.buffer, from, to);
}

/** Reads what has arrived: "more" is to come, or the body is at its "end". */
export function readBody(wsi: Wsi, http: Transaction, limit: number): ErrorCode | "more" | "end" {
  const { buffer } = wsi.vhost.context;
  if (http.contentLength < 0) return readChunked(wsi, http, limit);
  const count = wsi.read(buffer, 0, Math.min(buffer.length, http.left));
  http.left -= count;
  if (count > 0) deliver(wsi, http, 0, count);
  return http.left > 0 ? "more" : "end";
}

function readChunked(wsi: Wsi, http: Transaction, limit: number): ErrorCode | "more" | "end" {
  const { buffer } = wsi.vhost.context;
  const length = wsi.read(buffer, 0, buffer.length);
  let at = 0;
  while (at < length) {
    if (http.chunk === Chunk.data) {
      const to = Math.min(at + http.left, length);
      http.left -= to - at;
      if (http.left === 0) http.chunk = Chunk.dataEnd;
      if (http.received + to - at > limit && wantsBody(wsi)) return "BODY_TOO_LARGE";
      deliver(wsi, http, at, to);
      at = to;
      continue;
    }
    const next = readChunkLine(http, buffer, at, length);
    if (next === ChunkLine.unfinished) break;
    if (next < 0) return next === ChunkLine.tooLarge ? "HEADERS_TOO_LARGE" : "BAD_REQUEST";
    at = next;
    if (http.chunk === Chunk.over) {
      if (at < length) wsi.unread(buffer, at, length);
      return "end";
    }
  }
  if (at < length) wsi.unread(buffer, at, length);
  return "more";
}
