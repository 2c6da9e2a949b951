/** The head of an HTTP/1 request (RFC 9112 §2–5), read line by line as it arrives. What two readers could read two ways is refused. */
import type { ErrorCode } from "lws/core/errors";
import { normalizePath } from "lws/http/path";
import type { Transaction } from "lws/http/transaction";
import { ByteSet, Bytes, Field } from "lws/platform/bytes";

const enum Char {
  cr = 13,
  space = 32,
  star = 42,
  slash = 47,
}

/** Headers that frame or route the request, in the order of {@link Known}. `Transaction.header` finds the others when they are asked for. */
const known =
  "host connection content-length transfer-encoding upgrade expect " +
  "range accept-encoding if-match if-none-match if-modified-since if-unmodified-since";

const enum Known {
  host = 1,
  connection,
  contentLength,
  transferEncoding,
  upgrade,
  expect,
  /** From here on a header is only noted, as a bit of `Seen`. */
  range,
}

/** Reads the lines that have arrived; "more" are to come, or the section is at its "end". */
export function readHead(http: Transaction): ErrorCode | "more" | "end" {
  const store = http.store;
  const length = http.length;
  if (http.fields === 0) {
    const error = readFirstLine(http);
    if (error) return error;
  }
  for (;;) {
    const from = http.at;
    const line = Bytes.field(store, from, length, known);
    if (line < 0) {
      if (line === Field.malformed) return "BAD_REQUEST";
      return length < store.length ? "more" : "HEADERS_TOO_LARGE";
    }
    http.at = (line >> 16) + 1;
    if (line & 15) {
      const error = readField(http, line & 15, from + ((line & 0xfff0) >> 4) + 1);
      if (error) return error;
    } else if (!(line & 0xfff0)) return checkHead(http);
  }
}

/** The request line, and the empty lines that a client may have left before it (RFC 9112 §2.2). */
function readFirstLine(http: Transaction): ErrorCode | "more" | undefined {
  const store = http.store;
  do {
    const from = http.at;
    const lf = Bytes.find(store, from, http.length, "\n");
    if (lf < 0) return unfinishedLine(http, from);
    if (lf === from || store[lf - 1] !== Char.cr) return "BAD_REQUEST";
    http.at = lf + 1;
    if (lf - 1 > from) {
      http.fields = http.at;
      return readRequestLine(http, from, lf - 1);
    }
  } while (http.at < http.length);
  return "more";
}

/** A request line whose end has not come: what can't be one is refused at once, and what is longer than the store. */
function unfinishedLine(http: Transaction, from: number): ErrorCode | "more" {
  const { store, length } = http;
  const end = Bytes.span(store, from, length, ByteSet.token);
  if (end < length && (end === from ? store[from] !== Char.cr : store[end] !== Char.space)) return "BAD_REQUEST";
  if (length < store.length) return "more";
  if (end === from) return "BAD_REQUEST";
  return end === length ? "NOT_IMPLEMENTED" : "TARGET_TOO_LONG";
}

function readRequestLine(http: Transaction, from: number, to: number): ErrorCode | undefined {
  const store = http.store;
  const methodEnd = Bytes.span(store, from, to, ByteSet.token);
  if (methodEnd === from || store[methodEnd] !== Char.space) return "BAD_REQUEST";
  const target = methodEnd + 1;
  const targetEnd = Bytes.span(store, target, to, ByteSet.target);
  if (targetEnd === target || store[targetEnd] !== Char.space) return "BAD_REQUEST";
  const version = Bytes.latin1(store, targetEnd + 1, to);
  if (version !== "HTTP/1.1") {
    if (version === "HTTP/1.0") {
      http.minor = 0;
      http.keepAlive = false;
    } else if (!/^HTTP\/1\.\d$/.test(version)) return /^HTTP\/\d\.\d$/.test(version) ? "HTTP_VERSION" : "BAD_REQUEST";
  }
  const method = Bytes.latin1(store, from, methodEnd);
  http.method = method;
  switch (method) {
    case "GET":
    case "HEAD":
    case "POST":
    case "PUT":
    case "PATCH":
    case "DELETE":
    case "OPTIONS":
      break;
    default:
      return "NOT_IMPLEMENTED";
  }
  return readTarget(http, target, targetEnd);
}

