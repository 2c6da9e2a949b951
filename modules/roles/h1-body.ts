/** Bodies of HTTP/1 requests: of a stated length, or chunked (RFC 9112 §6, §7.1). Nothing beyond the body is taken from the connection. */
import type { ErrorCode } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import { wantsBody } from "lws/http/dispatch";
import type { Transaction } from "lws/http/transaction";
import { ByteSet, Bytes } from "lws/platform/bytes";

/** Longest line of a chunk's size with its extensions, and of a trailer; most bytes of a trailer section. */
const lineLimit = 256;
const trailerLimit = 1024;

/** @internal What a chunked body is at; kept in `Transaction.chunk`. */
export const enum Chunk {
  size,
  data,
  dataEnd,
  trailer,
}

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

/** Names with values may stand behind the size of a chunk (RFC 9112 §7.1.1); they mean nothing here. */
function isExtended(buffer: Uint8Array, from: number, to: number): boolean {
  if (from === to) return true;
  return /^(?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~0-9a-z-]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+.^_`|~0-9a-z-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)+$/i.test(
    Bytes.latin1(buffer, from, to),
  );
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
    const lf = Bytes.find(buffer, at, length, "\n");
    if ((lf < 0 ? length : lf) - at > lineLimit) return "BAD_REQUEST";
    if (lf < 0) break;
    if (lf === at || buffer[lf - 1] !== 13) return "BAD_REQUEST";
    const from = at;
    at = lf + 1;
    if (http.chunk === Chunk.dataEnd) {
      if (lf - 1 > from) return "BAD_REQUEST";
      http.chunk = Chunk.size;
    } else if (http.chunk === Chunk.size) {
      const digits = Bytes.span(buffer, from, lf - 1, ByteSet.hex);
      if (digits === from || digits - from > 8 || !isExtended(buffer, digits, lf - 1)) return "BAD_REQUEST";
      http.left = Number.parseInt(Bytes.latin1(buffer, from, digits), 16);
      http.chunk = http.left > 0 ? Chunk.data : Chunk.trailer;
    } else if (lf - 1 === from) {
      if (at < length) wsi.unread(buffer, at, length);
      return "end";
    } else {
      // No chunk is left, so the field counts the trailer section.
      http.left += at - from;
      if (http.left > trailerLimit) return "HEADERS_TOO_LARGE";
      if (Bytes.field(buffer, from, at, "") < 0) return "BAD_REQUEST";
    }
  }
  if (at < length) wsi.unread(buffer, at, length);
  return "more";
}
