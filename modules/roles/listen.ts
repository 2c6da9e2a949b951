/** A listening port: accepts connections for its vhosts, hands each to the port's first role, and keeps them within limits. */
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Port } from "lws/core/port";
import type { Role } from "lws/core/role";
import { Alarm } from "lws/core/scheduler";
import type { Vhost } from "lws/core/vhost";
import { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import type { ListenerTarget } from "lws/platform/sockets";
import { Listener } from "lws/platform/sockets";
import Time from "time";

/** Sockets that are left for clients of our own, and for a refusal. */
const spare = 2;
/**
 * Milliseconds that a connection has for itself before it has to make room for a new one. Each newcomer that finds the port full halves
 * the time, until none has come for a while: a few too many wait for their turn, a flood is met at its own pace.
 */
const grace = 2000;
const calm = 3000;
/** Milliseconds after which a connection that was to make room, and has not, is given up for another. */
const lookAgain = 100;

export interface ListenOptions {
  port: number;
  /** The role that a new connection begins with. */
  role: Role;
  /** The vhosts of this port; the first one gets what no other is named for. */
  vhosts: readonly Vhost[];
  /** A request whose Host no vhost is named for is answered 421 (RFC 9110 §15.5.20) instead of by the first vhost. */
  strictHost?: boolean;
  /** Most connections at once, those of other ports among them. Default: what the stack holds, less two. */
  connections?: number;
  /**
   * What happens to one more. "purge": the longest idle kept connection makes room, or else the one that has been longest at its headers,
   * or else the last that waits for a transaction, each once it is 2 s old, and earlier where many want in; until then new ones wait. Where a peer
   * has more than half of all connections, it is one of those. "refuse": it is answered 503. "wait": it waits in the stack. Default "purge".
   */
  whenFull?: "purge" | "refuse" | "wait";
  /** Most connections that one peer address has made; one more is refused. Default 0: no limit. */
  perPeer?: number;
}

export class Listen extends Port implements ListenerTarget {
  private readonly context: Context;
  private readonly role: Role;
  private readonly listener: Listener;
  private readonly limit: number;
  private readonly whenFull: "purge" | "refuse" | "wait";
  private readonly perPeer: number;
  private isOpen = true;
  private again: Alarm | undefined = undefined;
  /** Present value of {@link grace}, and when it was last needed. */
  private patience = grace;
  private pressed = (Time.ticks - calm - 1) | 0;

  /** Throws what the platform's Listener throws, and then leaves nothing behind. */
  constructor(context: Context, options: ListenOptions) {
    super(options.strictHost);
    this.context = context;
    this.role = options.role;
    this.limit = options.connections ?? Listener.connections - spare;
    this.whenFull = options.whenFull ?? "purge";
    this.perPeer = options.perPeer ?? 0;
    this.listener = new Listener({ port: options.port, target: this });
    context.ports.push(this);
    for (const vhost of options.vhosts) this.add(vhost);
    log.notice(`vhost ${options.vhosts[0]?.name}`, `listens on port ${options.port}`);
  }

  /** @internal */
  onConnection(): void {
    this.context.enter();
    try {
      this.accept();
    } catch (error) {
      log.err("listen", String(error));
    }
    this.context.leave();
  }

  private accept(): void {
    const vhost = this.vhosts[0];
    if (!vhost) return;
    const wsi = new Wsi(vhost, this.role);
    const socket = this.listener.accept(wsi);
    if (!socket) return;
    wsi.transport = socket;
    this.context.adopt(wsi);
    wsi.setTimeout(Timeout.headers, vhost.timeout);
    if (this.perPeer > 0 && this.connectionsOf(wsi.peer) > this.perPeer) this.refuse(wsi);
    else if (this.context.connections >= this.limit) this.fill(wsi);
  }

  /** The connection `wsi` is the last that fits, or one too many. */
  private fill(wsi: Wsi): void {
    const isOver = this.context.connections > this.limit;
    if (this.whenFull === "refuse") {
      if (isOver) this.refuse(wsi);
      return;
    }
    if (this.whenFull === "wait") this.listener.accepting = false;
    else if (isOver) {
      this.listener.accepting = false;
      const now = Time.ticks;
      this.patience = ((now - this.pressed) | 0) > calm ? grace : this.patience >> 1;
      this.pressed = now;
      this.makeRoom(wsi);
    }
  }

  private refuse(wsi: Wsi): void {
    // A refusal takes a socket for a while, so there is never more than one beyond the limit.
    if (this.role.refuse && this.context.connections <= this.limit + 1) this.role.refuse(wsi);
    else wsi.drop();
  }

  /** Ends the wait of the connection that is missed least; looks again while none leaves. */
  private makeRoom(newcomer?: Wsi): void {
    this.again ??= new Alarm(() => {
      if (this.context.connections > this.limit) this.makeRoom();
    });
    this.context.scheduler.schedule(this.again, this.patience + lookAgain);
    const crowd = this.crowd();
    const victim =
      this.find(Timeout.keepAlive, crowd, newcomer) ??
      this.find(Timeout.headers, crowd, newcomer) ??
      this.find(Timeout.turn, crowd, newcomer);
    victim?.hasten(this.patience);
  }

  /** The peer that has more than half of all connections, so that one address can crowd out only itself; "" where none has. */
  private crowd(): string {
    let peer = "";
    let votes = 0;
    for (let wsi = this.context.first; wsi; wsi = wsi.neighbour) {
      if (votes === 0) peer = wsi.peer;
      votes += wsi.peer === peer ? 1 : -1;
    }
    return 2 * this.connectionsOf(peer) > this.context.connections ? peer : "";
  }

  /** The connection, of `crowd` if that is a peer, that has waited for `reason` longest; for a turn, last. */
  private find(reason: Timeout, crowd: string, newcomer: Wsi | undefined): Wsi | undefined {
    let found: Wsi | undefined;
    for (let wsi = this.context.first; wsi; wsi = wsi.neighbour) {
      if (wsi === newcomer || wsi.reason !== reason || !wsi.alive || (crowd !== "" && wsi.peer !== crowd)) continue;
      if (reason === Timeout.turn) return wsi;
      // Later in the list is older: it decides among those of the same millisecond.
      if (!found || ((wsi.since - found.since) | 0) <= 0) found = wsi;
    }
    return found;
  }

  private connectionsOf(peer: string): number {
    let count = 0;
    for (let wsi = this.context.first; wsi; wsi = wsi.neighbour) {
      if (wsi.alive && !(wsi.flags & Flag.outgoing) && wsi.peer === peer) count++;
    }
    return count;
  }

  /** @internal */
  override onLeave(): void {
    if (this.context.connections < this.limit + (this.whenFull === "purge" ? 1 : 0)) {
      this.listener.accepting = true;
    }
  }

  /** Takes `vhost` off this port; without any vhost the port is closed. */
  override remove(vhost: Vhost): void {
    super.remove(vhost);
    if (this.vhosts.length === 0) this.close();
  }

  /** Listens no more. Idempotent. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.context.ports.splice(this.context.ports.indexOf(this), 1);
    this.listener.close();
  }
}
