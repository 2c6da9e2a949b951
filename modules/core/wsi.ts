/**
 * One connection (lws: wsi). It is the target of its socket and its own waiter in the scheduler, so that an idle connection is one
 * object of few slots. Events of the socket only set bits here; the service queue acts on them.
 */
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import type { SocketEnd, SocketTarget } from "lws/platform/sockets";
import Time from "time";
import { LwsError } from "./errors";
import { LogLevel, log } from "./log";
import type { Protocol, Writable } from "./protocol";
import { Write } from "./protocol";
import type { Role, Transport } from "./role";
import { Sul } from "./scheduler";
import type { Vhost } from "./vhost";
import { Flag, Timeout } from "./wsi-flags";

/** Milliseconds that a peer gets to take the last bytes, and then to close its side. */
const flushTime = 5000;
const lingerTime = 2000;

class WsiTimer extends Sul {
  constructor(readonly wsi: Wsi) {
    super();
  }
  override fire(): void {
    this.wsi.protocol?.onTimer(this.wsi);
  }
}

export class Wsi extends Sul implements SocketTarget {
  vhost: Vhost;
  role: Role;
  /** @internal */
  flags = 0;
  /** @internal The role's own state. */
  state: unknown = undefined;
  protocol: Protocol | undefined = undefined;
  /** What the protocol's `open` returned. */
  pss: unknown = undefined;
  /** @internal */
  transport: Transport | undefined = undefined;
  /** @internal Next in the service queue. */
  link: Wsi | undefined = undefined;
  /** @internal Next of all connections that are open. */
  neighbour: Wsi | undefined = undefined;
  /** @internal What the present wait is for. */
  reason: Timeout = Timeout.none;
  /** @internal When the present wait began. */
  since = 0;
  /** @internal When the present wait ends; the scheduler may call earlier, for a wait that was cut short. */
  until = 0;
  /** @internal Requests made on this connection. */
  requests = 0;
  /** @internal Bytes that were accepted from a writer but not yet by the socket. */
  out: ArrayBuffer | undefined = undefined;
  /** @internal Bytes that were read but not used yet. */
  parked: ArrayBuffer | undefined = undefined;
  private timer: WsiTimer | undefined = undefined;

  constructor(vhost: Vhost, role: Role) {
    super();
    this.vhost = vhost;
    this.role = role;
  }

  // --- for protocols ----------------------------------------------------------------------------------------------------

  /** Asks for {@link Protocol.onWriteable} when the peer can take more (lws: callback_on_writable). */
  callbackOnWritable(): void {
    this.flags |= Flag.wantTx;
    if (!(this.flags & Flag.unwakeable)) this.vhost.context.enqueue(this);
  }

  /**
   * Writes once, from inside a writeable callback. The bytes are taken as a whole; what the socket can't take yet is kept and
   * goes out before anything else. `how` has bits of {@link Write}; `from` and `to` cut a buffer.
   * Throws WRITE_OUTSIDE_WRITEABLE, SECOND_WRITE, WSI_CLOSED.
   */
  write(data: Writable, how: number = Write.text, from = 0, to = -1): void {
    if ((this.flags & Flag.writing) !== Flag.inWriteable) this.refuseWrite();
    this.role.write(this, data, how, from, to >= 0 || typeof data === "string" ? to : data.byteLength);
  }

  private refuseWrite(): never {
    if (this.flags & Flag.dead) throw new LwsError("WSI_CLOSED");
    throw new LwsError(this.flags & Flag.inWriteable ? "SECOND_WRITE" : "WRITE_OUTSIDE_WRITEABLE");
  }

  /** Stops (false) or restarts (true) delivery of received data. While stopped the peer is held back by TCP. */
  rxFlow(on: boolean): void {
    if (on) this.release(Flag.rxHeldByUser);
    else this.flags |= Flag.rxHeldByUser;
  }

  /** Calls {@link Protocol.onTimer} once after `delay` milliseconds, in place of an earlier call's; -1 cancels. */
  setTimer(delay: number): void {
    const { scheduler } = this.vhost.context;
    if (delay < 0) {
      if (this.timer) scheduler.cancel(this.timer);
      return;
    }
    this.timer ??= new WsiTimer(this);
    scheduler.schedule(this.timer, delay);
  }

  /** Closes in the way of the role: a WebSocket sends a close frame with `code` and `reason` and waits for the peer's. */
  close(code = 1000, reason = ""): void {
    if (!(this.flags & Flag.dead)) this.role.close(this, code, reason);
  }

