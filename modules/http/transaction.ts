/**
 * One HTTP request and its response. Transactions come from a pool of fixed size and carry their header store with them, so that a
 * connection that waits for its next request holds none. What is here has no wire: roles fill in the request and send the response.
 */
import type { Protocol, Writable } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Bytes } from "lws/platform/bytes";
import type { Upgrade } from "./http-vhost";
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
  /** Content-Length; -1 where the body is chunked, 0 where there is none. */
  contentLength = 0;
  /** @internal What of the body, or of its present chunk, is still to come. */
  left = 0;
  /** @internal Bytes of body so far. */
  received = 0;
  /** @internal A Content-Length or Transfer-Encoding was seen. */
  sized = false;
  /** @internal What of a chunked body comes next. */
  chunk = 0;
  /** @internal Largest body that the protocol takes. */
  limit = 0;
  /** @internal A Host header was seen. */
  hosted = false;
  /** @internal Connection names Upgrade. */
  upgrading = false;
  /** The wire that the client wants to change to, in lower case, or "". */
  upgrade = "";
  /** @internal Expect: 100-continue was sent and not answered yet. */
  expect = false;

  /** @internal The wire that the connection changes to after the response. */
  upgradeTo: Upgrade | undefined = undefined;
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
  /** @internal How much of it is sent. */
  sent = 0;

  constructor(bytes: number) {
    this.store = new Uint8Array(bytes);
  }

  /** @internal Makes the transaction fit for the next request. */
  reset(): void {
    this.length = this.at = this.fields = this.contentLength = this.left = this.received = 0;
    this.status = this.bodyLength = this.sent = this.chunk = 0;
    this.minor = 1;
    this.phase = Phase.headers;
    this.keepAlive = true;
    this.sized = this.expect = this.hosted = this.upgrading = false;
    // What every request line and every response sets is cleared here only where it would hold on to memory.
    this.method = this.path = this.query = this.host = this.upgrade = this.extra = "";
    this.protocol = this.body = this.upgradeTo = undefined;
  }

  /** Value of the first header `name` (any case) of the request, without white space around it; undefined where it is absent. */
  header(name: string): string | undefined {
    const at = Bytes.find(this.store, this.fields - 1, this.at, `\n${name}:`);
    return at < 0 ? undefined : this.value(at + name.length + 2);
  }

  /** @internal The header value that begins at `from`. */
  value(from: number): string {
    const to = Bytes.find(this.store, from, this.at, "\r");
    return Bytes.latin1(this.store, from, to).trim();
  }

  /** True if the list header `name` has the element `token` (lower case), with a weight other than 0. */
  accepts(name: string, token: string): boolean {
    const value = this.header(name);
    if (value === undefined) return false;
    for (const element of value.toLowerCase().split(",")) {
      const [what, ...parameters] = element.split(";");
      if ((what as string).trim() === token)
        return !parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter));
    }
    return false;
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

  /** False if a page of another origin makes this request (RFC 6454): its Origin is not the host that it asks. */
  get sameOrigin(): boolean {
    const origin = this.header("origin");
    if (origin === undefined) return true;
    const slashes = origin.indexOf("://");
    return slashes > 0 && origin.slice(slashes + 3).toLowerCase() === this.host;
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
  http.bodyLength = typeof body === "string" ? Bytes.size(body) : body.byteLength;
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

/** Answers with a JSON text that is not to be kept by any cache. */
export function replyJSON(wsi: Wsi, status: number, text: string): void {
  reply(wsi, status, "application/json", text, "Cache-Control: no-store\r\n");
}
