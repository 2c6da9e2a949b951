/** Addresses of resources on HTTP servers (RFC 3986), as far as a client needs them: http and https, a host name or a dotted address, no user. */

export interface Url {
  readonly secure: boolean;
  /** Name or dotted address, in lower case. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly target: string;
}

const LONGEST = 1024;

/** Reads an absolute URL; undefined for anything else. A fragment is left out. */
export function parseUrl(text: string): Url | undefined {
  if (text.length > LONGEST) return undefined;
  const parts = /^(https?):\/\/([a-z0-9._-]+)(?::(\d{1,5}))?(\/[^?#]*)?(\?[^#]*)?(?:#.*)?$/i.exec(text);
  if (!parts) return undefined;
  const [, scheme = "", host = "", number, path = "/", query = ""] = parts;
  const secure = scheme.toLowerCase() === "https";
  const port = number === undefined ? (secure ? 443 : 80) : Number(number);
  const target = `${path}${query}`;
  return port > 0 && port < 65536 && isTarget(target) ? { secure, host: host.toLowerCase(), port, target } : undefined;
}

/** What may stand in a request target (RFC 9112 §3.2), with whole percent-encodings. */
function isTarget(text: string): boolean {
  return !/[^!-~]|["<>\\^`{|}]|%(?![0-9A-Fa-f]{2})/.test(text);
}

/** Reads a reference (RFC 3986 §5) that was found in `base`; undefined where it leads to nothing that an HTTP client can get. */
export function resolveUrl(base: Url, reference: string): Url | undefined {
  const [text = ""] = reference.split("#");
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return parseUrl(text);
  const scheme = base.secure ? "https:" : "http:";
  if (text.startsWith("//")) return parseUrl(scheme + text);
  const [path = ""] = base.target.split("?");
  const start = `${scheme}//${base.host}:${base.port}`;
  if (text === "") return base;
  if (text.startsWith("?")) return parseUrl(start + path + text);
  const whole = text.startsWith("/") ? text : path.slice(0, path.lastIndexOf("/") + 1) + text;
  const [hierarchy = "", query] = splitOnce(whole, "?");
  return parseUrl(start + withoutDots(hierarchy) + (query === undefined ? "" : `?${query}`));
}

function splitOnce(text: string, at: string): [string, string?] {
  const i = text.indexOf(at);
  return i < 0 ? [text] : [text.slice(0, i), text.slice(i + 1)];
}

/** RFC 3986 §5.2.4. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  segments.forEach((segment, i) => {
    const isLast = i === segments.length - 1;
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
    if (isLast && (segment === "." || segment === "..")) kept.push("");
  });
  return `/${kept.join("/")}`;
}

/** As a Host header has it: the port only where it is not that of the scheme. */
export function authorityOf({ secure, host, port }: Url): string {
  return port === (secure ? 443 : 80) ? host : `${host}:${port}`;
}

/** Both are of the same server, in the same way. */
export function isSameServer(one: Url, other: Url): boolean {
  return one.secure === other.secure && one.host === other.host && one.port === other.port;
}
