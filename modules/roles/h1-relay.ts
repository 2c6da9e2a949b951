/** Answers of other servers on an HTTP/1 connection: the framing is the connection's own (RFC 9112 §6), all else is theirs. */
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import type { RelayedAnswer } from "lws/http/relay";
import type { Transaction } from "lws/http/transaction";
import { Phase } from "lws/http/transaction";
import { HeadWriter } from "./head-writer";

function framing(http: Transaction, length: number): string {
  if (length >= 0) return `Content-Length: ${length}\r\n`;
  if (http.minor > 0) return "Transfer-Encoding: chunked\r\n";
  http.keepAlive = false;
  return "";
}

export function relayHead(wsi: Wsi, http: Transaction, answer: RelayedAnswer): void {
  const { status, length } = answer;
  // What is left of the request's body is not read any more.
  if (http.phase === Phase.body) http.keepAlive = false;
  http.status = status;
  http.bodyLength = length;
  const isEmpty = http.method === "HEAD" || status === 204 || status === 304;
  const lines = isEmpty ? "" : framing(http, length);
  const persistence = !http.keepAlive ? "Connection: close\r\n" : http.minor === 0 ? "Connection: keep-alive\r\n" : "";
  const out = new HeadWriter(wsi);
  out.text(`HTTP/1.1 ${status} ${answer.reason}\r\n${lines}${persistence}`);
  answer.writeLines(out);
  out.text("\r\n");
  out.flush();
  if (isEmpty || length === 0) {
    http.phase = Phase.done;
    return;
  }
  http.phase = Phase.sending;
  http.mark = 0;
  wsi.setTimeout(Timeout.response, wsi.vhost.timeout);
  wsi.callbackOnWritable();
}
