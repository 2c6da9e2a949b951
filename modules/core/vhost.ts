/**
 * A virtual host: a name on a port, the protocols that it offers (an instance of each), and what its connections have in common.
 * `http/` extends it with mounts and headers.
 */
import type { Context } from "./context";
import { log } from "./log";
import type { Options, Protocol, ProtocolClass } from "./protocol";

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
  readonly protocols: Protocol[] = [];
  /** All vhosts of the same port, this one among them, in order of their making. */
  siblings: readonly Vhost[] = [this];

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

  /** Ends the plugins of this vhost. Its connections must be closed before. */
  destroy(): void {
    for (const protocol of this.protocols) protocol.destroy();
    this.protocols.length = 0;
  }
}
