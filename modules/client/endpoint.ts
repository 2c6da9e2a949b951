/** Where a connection of our own goes to. */
import { LwsError } from "lws/core/errors";

export interface Place {
  /** Dotted IPv4 address. */
  readonly address: string;
  readonly port: number;
}

/** An HTTP server that is named by its address. */
export interface Endpoint extends Place {
  /** As a Host header has it: the port only where it is not that of the scheme. */
  readonly authority: string;
  /** Path that is put before others, without a slash at its end; "" for the root. */
  readonly base: string;
}

/** An address of one host: neither a network's nor a group's (RFC 1122 §3.2.1.3). */
export function isHostAddress(address: string): boolean {
  const octets = address.split(".").map((text) => (/^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : 256));
  if (octets.length !== 4 || octets.some((octet) => octet > 255)) return false;
  const first = octets[0] as number;
  return first > 0 && first < 224;
}

/** Reads `http://ADDRESS[:PORT][/PATH]`. Throws BAD_OPTION for anything else: names have to wait for a resolver, https for TLS. */
export function parseEndpoint(text: string): Endpoint {
  const parts =
    /^http:\/\/((?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2}))(?::([1-9]\d{0,4}))?((?:\/[^\s/?#]+)*)\/?$/.exec(text);
  const address = parts?.[1] ?? "";
  const port = Number(parts?.[2] ?? 80);
  const base = parts?.[3] ?? "";
  if (!isHostAddress(address) || port > 65535 || /[^!-~]|["<>\\^`{|}]|%(?![0-9A-Fa-f]{2})|\/\.\.?(?:\/|$)/.test(base)) {
    throw new LwsError("BAD_OPTION", `origin ${text}`);
  }
  return { address, port, authority: port === 80 ? address : `${address}:${port}`, base };
}
