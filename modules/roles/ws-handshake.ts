/** The server's half of the WebSocket opening handshake (RFC 6455 §4.2) on an HTTP/1.1 request. */
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import type { Protocol, ProtocolClass } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { replyError } from "lws/http/errors";
import type { HttpVhost } from "lws/http/http-vhost";
import { isFrom } from "lws/http/origin";
import type { Transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import type { Extension, ExtensionSession } from "./ws-extension";
import { acceptKey, isKey } from "./ws-key";

/** Characters that a client's list of protocols may have. */
const listLimit = 127;

/** What an image wants of every handshake. */
export interface HandshakeOptions {
  /** Clients that name no subprotocol are refused. */
  readonly requireProtocol: boolean;
  readonly extension: Extension | undefined;
}

/** The value of a header whose list may be spread over several lines (RFC 9110 §5.3); of one that may not, no value that is any good. */
function joined(http: Transaction, name: string): string | undefined {
  const start = `\n${name}:`;
  let all: string | undefined;
  for (let at = http.fields - 1; ; ) {
    at = Bytes.find(http.store, at, http.at, start);
    if (at < 0) return all;
    at += start.length;
    const value = http.value(at);
    all = all === undefined ? value : `${all},${value}`;
  }
}

/** The first protocol of the client's list that the vhost offers; the vhost's default where there is no list. */
function choose(wsi: Wsi, offered: string | undefined, isRequired: boolean): Protocol | undefined {
  const { vhost } = wsi;
  if (offered === undefined) {
    if (isRequired) return undefined;
    for (const protocol of vhost.protocols) if (protocol.isDefault) return protocol;
    return vhost.protocols[0];
  }
  if (offered.length > listLimit) return undefined;
  for (const name of offered.split(",")) {
    const protocol = vhost.protocol(name.trim());
    if (protocol) return protocol;
  }
  return undefined;
}

function check(http: Transaction, key: string): ErrorCode | undefined {
  if (http.method !== "GET" || http.contentLength !== 0) return "BAD_REQUEST";
  if (joined(http, "sec-websocket-version") !== "13") return "UPGRADE_REQUIRED";
  return isKey(key) ? undefined : "BAD_REQUEST";
}

/** What the extension makes of the client's offers; "BAD_REQUEST" where they are malformed (RFC 6455 §9.1). */
function extend(http: Transaction, extension: Extension | undefined): ExtensionSession | "BAD_REQUEST" | undefined {
  const offers = extension && joined(http, "sec-websocket-extensions");
  if (offers === undefined) return undefined;
  try {
    return extension?.negotiate(offers);
  } catch (error) {
    if (error instanceof LwsError && error.code === "BAD_REQUEST") return "BAD_REQUEST";
    throw error;
  }
}

/** Prepares the 101 of a good handshake and answers a bad one. Returns what was agreed on about an extension. */
export function acceptWebSocket(wsi: Wsi, http: Transaction, options: HandshakeOptions): ExtensionSession | undefined {
  const key = joined(http, "sec-websocket-key") ?? "";
  const error = check(http, key);
  if (error) {
    replyError(wsi, error, true, error === "UPGRADE_REQUIRED" ? "Sec-WebSocket-Version: 13\r\n" : "");
    return undefined;
  }
  const offered = joined(http, "sec-websocket-protocol");
  const protocol = choose(wsi, offered, options.requireProtocol);
  if (!protocol) {
    replyError(wsi, offered !== undefined || options.requireProtocol ? "BAD_REQUEST" : "NOT_FOUND", true);
    return undefined;
  }
  const session = extend(http, protocol.deflate ? options.extension : undefined);
  if (session === "BAD_REQUEST") {
    replyError(wsi, session, true);
    return undefined;
  }
  if (!isFrom(wsi, http, protocol.allowOrigin)) {
    replyError(wsi, "WS_FOREIGN_ORIGIN", true);
    return undefined;
  }
  const place = protocol.basicAuth;
  if (place !== undefined && !(wsi.vhost as HttpVhost).authenticator?.check(wsi, http, place)) return undefined;
  if (!protocol.onFilter(wsi)) {
    replyError(wsi, "FORBIDDEN", true);
    return undefined;
  }
  const { protocol: name } = protocol.constructor as unknown as ProtocolClass;
  http.protocol = protocol;
  http.status = 101;
  http.extra =
    `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n` +
    (offered === undefined ? "" : `Sec-WebSocket-Protocol: ${name}\r\n`) +
    (session === undefined ? "" : `Sec-WebSocket-Extensions: ${session.answer}\r\n`);
  wsi.callbackOnWritable();
  return session;
}
