/** What HTTP asks of those who pass requests on to another server, and what these hand to a wire. An image that names none links none. */
import type { Protocol } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { ByteSource } from "lws/platform/bytes";
import type { ProxyMount } from "./mount";

/** Passes requests on: the kind of mount that lws calls a reverse proxy. */
export interface ReverseProxy {
  /** The protocol that answers the requests of `mount`, upgrades too. Throws BAD_OPTION. */
  bind(vhost: Vhost, mount: ProxyMount): Protocol;
}

/** Takes header lines in pieces; each line ends in CRLF. */
export interface LineSink {
  text(lines: string): void;
  bytes(source: ByteSource, from: number, to: number): void;
}

/** The answer of another server, as a wire sends it. */
export interface RelayedAnswer {
  readonly status: number;
  readonly reason: string;
  /** Bytes of its body, -1: not known before its end. */
  readonly length: number;
  /** Writes all its header lines but those that frame the body. */
  writeLines(sink: LineSink): void;
}
