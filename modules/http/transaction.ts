/**
 * One HTTP request and its response. Transactions come from a pool of fixed size and carry their header store with them, so that a
 * connection that waits for its next request holds none. What is here has no wire: roles fill in the request and send the response.
 */
import type { Protocol, Writable } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import type { Upgrade } from "./http-vhost";
import type { BoundMount } from "./mount";
import { percentDecode } from "./path";

/** @internal How far a transaction has come. */
export const enum Phase {
  /** Its header section arrives. */
  headers,
  /** Its body arrives. */
  body,
  /** It is complete; the response is being made or sent. */
  respond,
  /** The head of the response is out. */
  sending,
  /** The last byte of the response was given to the socket. */
  done,
}

/** @internal Headers that few requests have, as bits of {@link Transaction.seen}. Those of conditional requests are all but the first two. */
export const enum Seen {
  range = 1 << 7,
  acceptEncoding = 1 << 8,
  conditions = (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12),
}

/** A response body that comes in pieces, which the role sends from where they lie. */
export interface Parts {
  /** Calls {@link Transaction.setPiece} for the next piece; false where there is none. */
  next(http: Transaction): boolean;
  /** The transaction is over. */
  close(): void;
}

export class Transaction {
  /** @internal The request line and header section as they came. */
  readonly store: Uint8Array;
  /** @internal Bytes in the store. */
  length = 0;
  /** @internal Where the line begins that is read next. */
  at = 0;
  /** @internal Where the first header line begins. */
  fields = 0;
  phase: Phase = Phase.headers;

  method = "";
  /** Path of the request target: percent-decoded, without dot segments, beginning with a slash. */
  path = "";
  /** What stands behind the question mark, as it came. */
  query = "";
  /** Value of Host, in lower case, with its port. */
  host = "";
  /** @internal */
  keepAlive = true;
  /** HTTP/1.x: x. */
  minor = 1;
  /** @internal Scheme of a target in absolute form, else "". */
  scheme = "";
  /** Content-Length; -1 where the body is chunked, 0 where there is none. */
  contentLength = 0;
  /** @internal What of the body, or of its present chunk, is still to come. */
  left = 0;
  /** @internal Bytes of body so far. */
  received = 0;
  /** @internal Bytes of a body that had moved when its rate was last looked at. */
  mark = 0;
  /** @internal A Content-Length or Transfer-Encoding was seen. */
  sized = false;
  /** @internal What of a chunked body comes next. */
  chunk = 0;
  /** @internal Largest body that the protocol takes. */
  limit = 0;
  /** @internal Bits of {@link Seen}. */
  seen = 0;
  /** @internal A Host header was seen. */
  hosted = false;
  /** @internal Connection names Upgrade. */
  upgrading = false;
  /** The wire that the client wants to change to, in lower case, or "". */
  upgrade = "";
  /** @internal Expect: 100-continue was sent and not answered yet. */
  expect = false;
  /** Who the vhost's authenticator has let in, or "". */
  user = "";

  /** @internal The wire that the connection changes to after the response. */
  upgradeTo: Upgrade | undefined = undefined;
  /** What the request's path led to; undefined where nothing is mounted there. */
  mount: BoundMount | undefined = undefined;
  /** The protocol that answers the request. */
  protocol: Protocol | undefined = undefined;
  /** 0: no response has begun. */
  status = 0;
  /** @internal Media type of the response, or "". */
  type = "";
  /** @internal Further header lines of the response, each with its CRLF. */
  extra = "";
  /** @internal Length of the response body; -1: not known. */
  bodyLength = 0;
  /** @internal A body that the role sends by itself. */
  body: Writable | undefined = undefined;
  /** @internal Where the next byte to send lies in `body`, and where its last one ends. */
  bodyAt = 0;
  bodyEnd = 0;
  /** @internal Where further pieces of the body come from. */
  parts: Parts | undefined = undefined;
  /** Bytes of body that were sent. */
  sent = 0;

  constructor(bytes: number) {
    this.store = new Uint8Array(bytes);
  }

