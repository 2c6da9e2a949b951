/** A request to an HTTP server, and who wants its answer. */
import { type ErrorCode, LwsError } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import type { HeadWriter } from "lws/roles/head-writer";
import type { AnswerHead } from "./answer-head";
import type { HttpExchange } from "./http-exchange";
import { authorityOf, type Url } from "./url";

/** What a request wants its connection to become (RFC 9110 §7.8). */
export interface HttpUpgrade {
  /** Header lines of the request, Connection and Upgrade among them; asked for anew at each server that a redirect leads to. */
  lines(): string;
  /** The server has answered 101: what is wrong with that. */
  check(head: AnswerHead): ErrorCode | undefined;
  /** The connection stands: gives it its role and its state. The exchange is over, and its caller hears no more of it. */
  take(wsi: Wsi): void;
}

export interface HttpRequest {
  /** `http://` or `https://`, a name or a dotted address, perhaps a port, a path and a query. */
  readonly url: string;
  /** Default GET. */
  readonly method?: string;
  /** Header lines, each with CRLF at its end. Host, and what frames the message, are not among them. */
  readonly headers?: string;
  /** Bytes of the body; -1: as many as there will be. Absent: there is no body. */
  readonly length?: number;
  /** Redirects that are followed, never from https to http. Default 0: a redirect is an answer as any other. */
  readonly redirects?: number;
  /** Without it, a 101 is no answer. */
  readonly upgrade?: HttpUpgrade;
}

/**
 * Who asked. Each request ends with one call of {@link HttpCaller.onEnd} or {@link HttpCaller.onFailed}, in a later turn than that of the request; with none after
 * `HttpExchange.cancel`.
 */
export interface HttpCaller {
  /** The head of the answer is there: its headers can be read until this returns. */
  onAnswer(exchange: HttpExchange): void;
  /** A piece of the body, without its framing. The buffer belongs to the core. */
  onBody(exchange: HttpExchange, buffer: Uint8Array, from: number, to: number): void;
  /** The answer is complete. */
  onEnd(exchange: HttpExchange): void;
  onFailed(exchange: HttpExchange, code: HttpFailure): void;
  /** One piece of the request's body may be written. Called by itself at first, then when `HttpExchange.callbackOnWritable` has asked for it, or the server takes more. */
  onWriteable?(exchange: HttpExchange): void;
  /** A redirect is about to be followed: false refuses. Where `replays`, the body of the request has to be written from its beginning again; without this method such a redirect is refused. */
  onRedirect?(exchange: HttpExchange, url: Url, replays: boolean): boolean;
}

/** RESOLVE_…, CONNECT_…, NO_SOCKET and TLS_… before there is a connection; CONNECTION_LOST, BAD_ANSWER, ANSWER_TIMEOUT, BAD_REDIRECT or INTERNAL later. */
export type HttpFailure = ErrorCode;

/** A request as it is on its way; redirects change it. */
export class PresentRequest {
  method: string;
  headers: string;
  /** Bytes of the body, -1 or, without one, undefined. */
  length: number | undefined;
  redirects: number;
  readonly upgrade: HttpUpgrade | undefined;

  /** Throws BAD_OPTION. */
  constructor(
    public url: Url,
    { method = "GET", headers = "", length, redirects = 0, upgrade }: HttpRequest,
  ) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/.test(method) || method === "CONNECT")
      throw new LwsError("BAD_OPTION", "method");
    if (!/^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*$/.test(headers))
      throw new LwsError("BAD_OPTION", "headers");
    if (/^(?:host|content-length|transfer-encoding|connection|upgrade|te|trailer):/im.test(headers))
      throw new LwsError("BAD_OPTION", "a header that is not the caller's");
    this.method = method;
    this.headers = headers;
    this.length = length;
    this.redirects = redirects;
    this.upgrade = upgrade;
  }

  /** The body of the answer is none, whatever its headers say (RFC 9112 §6.3). */
  isBodiless(status: number): boolean {
    return this.method === "HEAD" || status === 204 || status === 304;
  }

  write(head: HeadWriter, keeps: boolean): void {
    const { url, method, headers, length, upgrade } = this;
    head.text(`${method} `);
    head.text(url.target);
    head.text(` HTTP/1.1\r\nHost: ${authorityOf(url)}\r\n`);
    head.text(headers);
    if (length !== undefined)
      head.text(length < 0 ? "Transfer-Encoding: chunked\r\n" : `Content-Length: ${length}\r\n`);
    else if (method === "POST" || method === "PUT" || method === "PATCH") head.text("Content-Length: 0\r\n");
    if (upgrade) head.text(upgrade.lines());
    head.text(keeps || upgrade ? "\r\n" : "Connection: close\r\n\r\n");
    head.flush();
  }

  /** The server of `url` is another one: what was for the first is not for it. */
  forgetSecrets(): void {
    this.headers = this.headers.replace(/^(?:authorization|cookie|proxy-authorization):.*\r\n/gim, "");
  }

  /** After 301, 302 and 303 another GET follows, whatever it was (RFC 9110 §15.4). */
  becomeGet(): void {
    this.headers = this.headers.replace(/^content-[a-z-]+:.*\r\n/gim, "");
    if (this.method !== "HEAD") this.method = "GET";
    this.length = undefined;
  }
}
