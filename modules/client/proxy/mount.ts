/**
 * A reverse proxy: the mounts that name it are answered by other HTTP servers. Each request gets a connection of its own, HTTP/1.1 with
 * `Connection: close`; nothing is kept of what passes but one piece in each direction.
 */

import { parseEndpoint } from "lws/client/endpoint";
import { LwsError } from "lws/core/errors";
import type { Protocol } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { ProxyMount } from "lws/http/mount";
import type { ReverseProxy } from "lws/http/relay";
import { Chip } from "lws/platform/chip";
import { Tunnel } from "lws/roles/tunnel";
import type { Exchange } from "./exchange";
import { ProxyProtocol } from "./protocol";
import { ProxyWire } from "./wire";

export interface HttpProxyOptions {
  /** Requests that are passed on at once; others wait. Each takes a socket and a transaction. Default 4. */
  requests?: number;
  /** WebSockets that are passed on at once; one more is answered 503. Each takes a socket. Default 3. */
  webSockets?: number;
  /** Bytes of the status line and headers of an answer; more is answered 502. Default 2048, at most 16384. */
  headerBytes?: number;
  /** Milliseconds until a connection stands, and for a request to wait for its turn. Default 10 s. */
  connectTimeout?: number;
  /** Milliseconds from the last byte of a request that the origin took to the end of the head of its answer. Default 30 s. */
  answerTimeout?: number;
  /** Milliseconds between two pieces of a body. Default 60 s. */
  bodyTimeout?: number;
  /** Milliseconds without a byte in either direction after which a WebSocket is dropped. Default five minutes. */
  idle?: number;
}

function limit(value: number | undefined, usual: number, most: number, name: string): number {
  const number = value ?? usual;
  if (!(number >= 1 && number <= most)) throw new LwsError("BAD_OPTION", name);
  return number;
}

export class HttpProxy implements ReverseProxy {
  /** @internal What it is called in Via (RFC 9110 §7.6.3); another one at each start, so that only a true loop leads back to it. */
  readonly name: string;
  /** @internal */
  readonly wire: ProxyWire;
  /** @internal */
  readonly tunnel: Tunnel;
  /** @internal */
  readonly headerBytes: number;
  /** @internal */
  readonly connectTimeout: number;
  private readonly requests: number;
  private readonly webSockets: number;
  private readonly waiting: Exchange[] = [];
  private active = 0;
  private upgraded = 0;

  /** Throws BAD_OPTION. */
  constructor(options: HttpProxyOptions = {}) {
    const longest = 86_400_000;
    this.requests = limit(options.requests, 4, 16, "requests");
    this.webSockets = limit(options.webSockets, 3, 16, "webSockets");
    this.headerBytes = limit(options.headerBytes, 2048, 16384, "headerBytes");
    this.connectTimeout = limit(options.connectTimeout, 10_000, longest, "connectTimeout");
    this.tunnel = new Tunnel({ idle: limit(options.idle, 300_000, longest, "idle") });
    this.wire = new ProxyWire(
      limit(options.answerTimeout, 30_000, longest, "answerTimeout"),
      limit(options.bodyTimeout, 60_000, longest, "bodyTimeout"),
    );
    const random = new Uint8Array(4);
    Chip.random(random, 0, 4);
    this.name = `lws-xs-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }

  bind(vhost: Vhost, mount: ProxyMount): Protocol {
    return new ProxyProtocol(vhost, this, parseEndpoint(mount.origin), mount.allowOrigin);
  }

  /** @internal Lets a request begin now or in its turn. False if there are too many. */
  enter(exchange: Exchange): boolean {
    if (exchange.isUpgrade) {
      if (this.upgraded >= this.webSockets) return false;
      this.upgraded++;
      exchange.begin();
    } else if (this.active < this.requests) {
      this.active++;
      exchange.begin();
    } else {
      this.waiting.push(exchange);
      exchange.server.setTimer(this.connectTimeout);
    }
    return true;
  }

  /** @internal A request that had entered is over. */
  leave(exchange: Exchange): void {
    if (exchange.isUpgrade) {
      this.upgraded--;
      return;
    }
    const at = this.waiting.indexOf(exchange);
    if (at >= 0) {
      this.waiting.splice(at, 1);
      exchange.server.setTimer(-1);
      return;
    }
    const next = this.waiting.shift();
    if (next) {
      next.server.setTimer(-1);
      next.begin();
    } else this.active--;
  }
}