  /** Ends the connection at once. The protocol's onClosed comes in a later turn, so that no handler is re-entered. */
  drop(): void {
    if (this.flags & Flag.dead) return;
    this.flags |= Flag.dead;
    const { context } = this.vhost;
    context.scheduler.cancel(this);
    if (this.timer) context.scheduler.cancel(this.timer);
    this.transport?.close();
    if (this.out) this.unkeep(this.out.byteLength);
    this.out = undefined;
    this.parked = undefined;
    context.enqueue(this);
  }

  get peer(): string {
    return this.transport?.remoteAddress ?? "";
  }
  get alive(): boolean {
    return !(this.flags & Flag.dead);
  }

  // --- for roles ------------------------------------------------------------------------------------------------------------

  /** @internal Waits `delay` milliseconds for `reason`; Timeout.none stops waiting. */
  setTimeout(reason: Timeout, delay = 0): void {
    this.reason = reason;
    const now = Time.ticks;
    const until = (now + delay) | 0;
    this.since = now;
    this.until = until;
    // A connection changes its wait at every request: while the scheduler will call soon enough, only `until` moves.
    if (reason !== Timeout.none && (this.next === null || ((this.due - until) | 0) > 0)) {
      this.vhost.context.scheduler.schedule(this, delay);
    }
  }

  /** @internal Cuts the present wait down to `time` milliseconds since it began, unless it is as short as that. */
  hasten(time: number): void {
    const until = (this.since + time) | 0;
    if (((this.until - until) | 0) <= 0) return;
    this.until = until;
    this.vhost.context.scheduler.schedule(this, (until - Time.ticks) | 0);
  }

  /** @internal Moves the connection to another vhost. */
  bind(vhost: Vhost): void {
    const old = this.vhost;
    if (old === vhost) return;
    vhost.bound++;
    this.vhost = vhost;
    old.unbind();
  }

  /** @internal Stops reading, for the reason `bit`. */
  hold(bit: Flag): void {
    this.flags |= bit;
  }

  /** @internal Ends a reason to stop reading; what came meanwhile is served next. */
  release(bit: Flag): void {
    this.flags &= ~bit;
    if (this.parked) this.flags |= Flag.rx;
    if (this.flags & Flag.active && this.isPending) this.vhost.context.enqueue(this);
  }

  /** @internal Reads parked bytes, then the socket's. Zero: none there now. */
  read(into: Uint8Array, from: number, to: number): number {
    const count = this.parked ? this.readParked(into, from, to) : (this.transport as Transport).read(into, from, to);
    if (count === to - from) this.flags |= Flag.rx;
    return count;
  }

  private readParked(into: Uint8Array, from: number, to: number): number {
    const parked = this.parked as ArrayBuffer;
    const count = Math.min(parked.byteLength, to - from);
    const at = Bytes.copy(parked, 0, count, into, from);
    this.parked = count < parked.byteLength ? parked.slice(count) : undefined;
    return count + (at < to ? (this.transport as Transport).read(into, at, to) : 0);
  }

  /** @internal Gives bytes back: the next read starts with them. */
  unread(buffer: Uint8Array, from: number, to: number): void {
    const rest = this.parked;
    const parked = new ArrayBuffer(to - from + (rest ? rest.byteLength : 0));
    const at = Bytes.copy(buffer, from, to, parked, 0);
    if (rest) Bytes.copy(rest, 0, rest.byteLength, parked, at);
    this.parked = parked;
  }

  /** @internal Hands bytes to the socket and keeps a copy of what it does not take. Counts as the write of this writeable callback. */
  send(source: ByteSource, from: number, to: number): void {
    this.flags |= Flag.wrote;
    const sent = this.out ? from : from + (this.transport as Transport).write(source, from, to);
    if (sent < to) this.keep(source, sent, to);
  }

  /** @internal Hands over as much as the socket takes now, and keeps nothing: for data that stays where it is. */
  sendSome(source: ByteSource, from: number, to: number): number {
    this.flags |= Flag.wrote;
    if (this.out) return 0;
    const sent = (this.transport as Transport).write(source, from, to);
    if (sent < to - from) this.flags |= Flag.choked;
    return sent;
  }

  /** @internal Ends the connection after what was written: our FIN, then a short wait for the peer's. */
  finish(): void {
    if (this.flags & (Flag.dead | Flag.lingering)) return;
    this.flags |= Flag.closing;
    if (this.out) {
      // What follows is no request any more.
      this.flags |= Flag.rxHeldByRole;
      this.setTimeout(Timeout.response, flushTime);
      return;
    }
    this.flags |= Flag.lingering;
    (this.transport as Transport).shutdown();
    if (this.flags & Flag.end) this.drop();
    else {
      this.parked = undefined;
      this.release(Flag.rxHeld);
      this.setTimeout(Timeout.linger, lingerTime);
    }
  }

