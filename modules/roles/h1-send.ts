/** Responses on an HTTP/1 connection. A head and a body that fit the building buffer together go out as one packet. */
import { LwsError } from "lws/core/errors";
import type { Writable } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import { dateLine } from "lws/http/date-line";
import type { HttpVhost } from "lws/http/http-vhost";
import { reasonPhrase } from "lws/http/status";
import type { Parts, Transaction } from "lws/http/transaction";
import { Phase } from "lws/http/transaction";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";

/** Text as bytes in a buffer of its own. */
function encode(text: string): ArrayBuffer {
  const buffer = new ArrayBuffer(Bytes.size(text));
  Bytes.put(text, buffer, 0);
  return buffer;
}

function head(wsi: Wsi, http: Transaction): string {
  const status = http.status;
  const bodyLength = http.bodyLength;
  if (status === 101) return `HTTP/1.1 101 ${reasonPhrase(101)}\r\n${http.extra}\r\n`;
  let framing = "";
  if (bodyLength >= 0) {
    if (status !== 304 && status !== 204) framing = `Content-Length: ${bodyLength}\r\n`;
  } else if (http.minor > 0) framing = "Transfer-Encoding: chunked\r\n";
  else http.keepAlive = false;
  if (!http.keepAlive) framing += "Connection: close\r\n";
  else if (http.minor === 0) framing += "Connection: keep-alive\r\n";
  const date = wsi.vhost.context.date ?? dateLine(wsi.vhost.context);
  const type = http.type === "" ? "" : `Content-Type: ${http.type}\r\n`;
  const mount = http.mount;
  const fixed = mount === undefined ? (wsi.vhost as HttpVhost).headers : mount.headers;
  return `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${type}${framing}${date}${fixed}${http.extra}\r\n`;
}

/** Sends the head, with as much of a body that is at hand as fits beside it. */
export function sendHead(wsi: Wsi, http: Transaction): void {
  const tx = wsi.vhost.context.tx;
  let to = Bytes.put(head(wsi, http), tx, 0);
  if (to < 0) throw new LwsError("INTERNAL", "response head");
  http.phase = Phase.sending;
  let body = http.body;
  if (http.method === "HEAD" || http.bodyLength === 0) http.phase = Phase.done;
  else if (body !== undefined) {
    if (typeof body === "string") {
      const end = Bytes.put(body, tx, to);
      if (end >= 0) {
        to = end;
        http.phase = Phase.done;
      } else http.body = body = encode(body);
    } else if (http.parts !== undefined) to = putParts(http, http.parts, tx, to);
    else if (http.bodyEnd - http.bodyAt <= tx.length - to) {
      to = Bytes.copy(body, http.bodyAt, http.bodyEnd, tx, to);
      http.phase = Phase.done;
    }
  }
  wsi.send(tx, 0, to);
  if (http.phase !== Phase.done) {
    http.mark = 0;
    wsi.setTimeout(Timeout.response, wsi.vhost.timeout);
    wsi.callbackOnWritable();
  }
}

/** Puts those pieces beside a head that fit as a whole. A body of unknown length has a framing of its own. */
function putParts(http: Transaction, parts: Parts, tx: Uint8Array, at: number): number {
  let to = at;
  if (http.bodyLength < 0) return to;
  for (;;) {
    if (!parts.next(http)) {
      http.phase = Phase.done;
      return to;
    }
    const length = http.bodyEnd - http.bodyAt;
    if (length > tx.length - to) return to;
    to = Bytes.copy(http.body as ByteSource, http.bodyAt, http.bodyEnd, tx, to);
    http.sent += length;
    http.bodyAt = http.bodyEnd;
  }
}

/** Sends what the socket takes of a body that is at hand. */
export function sendRest(wsi: Wsi, http: Transaction): void {
  if (http.bodyLength < 0) {
    const isLast = !(http.parts as Parts).next(http);
    writeBody(wsi, http, http.body as ByteSource, isLast ? 0 : http.bodyAt, isLast ? 0 : http.bodyEnd, isLast);
    if (!isLast) wsi.callbackOnWritable();
    return;
  }
  const sent = wsi.sendSome(http.body as ByteSource, http.bodyAt, http.bodyEnd);
  http.sent += sent;
  http.bodyAt += sent;
  if (http.bodyAt === http.bodyEnd && !http.parts?.next(http)) http.phase = Phase.done;
  else wsi.callbackOnWritable();
}

/** Sends a piece of a body that the protocol makes. Throws INTERNAL if its length is not the one that was stated. */
export function writeBody(
  wsi: Wsi,
  http: Transaction,
  data: Writable,
  from: number,
  to: number,
  isLast: boolean,
): void {
  let source: ByteSource;
  let end = to;
  if (typeof data === "string") {
    source = encode(data);
    end = source.byteLength;
  } else source = data;
  const length = end - from;
  http.sent += length;
  if (http.bodyLength >= 0 && (http.sent > http.bodyLength || (isLast && http.sent < http.bodyLength))) {
    throw new LwsError("INTERNAL", "response length");
  }
  if (http.bodyLength < 0 && http.minor > 0) {
    const { tx } = wsi.vhost.context;
    if (length > 0) {
      wsi.send(tx, 0, Bytes.put(`${length.toString(16)}\r\n`, tx, 0));
      wsi.send(source, from, end);
    }
    const tail = length > 0 ? (isLast ? "\r\n0\r\n\r\n" : "\r\n") : isLast ? "0\r\n\r\n" : "";
    wsi.send(tx, 0, Bytes.put(tail, tx, 0));
  } else wsi.send(source, from, end);
  if (isLast) http.phase = Phase.done;
}
