/** A request to an HTTP server, and who wants its answer. */
import { type ErrorCode, LwsError } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import type { HeadWriter } from "lws/roles/head-writer";
import type { AnswerHead } from "./answer-head";
import type { Milestone } from "./connect";
import type { HttpExchange } from "./http-exchange";
import { authorityOf, isSameServer, type Url } from "./url";

/** What a request wants its connection to become (RFC 9110 §7.8). */
export interface HttpUpgrade {
  /** Header lines of the request, Connection and Upgrade among them; asked for anew at each server that a redirect leads to. */
  lines(): string;
  /** The server has answered 101: what is wrong with that. */
  check(head: AnswerHead): ErrorCode | undefined;
  /** The connection stands: gives it its role and its state. The exchange is over, and its caller hears no more of it. */
  take(wsi: Wsi): void;
}

/** Adds to requests what they need, and learns that from answers. */
export interface HttpAide {
  /** Header lines of a request, each with CRLF at its end. */
  lines(url: Url, method: string): string;
  /** The head of an answer is there, to a request that had lines of ours or (`hadLines` false) none. True: the same request would have others now. */
  learn(url: Url, head: AnswerHead, hadLines: boolean): boolean;
}

/** A body that writes itself, as often as it takes. */
export interface HttpBody {
  /** Header lines that say what it is. */
  readonly headers: string;
  /** Its bytes; -1: as many as there will be. */
  readonly length: number;
  /** It is about to be written, from its beginning. */
  begin(): void;
  /** As {@link HttpCaller.onWriteable}. */
  onWriteable(exchange: HttpExchange): void;
}

export interface HttpRequest {
  /** `http://` or `https://`, a name or a dotted address, perhaps a port, a path and a query. */
  readonly url: string;
  /** Default GET. */
  readonly method?: string;
  /** Header lines, each with CRLF at its end. Host, and what frames the message, are not among them. */
  readonly headers?: string;
  /** Bytes of the body; -1: as many as there will be. Absent: there is no body, or `body` is one. */
  readonly length?: number;
  /** Writes the body in place of {@link HttpCaller.onWriteable}. */
  readonly body?: HttpBody | undefined;
  /** Redirects that are followed, never from https to http. Default 0: a redirect is an answer as any other. */
  readonly redirects?: number;
  /** Without it, a 101 is no answer. */
  readonly upgrade?: HttpUpgrade;
  /** What a server gets that asks who we are (401), once in a request; no other server gets it. */
  readonly login?: HttpAide | undefined;
  /** Where cookies are kept. */
  readonly cookies?: HttpAide | undefined;
  /** Waits while another such request to the same server is under way, and goes on on its connection, rather than to make one of its own. */
  readonly queued?: boolean;
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
  /**
   * A redirect is about to be followed: false refuses. Where `replays`, the body of the request has to be written from its beginning again; without this method such a redirect is refused.
   * The same is asked before a request with a body is repeated with what {@link HttpRequest.login} knows.
   */
  onRedirect?(exchange: HttpExchange, url: Url, replays: boolean): boolean;
  /** How far the connection has come, where one is made. */
  passed?(milestone: Milestone, what: string): void;
  /** Most bytes of the body that are taken at once; more of them follow, unless the body is stopped. */
  room?(): number;
}

/** RESOLVE_…, CONNECT_…, NO_SOCKET and TLS_… before there is a connection; CONNECTION_LOST, BAD_ANSWER, ANSWER_TIMEOUT, BAD_REDIRECT or INTERNAL later. */
export type HttpFailure = ErrorCode;

/** A request as it is on its way; redirects change it. */
export class PresentRequest {
  method: string;
  headers: string;
  /** Bytes of the body, -1 or, without one, undefined. */
  length: number | undefined;
  body: HttpBody | undefined;
  redirects: number;
  login: HttpAide | undefined;
  /** It has shown a login, and has been repeated for it. */
  private hasLogin = false;
  private isRepeated = false;
  readonly cookies: HttpAide | undefined;
  readonly queued: boolean;
  readonly upgrade: HttpUpgrade | undefined;

  /** Throws BAD_OPTION. */
  constructor(
    public url: Url,
    request: HttpRequest,
  ) {
    const { method = "GET", headers = "", body, login, cookies } = request;
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/.test(method) || method === "CONNECT")
      throw new LwsError("BAD_OPTION", "method");
    if (!/^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*$/.test(headers))
      throw new LwsError("BAD_OPTION", "headers");
    const isOurs =
      /^(?:host|content-length|transfer-encoding|connection|upgrade|te|trailer):/im.test(headers) ||
      (login && /^authorization:/im.test(headers)) ||
      (cookies && /^cookie:/im.test(headers));
    if (isOurs) throw new LwsError("BAD_OPTION", "a header that is not the caller's");
    this.method = method;
    this.headers = body ? headers + body.headers : headers;
    this.body = body;
    this.length = body ? body.length : request.length;
    this.redirects = request.redirects ?? 0;
    this.login = login;
    this.cookies = cookies;
    this.queued = request.queued === true;
    this.upgrade = request.upgrade;
  }

  /** The body of the answer is none, whatever its headers say (RFC 9112 §6.3). */
  isBodiless(status: number): boolean {
    return this.method === "HEAD" || status === 204 || status === 304;
  }

  write(head: HeadWriter, keeps: boolean): void {
    const { url, method, headers, length, upgrade, login, cookies } = this;
    head.text(`${method} `);
    head.text(url.target);
    head.text(` HTTP/1.1\r\nHost: ${authorityOf(url)}\r\n`);
    head.text(headers);
    const lines = login?.lines(url, method) ?? "";
    this.hasLogin = lines !== "";
    if (this.hasLogin) head.text(lines);
    if (cookies) head.text(cookies.lines(url, method));
    if (length !== undefined)
      head.text(length < 0 ? "Transfer-Encoding: chunked\r\n" : `Content-Length: ${length}\r\n`);
    else if (method === "POST" || method === "PUT" || method === "PATCH") head.text("Content-Length: 0\r\n");
    if (upgrade) head.text(upgrade.lines());
    head.text(keeps || upgrade ? "\r\n" : "Connection: close\r\n\r\n");
    head.flush();
  }

  /** Whether the server has to be asked once more, with what we know now of how to log in. */
  wantsLogin(head: AnswerHead): boolean {
    const knows = this.login?.learn(this.url, head, this.hasLogin) === true && head.status === 401 && !this.isRepeated;
    this.isRepeated ||= knows;
    return knows;
  }

  /** It goes to `url` in place of where it went, because of a `status` of 301 and more. */
  redirect(url: Url, status: number): void {
    this.redirects--;
    if (this.becomesGet(status)) this.becomeGet();
    if (!isSameServer(url, this.url)) this.forgetSecrets();
    this.url = url;
  }

  /** After 301, 302 and 303 another GET follows, whatever it was (RFC 9110 §15.4). */
  becomesGet(status: number): boolean {
    return status < 304 && this.method !== "HEAD" && this.method !== "GET";
  }

  private becomeGet(): void {
    this.headers = this.headers.replace(/^content-[a-z-]+:.*\r\n/gim, "");
    this.method = "GET";
    this.length = this.body = undefined;
  }

  /** What was for the first server is not for another one. */
  private forgetSecrets(): void {
    this.headers = this.headers.replace(/^(?:authorization|cookie|proxy-authorization):.*\r\n/gim, "");
    this.login = undefined;
  }
}
