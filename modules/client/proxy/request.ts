/** A request as it is passed on (RFC 9110 §7.6). */

import type { Endpoint } from "lws/client/endpoint";
import type { Wsi } from "lws/core/wsi";
import { isSameOrigin } from "lws/http/origin";
import { encodePath } from "lws/http/redirect";
import type { LineSink } from "lws/http/relay";
import type { Transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { copyLines, type LineRules } from "./copy-lines";

/** What is not passed on as it is: it belongs to the connection, is written anew, or would claim what only we know. In the order of {@link Known}. */
const names =
  "origin authorization via " +
  "host connection keep-alive te trailer transfer-encoding upgrade content-length expect forwarded x-real-ip http2-settings";

const enum Known {
  origin = 1,
  authorization,
  via,
}

/** What of a request is not in its transaction. */
export interface PassedRequest {
  readonly endpoint: Endpoint;
  /** Our name in Via. */
  readonly name: string;
  /** The client waits for leave to send its body. */
  readonly expects: boolean;
  readonly isUpgrade: boolean;
}

/** What a list has that may be spread over several headers `name` (RFC 9110 §5.3): each item between commas, without white space. */
export function listOf(http: Transaction, name: string): string {
  const start = `\n${name}:`;
  let list = "";
  for (let at = http.fields - 1; ; ) {
    at = Bytes.find(http.store, at, http.at, start);
    if (at < 0) return list;
    at += start.length;
    list += `,${http.value(at).replace(/[ \t]/g, "")},`;
  }
}

class RequestRules implements LineRules {
  readonly names = names;
  readonly options: string;
  readonly noUnderscores = true;

  constructor(
    private readonly server: Wsi,
    private readonly http: Transaction,
    private readonly authority: string,
    private readonly sink: LineSink,
  ) {
    this.options = listOf(http, "connection").toLowerCase();
  }

  known(position: number, from: number, _value: number, to: number): void {
    const { server, http, sink } = this;
    const isOurs =
      position === Known.origin
        ? isSameOrigin(server, http)
        : position === Known.authorization && http.mount?.auth !== undefined;
    // A page of ours is a page of the origin's to the origin.
    if (position === Known.origin && isOurs) sink.text(`Origin: http://${this.authority}\r\n`);
    else if (position <= Known.via && !isOurs) sink.bytes(http.store, from, to);
  }
}

function target(http: Transaction, base: string): string {
  const mountpoint = http.mount?.mountpoint ?? "/";
  const below = encodePath(mountpoint === "/" ? http.path : http.path.slice(mountpoint.length));
  return `${base + below || "/"}${http.query === "" ? "" : `?${http.query}`}`;
}

function framing(http: Transaction): string {
  if (http.contentLength < 0) return "Transfer-Encoding: chunked\r\n";
  const says = http.contentLength > 0 || http.sized || (http.method !== "GET" && http.method !== "HEAD");
  return says ? `Content-Length: ${http.contentLength}\r\n` : "";
}

/** Writes the head of the request that `server` is in. */
export function writeRequest(sink: LineSink, server: Wsi, http: Transaction, request: PassedRequest): void {
  const { endpoint } = request;
  sink.text(`${http.method} `);
  sink.text(target(http, endpoint.base));
  sink.text(` HTTP/1.1\r\nHost: ${endpoint.authority}\r\n`);
  copyLines(http, new RequestRules(server, http, endpoint.authority, sink), sink);
  sink.text(`X-Forwarded-For: ${server.peer}\r\nX-Forwarded-Proto: ${server.transport?.secure ? "https" : "http"}\r\n`);
  if (http.host !== "") sink.text(`X-Forwarded-Host: ${http.host}\r\n`);
  sink.text(`Via: 1.${http.minor} ${request.name}\r\n${framing(http)}`);
  if (request.expects) sink.text("Expect: 100-continue\r\n");
  sink.text(request.isUpgrade ? "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" : "Connection: close\r\n\r\n");
}
