/** A listening port: accepts connections for its vhosts and hands each to the port's first role. */
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import type { Role } from "lws/core/role";
import type { Vhost } from "lws/core/vhost";
import { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import type { ListenerTarget } from "lws/platform/sockets";
import { Listener } from "lws/platform/sockets";

export interface ListenOptions {
  port: number;
  /** The role that a new connection begins with. */
  role: Role;
  /** The vhosts of this port; the first one gets what no other is named for. */
  vhosts: readonly Vhost[];
}

export class Listen implements ListenerTarget {
  readonly #context: Context;
  readonly #role: Role;
  readonly #vhost: Vhost;
  readonly #listener: Listener;

  /** Throws what the platform's Listener throws, and then leaves nothing behind. */
  constructor(context: Context, options: ListenOptions) {
    this.#context = context;
    this.#role = options.role;
    this.#vhost = options.vhosts[0] as Vhost;
    this.#listener = new Listener({ port: options.port, target: this });
    for (const vhost of options.vhosts) vhost.siblings = options.vhosts;
    log.notice(`vhost ${this.#vhost.name}`, `listens on port ${options.port}`);
  }

  /** @internal */
  onConnection(): void {
    this.#context.guard(() => {
      const wsi = new Wsi(this.#vhost, this.#role);
      const socket = this.#listener.accept(wsi);
      if (!socket) return;
      wsi.transport = socket;
      this.#context.connections++;
      wsi.setTimeout(Timeout.headers, this.#vhost.timeout);
    });
  }

  close(): void {
    this.#listener.close();
  }
}