/** Origin form, absolute form, and the asterisk of OPTIONS (RFC 9112 §3.2). */
function readTarget(http: Transaction, from: number, to: number): ErrorCode | undefined {
  const store = http.store;
  if (to - from === 1 && store[from] === Char.star && http.method === "OPTIONS") {
    http.path = "*";
    return undefined;
  }
  let start = from;
  if (store[from] !== Char.slash) {
    const scheme = Bytes.find(store, from, to, "://");
    if (scheme < 0) return "BAD_REQUEST";
    http.scheme = Bytes.latin1(store, from, scheme).toLowerCase();
    if (http.scheme !== "http" && http.scheme !== "https") return "BAD_REQUEST";
    start = Bytes.find(store, scheme + 3, to, "/");
    if (start < 0) start = to;
    http.host = Bytes.latin1(store, scheme + 3, start).toLowerCase();
    if (!isHost(http.host)) return "BAD_HOST";
  }
  const question = Bytes.find(store, start, to, "?");
  if (question >= 0) http.query = Bytes.latin1(store, question + 1, to);
  const path = start === to ? "/" : normalizePath(Bytes.latin1(store, start, question < 0 ? to : question));
  if (path === undefined) return "BAD_REQUEST";
  http.path = path;
  return undefined;
}

/** A header that frames or routes the request; its value begins at `from`. */
function readField(http: Transaction, name: Known, from: number): ErrorCode | undefined {
  switch (name) {
    case Known.host:
      return readHost(http, from);
    case Known.connection:
      return readConnection(http, from);
    case Known.contentLength:
      return readLength(http, from);
    case Known.transferEncoding:
      return readCoding(http, from);
    case Known.upgrade:
      http.upgrade = http.value(from).toLowerCase();
      return undefined;
    case Known.expect:
      return readExpect(http, from);
    default:
      http.seen |= 1 << name;
      return undefined;
  }
}

/** RFC 3986 §3.2.2, §3.2.3: a name or an address, perhaps with a port, in lower case. */
function isHost(text: string): boolean {
  return /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.test(text);
}

function readHost(http: Transaction, from: number): ErrorCode | undefined {
  if (http.hosted) return "BAD_HOST";
  http.hosted = true;
  const store = http.store;
  const to = http.at - 2;
  const start = Bytes.span(store, from, to, ByteSet.blank);
  let host = Bytes.latin1(store, start, to).toLowerCase();
  if (start === to || Bytes.span(store, start, to, ByteSet.host) !== to) {
    host = host.trim();
    if (!isHost(host)) return "BAD_HOST";
  }
  if (http.host === "") http.host = host;
  return undefined;
}

function readExpect(http: Transaction, from: number): ErrorCode | undefined {
  if (http.value(from).toLowerCase() !== "100-continue") return "EXPECTATION";
  http.expect = http.minor > 0;
  return undefined;
}

function readConnection(http: Transaction, from: number): undefined {
  const value = Bytes.latin1(http.store, from, http.at - 2)
    .trim()
    .toLowerCase();
  if (value === "keep-alive") {
    if (http.minor === 0) http.keepAlive = true;
  } else if (value === "close") http.keepAlive = false;
  else readOptions(http, value.split(","));
  return undefined;
}

/** A list of connection options, of which "close" is the strongest (RFC 9112 §9.3). */
function readOptions(http: Transaction, options: string[]): void {
  let keepAlive = http.keepAlive;
  for (const option of options) {
    const token = option.trim();
    if (token === "keep-alive" && http.minor === 0) keepAlive = true;
    else if (token === "upgrade") http.upgrading = http.minor > 0;
  }
  http.keepAlive = keepAlive && !options.some((option) => option.trim() === "close");
}

/** RFC 9112 §6.3: one length, of digits only, and not beside a coding. */
function readLength(http: Transaction, from: number): ErrorCode | undefined {
  const value = http.value(from);
  if (http.sized || !/^\d{1,15}$/.test(value)) return "BAD_FRAMING";
  http.sized = true;
  http.left = http.contentLength = Number(value);
  return undefined;
}

function readCoding(http: Transaction, from: number): ErrorCode | undefined {
  const value = http.value(from).toLowerCase();
  if (http.sized || http.minor === 0) return "BAD_FRAMING";
  http.sized = true;
  http.contentLength = -1;
  if (value === "chunked") return undefined;
  // Another coding may stand before it; without chunked at the end, or with it twice, the end of the body is anybody's guess.
  return /^(?:(?!chunked *,)[a-z0-9-]+[ \t]*,[ \t]*)+chunked$/.test(value) ? "NOT_IMPLEMENTED" : "BAD_FRAMING";
}

function checkHead(http: Transaction): ErrorCode | "end" {
  if (http.minor > 0) {
    if (!http.hosted) return "BAD_HOST";
    // RFC 1945 §7.2.2: in 1.0 a body has a length, and these methods have a body.
  } else if (!http.sized && http.method.startsWith("P")) return "LENGTH_REQUIRED";
  if (!http.upgrading) http.upgrade = "";
  return "end";
}