  /** @internal Makes the transaction fit for the next request. */
  reset(): void {
    this.length = this.at = this.fields = this.contentLength = this.left = this.received = 0;
    this.status = this.bodyLength = this.sent = this.chunk = this.seen = 0;
    this.minor = 1;
    this.phase = Phase.headers;
    this.keepAlive = true;
    this.sized = this.expect = this.hosted = this.upgrading = false;
    // All texts go, so that what a request leaves behind does not depend on what it was.
    this.method =
      this.path =
      this.query =
      this.type =
      this.extra =
      this.user =
      this.host =
      this.upgrade =
      this.scheme =
        "";
    this.protocol = this.body = this.upgradeTo = this.mount = undefined;
    if (this.parts !== undefined) this.closeParts();
  }

  /** @internal The body, or what was begun of it, is given up. */
  closeParts(): void {
    this.parts?.close();
    this.parts = undefined;
  }

  /** @internal The piece of the body that is sent next. */
  setPiece(source: ByteSource, from: number, to: number): void {
    this.body = source;
    this.bodyAt = from;
    this.bodyEnd = to;
  }

  /** Value of the first header `name` (any case) of the request, without white space around it; undefined where it is absent. */
  header(name: string): string | undefined {
    const at = Bytes.find(this.store, this.fields - 1, this.at, `\n${name}:`);
    return at < 0 ? undefined : this.value(at + name.length + 2);
  }

  /** @internal Makes the value of the header `name` unreadable for whoever comes later. */
  blank(name: string): void {
    const at = Bytes.find(this.store, this.fields - 1, this.at, `\n${name}:`);
    if (at >= 0) this.store.fill(0x2a, at + name.length + 2, Bytes.find(this.store, at + 1, this.at, "\r"));
  }

  /** @internal The header value that begins at `from`. */
  value(from: number): string {
    const to = Bytes.find(this.store, from, this.at, "\r");
    return Bytes.latin1(this.store, from, to).trim();
  }

  /** Percent-decoded value of the argument `name` in the query, or undefined. */
  argument(name: string): string | undefined {
    for (const pair of this.query.split("&")) {
      const equals = pair.indexOf("=");
      if ((equals < 0 ? pair : pair.slice(0, equals)) !== name) continue;
      return equals < 0 ? "" : percentDecode(pair.slice(equals + 1).replaceAll("+", " "));
    }
    return undefined;
  }
}

/** The transaction that `wsi` is in. Only handlers of a connection that speaks HTTP may ask. */
export function transaction(wsi: Wsi): Transaction {
  return wsi.state as Transaction;
}

/** Answers with a whole body; it goes out when the peer can take it. `headers` are further header lines, each with its CRLF. */
export function reply(wsi: Wsi, status: number, type: string, body: Writable, headers = ""): void {
  const http = wsi.state as Transaction;
  http.status = status;
  http.type = type;
  http.bodyAt = 0;
  http.bodyEnd = http.bodyLength = typeof body === "string" ? Bytes.size(body) : body.byteLength;
  http.extra = headers;
  http.body = body;
  wsi.callbackOnWritable();
}

/**
 * Begins an answer whose body the protocol writes in pieces of its own, each in an `onWriteable`; the last one is written without
 * `Write.more`. `length` -1: not known before the end.
 */
export function begin(wsi: Wsi, status: number, type: string, length: number, headers = ""): void {
  const http = transaction(wsi);
  http.status = status;
  http.type = type;
  http.bodyLength = length;
  http.extra = headers;
  wsi.callbackOnWritable();
}

/** Answers with a body of `length` bytes, or of unknown length with -1, that comes in pieces. */
export function beginParts(
  wsi: Wsi,
  status: number,
  type: string,
  length: number,
  headers: string,
  parts: Parts,
): void {
  const http = transaction(wsi);
  begin(wsi, status, type, length, headers);
  http.parts = parts;
  http.setPiece(http.store, 0, 0);
}

/** Answers with a JSON text that is not to be kept by any cache. */
export function replyJSON(wsi: Wsi, status: number, text: string): void {
  reply(wsi, status, "application/json", text, "Cache-Control: no-store\r\n");
}
