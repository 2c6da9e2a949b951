/** The client's half of the WebSocket opening handshake (RFC 6455 §4.1). */
import Base64 from "base64";
import type { ErrorCode } from "lws/core/errors";
import type { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Chip } from "lws/platform/chip";
import type { WebSocketClientRole } from "lws/roles/ws-client";
import { acceptKey } from "lws/roles/ws-key";
import type { AnswerHead } from "./answer-head";
import type { Milestone } from "./connect";
import type { HttpClient } from "./http-client";
import type { HttpExchange } from "./http-exchange";
import type { HttpCaller, HttpFailure, HttpUpgrade } from "./http-request";
import type { WebSocketCaller, WebSocketRequest } from "./ws-client";

/** Value of a header that may be there once (RFC 6455 §11.3); "" for one that is there again. */
function only(head: AnswerHead, name: string): string | undefined {
  const values = head.headers(name);
  return values.length > 1 ? "" : values[0];
}

export class WebSocketDial implements HttpCaller, HttpUpgrade {
  /** What the server has chosen; "" where there was nothing to choose from. */
  subprotocol = "";
  private readonly offered: string;
  private readonly protocol: Protocol;
  private readonly exchange: HttpExchange;
  private key = "";

  /** @internal */
  constructor(
    http: HttpClient,
    private readonly role: WebSocketClientRole,
    request: WebSocketRequest,
    private readonly caller: WebSocketCaller,
  ) {
    const { url, headers = "", redirects = 0, login, cookies } = request;
    this.protocol = request.protocol;
    this.offered = request.subprotocols ?? "";
    const http1 = url.replace(/^ws/i, "http");
    this.exchange = http.request({ url: http1, headers, redirects, upgrade: this, login, cookies }, this);
  }

  /** Gives the attempt up; means nothing once the connection stands. */
  cancel(): void {
    this.exchange.cancel();
  }

  // --- for the exchange -----------------------------------------------------------------------------------------------------

  /** @internal */
  lines(): string {
    const nonce = new Uint8Array(16);
    Chip.random(nonce, 0, 16);
    this.key = Base64.encode(nonce.buffer);
    const offer = this.offered === "" ? "" : `Sec-WebSocket-Protocol: ${this.offered}\r\n`;
    return (
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      `Sec-WebSocket-Key: ${this.key}\r\n${offer}`
    );
  }

  /** @internal */
  check(head: AnswerHead): ErrorCode | undefined {
    const isUpgrade = head.minor > 0 && head.upgrade === "websocket" && head.options.includes(",upgrade,");
    const isOurs = only(head, "sec-websocket-accept") === acceptKey(this.key);
    const isExtended = head.header("sec-websocket-extensions") !== undefined;
    const chosen = only(head, "sec-websocket-protocol");
    return isUpgrade && isOurs && !isExtended && this.choose(chosen) ? undefined : "WS_BAD_HANDSHAKE";
  }

  private choose(chosen: string | undefined): boolean {
    if (chosen === undefined) return this.offered === "";
    this.subprotocol = chosen;
    return chosen !== "" && !chosen.includes(",") && `,${this.offered.replace(/ /g, "")},`.includes(`,${chosen},`);
  }

  /** @internal */
  take(wsi: Wsi): void {
    const { protocol } = this;
    wsi.protocol = protocol;
    wsi.pss = protocol.open(wsi);
    this.caller.connected(wsi);
    this.role.start(wsi);
  }

  /** @internal The server answers as if this was any request. */
  onAnswer(exchange: HttpExchange): void {
    try {
      this.caller.failed("WS_REFUSED", exchange);
    } finally {
      exchange.cancel();
    }
  }
  /** @internal */
  passed(milestone: Milestone, what: string): void {
    this.caller.passed?.(milestone, what);
  }
  /** @internal */
  onBody(): void {}
  /** @internal */
  onEnd(): void {}
  /** @internal */
  onFailed(_exchange: HttpExchange, code: HttpFailure): void {
    this.caller.failed(code);
  }
}
