/**
 * WebSockets to servers by name, plain or by TLS. A connection that stands is as one of the server's side: a {@link Protocol} hears what comes and writes. Extensions are
 * neither offered nor taken.
 */
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import type { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { WebSocketClientRole, type WebSocketClientRoleOptions } from "lws/roles/ws-client";
import type { Milestone } from "./connect";
import { HttpClient, type HttpClientOptions } from "./http-client";
import type { HttpExchange } from "./http-exchange";
import type { HttpAide } from "./http-request";
import { WebSocketDial } from "./ws-dial";

export interface WebSocketClientOptions extends Omit<HttpClientOptions, "idle">, WebSocketClientRoleOptions {}

export interface WebSocketRequest {
  /** `ws://` or `wss://`, a name or a dotted address, perhaps a port, a path and a query. */
  readonly url: string;
  /** Who talks on the connection. Its `open` is called when that stands, as on the server's side. */
  readonly protocol: Protocol;
  /** Subprotocols to choose from, with commas between them. The server has to choose one of them. */
  readonly subprotocols?: string;
  /** Further header lines, each with CRLF at its end. */
  readonly headers?: string;
  /** Redirects that are followed, never from wss to ws. Default 0. */
  readonly redirects?: number;
  /** As those of a {@link HttpRequest}. */
  readonly login?: HttpAide | undefined;
  readonly cookies?: HttpAide | undefined;
}

/** Who wants a WebSocket. One of these is called, once and in a later turn; neither after {@link WebSocketDial.cancel}. */
export interface WebSocketCaller {
  /** It stands; the protocol's `onEstablished` follows. */
  connected(wsi: Wsi): void;
  /**
   * It does not: what {@link HttpFailure} lists, or WS_BAD_HANDSHAKE, or WS_REFUSED with an answer that is another one than 101, whose status and headers can be read until this
   * returns.
   */
  failed(code: ErrorCode, answer?: HttpExchange): void;
  /** How far the connection has come. */
  passed?(milestone: Milestone, what: string): void;
}

export class WebSocketClient {
  private readonly http: HttpClient;
  private readonly role: WebSocketClientRole;

  /** Throws BAD_OPTION. */
  constructor(options: WebSocketClientOptions) {
    this.http = new HttpClient({ ...options, idle: 0 });
    this.role = new WebSocketClientRole(options);
  }

  /** Asks a server for a WebSocket. Throws BAD_OPTION. */
  connect(request: WebSocketRequest, caller: WebSocketCaller): WebSocketDial {
    const { subprotocols = "", headers = "" } = request;
    const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    if (subprotocols !== "" && !new RegExp(`^${token}(?:, ?${token})*$`).test(subprotocols))
      throw new LwsError("BAD_OPTION", "subprotocols");
    if (/^sec-websocket-/im.test(headers)) throw new LwsError("BAD_OPTION", "a header that is not the caller's");
    return new WebSocketDial(this.http, this.role, request, caller);
  }
}
