/**
 * A virtual host: a name on a port, the protocols that it offers (an instance of each), and what its connections have in common.
 * `http/` extends it with mounts and headers.
 */
import type { Context } from "./context";
import { log } from "./log";
import type { Port } from "./port";
import type { Options, Protocol, ProtocolClass } from "./protocol";
import { Alarm } from "./scheduler";
import type { Wsi } from "./wsi";

export interface VhostOptions {
  /** Host name that requests are matched with, without port. */
  name: string;
  /** Protocols that this vhost enables, with their options. The first is the one for WebSocket clients that ask for none. */
  protocols?: readonly (ProtocolClass | readonly [ProtocolClass, Options])[];
  /** Milliseconds that a connection may take over the headers of a request, a piece of a body, or the room for a response. */
  timeout?: number;
  /** Milliseconds that a kept connection may stay idle. */
  keepAlive?: number;
}

export class Vhost {
  readonly name: string;
  readonly timeout: number;
  readonly keepAlive: number;
  protocols: Protocol[] = [];
  /** Where it can be reached, if it can. */
  port: Port | undefined = undefined;
  /** @internal Whether a request has to say which vhost it means. */
  shared = false;
  /** What proves to a peer that it has reached this vhost; the TLS role knows its kind. */
  identity: unknown = undefined;
  /** Only peers that have proved to this vhost who they are, with a certificate, are served: one that named another is misdirected. */
  guarded = false;
  /** Connections that belong to this vhost. */
  bound = 0;
  /** @internal Destroy was called. */
  isEnding = false;
  private onDestroyed: (() => void) | undefined = undefined;

  constructor(
    readonly context: Context,
    options: VhostOptions,
  ) {
    this.name = options.name.toLowerCase();
    this.timeout = options.timeout ?? 15000;
    this.keepAlive = options.keepAlive ?? 30000;
    for (const entry of options.protocols ?? []) {
      const [Class, pvo] = "protocol" in entry ? [entry, {}] : entry;
      this.#enable(Class, pvo);
    }
  }

  /** A plugin that can't start stays disabled; the vhost lives without it. */
  #enable(Class: ProtocolClass, pvo: Options): void {
    try {
      this.protocols.push(new Class(this, pvo));
    } catch (error) {
      log.err(`vhost ${this.name}`, `${Class.protocol} stays disabled: ${error}`);
    }
  }

  /** The instance of the protocol `name`, or undefined where this vhost does not offer it. */
  protocol(name: string): Protocol | undefined {
    for (const protocol of this.protocols) {
      if ((protocol.constructor as unknown as ProtocolClass).protocol === name) return protocol;
    }
    return undefined;
  }

  /**
   * Ends the vhost: it is off its port at once, idle connections are closed, others end what they are at (a WebSocket is closed with 1001).
   * When none is left its protocols are destroyed, in a later turn, then `onDestroyed` is called. A vhost of the same name may be made meanwhile.
   */
  destroy(onDestroyed?: () => void): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.onDestroyed = onDestroyed;
    if (this.port) this.port.remove(this);
    else this.drain(undefined);
    if (this.bound === 0) this.finishSoon();
  }

  /** @internal Makes the connections of this vhost end. Those that have not named a vhost yet go to `heir`. */
  drain(heir: Vhost | undefined): void {
    for (let wsi: Wsi | undefined = this.context.first; wsi; wsi = wsi.neighbour) {
      if (wsi.vhost !== this || !wsi.alive) continue;
      if (!wsi.role.drain) wsi.close(1001);
      else if (!heir || !wsi.role.isUndecided?.(wsi)) wsi.role.drain(wsi);
      else wsi.bind(heir);
    }
  }

  /** @internal A connection has left. */
  unbind(): void {
    if (--this.bound === 0 && this.isEnding) this.finishSoon();
  }

  private finishSoon(): void {
    this.context.scheduler.schedule(new Alarm(() => this.finish()), 0);
  }

  private finish(): void {
    if (this.bound > 0) return;
    for (const protocol of this.protocols) {
      try {
        protocol.destroy();
      } catch (error) {
        log.err(`vhost ${this.name}`, `a protocol can't end: ${error}`);
      }
    }
    this.protocols.length = 0;
    const done = this.onDestroyed;
    this.onDestroyed = undefined;
    done?.();
  }
}
