/** The server's half of the WebSocket opening handshake (RFC 6455 §4.2) on an HTTP/1.1 request. */
import Base64 from "base64";
import type { ErrorCode } from "lws/core/errors";
import type { Protocol, ProtocolClass } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { replyError } from "lws/http/errors";
import type { Transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { Digest } from "lws/platform/digest";

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function acceptKey(key: string): string {
  const text = key + guid;
  const bytes = new ArrayBuffer(text.length);
  Bytes.put(text, bytes, 0);
  const digest = new Digest("SHA-1");
  digest.write(bytes, 0, bytes.byteLength);
  return Base64.encode(digest.close());
}

/** The first protocol of the client's list that the vhost offers; the vhost's first where there is no list. */
function choose(wsi: Wsi, offered: string | undefined): Protocol | undefined {
  const { vhost } = wsi;
  if (offered === undefined) return vhost.protocols[0];
  for (const name of offered.split(",")) {
    const protocol = vhost.protocol(name.trim());
    if (protocol) return protocol;
  }
  return undefined;
}

function check(http: Transaction, key: string): ErrorCode | undefined {
  if (http.method !== "GET" || http.contentLength !== 0) return "BAD_REQUEST";
  if (http.header("sec-websocket-version") !== "13") return "UPGRADE_REQUIRED";
  if (!/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key)) return "BAD_REQUEST";
  return http.sameOrigin ? undefined : "WS_FOREIGN_ORIGIN";
}

/** Prepares the 101 of a good handshake and answers a bad one. */
export function acceptWebSocket(wsi: Wsi, http: Transaction): void {
  const key = http.header("sec-websocket-key") ?? "";
  const error = check(http, key);
  if (error) {
    replyError(wsi, error, true, error === "UPGRADE_REQUIRED" ? "Sec-WebSocket-Version: 13\r\n" : "");
    return;
  }
  const offered = http.header("sec-websocket-protocol");
  const protocol = choose(wsi, offered);
  if (!protocol) {
    replyError(wsi, offered === undefined ? "NOT_FOUND" : "BAD_REQUEST", true);
    return;
  }
  if (!protocol.onFilter(wsi)) {
    replyError(wsi, "FORBIDDEN", true);
    return;
  }
  const { protocol: name } = protocol.constructor as unknown as ProtocolClass;
  http.protocol = protocol;
  http.status = 101;
  http.extra =
    `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n` +
    (offered === undefined ? "" : `Sec-WebSocket-Protocol: ${name}\r\n`);
  wsi.callbackOnWritable();
}