  /** What all peers together leave untaken is bounded: a message that goes beyond is lost, and its connection with it. */
  private keep(source: ByteSource, from: number, to: number): void {
    const { out } = this;
    const { context } = this.vhost;
    if (!context.mayKeep(to - from)) {
      this.drop();
      throw new LwsError("OVERLOADED", "too much is kept for peers that take nothing");
    }
    const kept = out ? out.byteLength : 0;
    const all = new ArrayBuffer(kept + to - from);
    if (out) Bytes.copy(out, 0, kept, all, 0);
    Bytes.copy(source, from, to, all, kept);
    context.kept += to - from;
    this.out = all;
    this.flags |= Flag.choked;
    // Whole messages in, while the answers to those before are not taken, would add up: TCP holds such a peer back.
    if (this.protocol && this.protocol.messageLimit > 0) this.flags |= Flag.rxHeldByOut;
  }

  private unkeep(count: number): void {
    this.vhost.context.kept -= count;
  }

  // --- the service queue's turn ------------------------------------------------------------------------------------------

  /** @internal Acts on one round of events: reads once, then writes once. Called by the context, inside its guard. */
  service(): void {
    if (this.flags & Flag.hasNews && !(this.flags & Flag.notServable)) {
      if (this.flags & Flag.rx) {
        this.flags &= Flag.unreadable;
        this.role.onRx(this);
      } else {
        this.flags &= ~Flag.tellEnd;
        this.role.onEnd(this);
      }
    }
    if ((this.flags & Flag.wantsTx) === Flag.wantTx) {
      this.flags &= Flag.unwanted;
      if (!this.out || this.flush()) {
        this.flags = (this.flags & Flag.unwritten) | Flag.inWriteable;
        this.role.onWriteable(this);
        this.flags &= ~Flag.inWriteable;
      }
    }
    if (this.flags & Flag.over) this.end();
  }

  /** @internal True while another round has something to do. */
  get isPending(): boolean {
    const flags = this.flags;
    if (flags & Flag.over) return (flags & (Flag.dead | Flag.closed)) === Flag.dead;
    if ((flags & Flag.wantsTx) === Flag.wantTx) return true;
    return (flags & Flag.hasNews) !== 0 && !(flags & Flag.rxHeld);
  }

  /** Sends what was kept. False if a writer has to wait on, or has no more to say. */
  private flush(): boolean {
    const out = this.out as ArrayBuffer;
    const sent = (this.transport as Transport).write(out, 0, out.byteLength);
    this.unkeep(sent);
    if (sent < out.byteLength) {
      this.out = out.slice(sent);
      this.flags |= Flag.choked | Flag.wantTx;
      return false;
    }
    this.out = undefined;
    this.release(Flag.rxHeldByOut);
    if (!(this.flags & Flag.closing)) return true;
    this.finish();
    return false;
  }

  /** The last rounds: what still arrives is thrown away; when all is over the role is told, once. */
  private end(): void {
    if (!(this.flags & Flag.dead)) {
      if (this.flags & Flag.rx) this.discard();
      if (this.flags & Flag.end) this.drop();
      else return;
    }
    if (this.flags & Flag.closed) return;
    this.flags |= Flag.closed;
    try {
      this.role.onClosed(this);
    } finally {
      this.vhost.context.forget(this);
    }
  }

  private discard(): void {
    this.flags &= ~Flag.rx;
    const buffer = this.vhost.context.buffer;
    while ((this.transport as Transport).read(buffer, 0, buffer.length) > 0);
  }

  /** @internal The scheduler's call. */
  override fire(): void {
    if (this.reason === Timeout.none || this.flags & Flag.dead) return;
    const left = (this.until - Time.ticks) | 0;
    if (left > 0) {
      this.vhost.context.scheduler.schedule(this, left);
      return;
    }
    const reason = this.reason;
    this.reason = Timeout.none;
    if (this.flags & Flag.closing) this.drop();
    else this.role.onTimeout(this, reason);
  }

  // --- the socket's calls ------------------------------------------------------------------------------------------------

  /** @internal */
  onReadable(): void {
    this.flags |= Flag.rx;
    if (!(this.flags & Flag.rxHeld)) this.vhost.context.serve(this);
  }
  /** @internal */
  onWritable(): void {
    this.flags = (this.flags & ~Flag.choked) | Flag.wantTx;
    this.vhost.context.serve(this);
  }
  /** @internal */
  onEnd(): void {
    this.flags |= Flag.end | Flag.tellEnd;
    this.vhost.context.serve(this);
  }
  /** @internal */
  onClosed(why: SocketEnd): void {
    if (log.level & LogLevel.info) log.info(this.role.name, why);
    const { context } = this.vhost;
    context.enter();
    this.drop();
    context.leave();
  }
}
