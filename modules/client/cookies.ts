/**
 * Cookies of servers (RFC 6265), in memory: few, small, and none of them for more than a server and its neighbours. A cookie's name and value are ASCII; others are passed over.
 */
import { LwsError } from "lws/core/errors";
import type { AnswerHead } from "./answer-head";
import { cookieDate } from "./cookie-date";
import type { HttpAide } from "./http-request";
import type { Url } from "./url";

export interface CookieJarOptions {
  /** Bytes of names, values, domains and paths of all cookies, and 48 for each, 256 to 8192. Default 2048. A domain may fill half of it. */
  limit?: number;
}

/** What a cookie takes beside its texts. */
const overhead = 48;

class Cookie {
  domain = "";
  /** It is for one host, not for those below. */
  isHostOnly = true;
  path = "/";
  isSecure = false;
  /** Seconds since 1970. */
  expires = Number.POSITIVE_INFINITY;

  constructor(
    readonly name: string,
    readonly value: string,
  ) {}

  get size(): number {
    return overhead + this.name.length + this.value.length + this.domain.length + this.path.length;
  }

  isSame({ name, domain, path }: Cookie): boolean {
    return this.name === name && this.domain === domain && this.path === path;
  }

  isFor({ secure, host, target }: Url): boolean {
    const isHost = host === this.domain || (!this.isHostOnly && host.endsWith(`.${this.domain}`));
    return isHost && (secure || !this.isSecure) && isBelow(pathOf(target), this.path);
  }
}

/** The path of a request target. */
function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}

/** §5.1.4 */
function isBelow(path: string, place: string): boolean {
  return path.startsWith(place) && (path.length === place.length || place.endsWith("/") || path[place.length] === "/");
}

/** Where a cookie is for that names no path (§5.1.4). */
function folderOf(target: string): string {
  const path = pathOf(target);
  return path.slice(0, Math.max(path.lastIndexOf("/"), 1));
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host);
}

/**
 * Whether a domain is all of one owner's, as far as that can be known without the list of those that are not: two labels at least, and three where the second is one that countries
 * have their registries by, as in co.uk.
 */
function isOwned(domain: string): boolean {
  const labels = domain.split(".");
  const { length } = labels;
  const isCountry = labels[length - 1]?.length === 2 && (labels[length - 2]?.length ?? 0) < 4;
  return length > (isCountry ? 2 : 1);
}

/** Reads a Set-Cookie of an answer of `url` (§5.2); undefined for one that is not taken. */
function parse(text: string, url: Url): Cookie | undefined {
  const [pair = "", ...attributes] = text.split(";");
  const equals = pair.indexOf("=");
  const name = pair.slice(0, Math.max(equals, 0)).trim();
  if (name === "" || /[^ -~]/.test(pair)) return undefined;
  const cookie = new Cookie(name, pair.slice(equals + 1).trim());
  let domain = "";
  let age: number | undefined;
  cookie.path = folderOf(url.target);
  for (const attribute of attributes) {
    const at = attribute.indexOf("=");
    const value = at < 0 ? "" : attribute.slice(at + 1).trim();
    switch (
      attribute
        .slice(0, at < 0 ? attribute.length : at)
        .trim()
        .toLowerCase()
    ) {
      case "domain":
        domain = value.toLowerCase().replace(/^\./, "");
        break;
      case "path":
        cookie.path = value.startsWith("/") ? value : folderOf(url.target);
        break;
      case "secure":
        cookie.isSecure = true;
        break;
      case "max-age":
        if (/^-?\d+$/.test(value)) age = Number(value);
        break;
      case "expires":
        cookie.expires = cookieDate(value) ?? cookie.expires;
        break;
    }
  }
  if (age !== undefined) cookie.expires = age > 0 ? Date.now() / 1000 + age : 0;
  return place(cookie, domain, url) && isHonest(cookie, url) ? cookie : undefined;
}

/** Gives it the domain that it wants, or less. False where that is another's. */
function place(cookie: Cookie, domain: string, { host }: Url): boolean {
  cookie.domain = host;
  if (domain === "" || (domain === host && (isAddress(host) || !isOwned(host)))) return true;
  if (domain !== host && (isAddress(host) || !host.endsWith(`.${domain}`))) return false;
  const isNear = domain === host || domain === host.slice(host.indexOf(".") + 1);
  if (!isNear || !isOwned(domain)) return true;
  cookie.domain = domain;
  cookie.isHostOnly = false;
  return true;
}

/** What the name promises is so (RFC 6265bis §4.1.3), and nothing secret comes in the open. */
function isHonest({ name, isSecure, isHostOnly, path }: Cookie, { secure }: Url): boolean {
  if (isSecure && !secure) return false;
  const lower = name.toLowerCase();
  if (lower.startsWith("__secure-")) return isSecure;
  return !lower.startsWith("__host-") || (isSecure && isHostOnly && path === "/");
}

export class CookieJar implements HttpAide {
  private readonly limit: number;
  /** The oldest first. */
  private cookies: Cookie[] = [];

  /** Throws BAD_OPTION. */
  constructor({ limit = 2048 }: CookieJarOptions = {}) {
    if (!(limit >= 256 && limit <= 8192)) throw new LwsError("BAD_OPTION", "limit");
    this.limit = limit;
  }

  /** Cookies that are kept. */
  get length(): number {
    return this.cookies.length;
  }

  clear(): void {
    this.cookies.length = 0;
  }

  /** @internal Cookies for a request, those of longer paths first (§5.4). */
  lines(url: Url): string {
    this.expire();
    const fit = this.cookies.filter((cookie) => cookie.isFor(url));
    if (fit.length === 0) return "";
    fit.sort((one, other) => other.path.length - one.path.length);
    return `Cookie: ${fit.map(({ name, value }) => `${name}=${value}`).join("; ")}\r\n`;
  }

  /** @internal */
  learn(url: Url, head: AnswerHead): boolean {
    for (const text of head.headers("set-cookie")) {
      const cookie = parse(text, url);
      if (cookie) this.put(cookie, url);
    }
    return false;
  }

  private expire(): void {
    const now = Date.now() / 1000;
    this.cookies = this.cookies.filter(({ expires }) => expires > now);
  }

  private put(cookie: Cookie, { secure }: Url): void {
    const { cookies, limit } = this;
    if (cookie.size > limit / 2) return;
    const at = cookies.findIndex((each) => each.isSame(cookie));
    // Who listens in on the open can't take the place of what is secret.
    if (at >= 0 && cookies[at]?.isSecure && !secure) return;
    if (at >= 0) cookies.splice(at, 1);
    this.expire();
    if (cookie.expires <= Date.now() / 1000) return;
    while (this.sizeOf(cookie.domain) + cookie.size > limit / 2) this.drop(cookie.domain);
    while (this.sizeOf() + cookie.size > limit) this.drop();
    this.cookies.push(cookie);
  }

  /** Bytes of all cookies, or of those of a domain. */
  private sizeOf(domain?: string): number {
    let size = 0;
    for (const each of this.cookies) if (domain === undefined || each.domain === domain) size += each.size;
    return size;
  }

  /** Throws out the oldest, or the oldest of a domain. */
  private drop(domain?: string): void {
    const at = this.cookies.findIndex((each) => domain === undefined || each.domain === domain);
    this.cookies.splice(at, 1);
  }
}
