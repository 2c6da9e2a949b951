/** A connection to a server by its name, plain or by TLS: its addresses are tried one after the other until one takes it. */
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import Time from "time";
import { type Caller, connect, Milestone } from "./connect";
import type { Resolved } from "./resolve-query";
import type { Resolver } from "./resolver";
import type { TlsClient } from "./tls";
import type { Dial } from "./tls-dial";

/** What is needed to reach anybody. */
export interface Ways {
  /** Connections count to it. */
  readonly vhost: Vhost;
  readonly resolver: Resolver;
  /** Who may vouch for servers; without it none can be reached by TLS. */
  readonly tls?: TlsClient | undefined;
}

/** Whom to reach. */
export interface Server {
  readonly secure: boolean;
  /** Name or dotted address. By TLS it has to prove that it is that. */
  readonly host: string;
  readonly port: number;
}

/** Least milliseconds that an address gets while others wait. */
const SHARE = 2000;

export class Reach implements Resolved, Caller {
  private addresses: readonly string[] = [];
  private tried = 0;
  private begun = 0;
  private dial: Dial | undefined = undefined;
  private wsi: Wsi | undefined = undefined;

  /**
   * Calls `caller` once, in a later turn, but not after {@link Reach.cancel}: with a connection that is its own from then on, or with what went wrong at
   * the last address. `timeout` milliseconds are for all addresses, from when these are known; by TLS, and the time as well.
   */
  constructor(
    private readonly ways: Ways,
    private readonly server: Server,
    private readonly caller: Caller,
    private readonly timeout: number,
  ) {
    if (server.secure && !ways.tls) throw new LwsError("BAD_OPTION", "TLS without authorities");
    ways.resolver.resolve(server.host, this);
  }

  cancel(): void {
    this.ways.resolver.cancel(this);
    this.dial?.cancel();
    this.wsi?.drop();
    this.dial = this.wsi = undefined;
  }

  /** @internal */
  resolved(addresses: readonly string[]): void {
    this.addresses = addresses;
    this.begun = Time.ticks;
    this.caller.passed?.(Milestone.resolved, addresses.join(" "));
    this.next();
  }
  /** @internal */
  unresolved(code: ErrorCode): void {
    this.caller.failed(code);
  }

  private next(): void {
    const { ways, server, timeout, addresses } = this;
    const left = timeout - Time.delta(this.begun);
    const share = Math.max(left / (addresses.length - this.tried), Math.min(SHARE, left));
    const place = { address: addresses[this.tried++] as string, port: server.port };
    const limit = Math.max(Math.ceil(share), 1);
    if (server.secure && ways.tls) this.dial = ways.tls.dial(ways.vhost, place, server.host, this, limit);
    else this.wsi = connect(ways.vhost, place, this, limit);
  }

  /** @internal */
  connected(wsi: Wsi): void {
    this.dial = this.wsi = undefined;
    this.passed(this.server.secure ? Milestone.secured : Milestone.opened, wsi.peer);
    this.caller.connected(wsi);
  }
  /** @internal */
  passed(milestone: Milestone, what: string): void {
    this.caller.passed?.(milestone, what);
  }
  /** @internal Another address may do where one could not be reached; a server that is not who it should be, or breaks off, is one at any. */
  failed(code: ErrorCode): void {
    const isElsewhere = code.startsWith("CONNECT_");
    if (isElsewhere && this.tried < this.addresses.length && Time.delta(this.begun) < this.timeout) this.next();
    else {
      this.dial = this.wsi = undefined;
      this.caller.failed(code);
    }
  }
}
