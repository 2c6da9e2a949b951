/** Responses on an HTTP/1 connection. A head and a body that fit the building buffer together go out as one packet. */
import { LwsError } from "lws/core/errors";
import type { Writable } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import type { HttpVhost } from "lws/http/http-vhost";
import { reasonPhrase } from "lws/http/status";
import type { Transaction } from "lws/http/transaction";
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
  const type = http.type === "" ? "" : `Content-Type: ${http.type}\r\n`;
  return `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${type}${framing}${(wsi.vhost as HttpVhost).headers}${http.extra}\r\n`;
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
    } else if (body.byteLength <= tx.length - to) {
      to = Bytes.copy(body, 0, body.byteLength, tx, to);
      http.phase = Phase.done;
    }
  }
  wsi.send(tx, 0, to);
  if (http.phase !== Phase.done) {
    wsi.setTimeout(Timeout.response, wsi.vhost.timeout);
    wsi.callbackOnWritable();
  }
}

/** Sends what the socket takes of a body that is at hand. */
export function sendRest(wsi: Wsi, http: Transaction): void {
  const body = http.body as ByteSource;
  const sent = wsi.sendSome(body, http.sent, http.bodyLength);
  http.sent += sent;
  if (http.sent === http.bodyLength) http.phase = Phase.done;
  else {
    if (sent > 0) wsi.setTimeout(Timeout.response, wsi.vhost.timeout);
    wsi.callbackOnWritable();
  }
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
  else wsi.setTimeout(Timeout.response, wsi.vhost.timeout);
}
