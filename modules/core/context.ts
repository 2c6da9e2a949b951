/**
 * The system: one scheduler, one service queue, one buffer for reading and one for building what is written. Every event of the
 * platform comes in between {@link Context.enter} and {@link Context.leave}, or through {@link Context.guard}; the queue is worked
 * off on the way out, so a handler always runs at the bottom of the stack and is never re-entered.
 */
import { isFailure } from "./error-status";
import { LogLevel, log } from "./log";
import type { Port } from "./port";
import { Scheduler, Sul } from "./scheduler";
import type { Wsi } from "./wsi";
import { Flag } from "./wsi-flags";

export interface ContextOptions {
  /** Bytes read from a socket at once, and largest piece given to a protocol. */
  rxBuffer?: number;
  /** Bytes that a header or a frame is built in; what fits it goes out as one packet. */
  txBuffer?: number;
  /** Bytes of messages that are kept for peers that don't take them, over all connections; a write beyond ends its connection. Default 24576. */
  keepLimit?: number;
}

/** Bytes of {@link Context.kept} and {@link Context.gathered} together. */
export const holdLimit = 36864;
/** So much may be kept, whatever is gathered: peers that begin messages and do not end them would else keep the others from being written to. */
const keepRoom = 8192;

/** Wakes the queue for work that was put in from outside of any event. */
class Wake extends Sul {
  override fire(): void {}
}

export class Context {
  readonly scheduler: Scheduler;
  /** Received bytes; its content is anybody's after the handler that got it. */
  readonly buffer: Uint8Array;
  /** The same bytes, for reading numbers out of them. */
  readonly view: DataView;
  /** Where roles build what they send. */
  readonly tx: Uint8Array;
  /** Connections that are open. */
  connections = 0;
  /** @internal The first of them; each knows its neighbour. */
  first: Wsi | undefined = undefined;
  /** Most bytes of {@link Context.kept}. */
  readonly keepLimit: number;
  /** @internal Bytes that were accepted from writers but not yet by the sockets. */
  kept = 0;
  /** @internal Bytes that connections gather messages in. With those that are kept they share {@link holdLimit}. */
  gathered = 0;
  /** @internal Ports that are open; they hear of every connection that leaves. */
  readonly ports: Port[] = [];
  /** @internal The Date header as it goes out, or "" before the clock is set; undefined once it is out of date. */
  date: string | undefined = undefined;
  #head: Wsi | undefined;
  #tail: Wsi | undefined;
  #depth = 0;
  #wake = new Wake();

  constructor(options: ContextOptions = {}) {
    this.buffer = new Uint8Array(options.rxBuffer ?? 2048);
    this.view = new DataView(this.buffer.buffer);
    this.tx = new Uint8Array(options.txBuffer ?? 2048);
    this.keepLimit = options.keepLimit ?? 24576;
    this.scheduler = new Scheduler((sul) => this.#fire(sul));
  }

  /** @internal Whether so many bytes more may be kept. */
  mayKeep(count: number): boolean {
    const kept = this.kept + count;
    return kept <= this.keepLimit && (kept <= keepRoom || kept + this.gathered <= holdLimit);
  }

  /** Runs a callback of the platform: what it throws is logged and goes no further. */
  guard(call: () => void): void {
    this.enter();
    try {
      call();
    } catch (error) {
      this.#report("context", error);
    }
    this.leave();
  }

  /** @internal Opens an event: until the matching leave, work is only queued. */
  enter(): void {
    this.#depth++;
  }

  /** @internal Closes an event; the outermost one works off the queue. */
  leave(): void {
    if (this.#depth === 1) this.#drain();
    this.#depth--;
  }

  /** @internal A socket's event: served now if nothing else is going on, else in its turn. */
  serve(wsi: Wsi): void {
    if (this.#depth > 0 || wsi.flags & Flag.queued) {
      this.enqueue(wsi);
      return;
    }
    this.#depth = 1;
    this.#run(wsi);
    if (this.#head) this.#drain();
    this.#depth = 0;
  }

  /** One round of one connection. It counts as queued meanwhile, and goes to the end of the queue if there is more to do. */
  #run(wsi: Wsi): void {
    wsi.flags |= Flag.queued;
    try {
      wsi.service();
    } catch (error) {
      this.#failed(wsi, error);
    }
    if (wsi.flags & Flag.active && wsi.isPending) this.#append(wsi);
    else wsi.flags &= ~Flag.queued;
  }

  /** @internal Puts a connection into the service queue. */
  enqueue(wsi: Wsi): void {
    if (wsi.flags & Flag.queued) return;
    wsi.flags |= Flag.queued;
    this.#append(wsi);
    if (this.#depth === 0) this.scheduler.schedule(this.#wake, 0);
  }

  /** @internal Counts a new connection, on its vhost too. */
  adopt(wsi: Wsi): void {
    wsi.neighbour = this.first;
    this.first = wsi;
    this.connections++;
    wsi.vhost.bound++;
  }

  /** @internal A connection is over. */
  forget(wsi: Wsi): void {
    if (this.first === wsi) this.first = wsi.neighbour;
    else {
      let before = this.first;
      while (before && before.neighbour !== wsi) before = before.neighbour;
      if (before) before.neighbour = wsi.neighbour;
    }
    wsi.neighbour = undefined;
    this.connections--;
    wsi.vhost.unbind();
    for (let i = 0; i < this.ports.length; i++) (this.ports[i] as Port).onLeave();
  }

  #append(wsi: Wsi): void {
    if (this.#tail) this.#tail.link = wsi;
    else this.#head = wsi;
    this.#tail = wsi;
  }

  #drain(): void {
    for (let wsi = this.#head; wsi; wsi = this.#head) {
      this.#head = wsi.link;
      if (!wsi.link) this.#tail = undefined;
      wsi.link = undefined;
      this.#run(wsi);
    }
  }

  /** A waiter of the scheduler whose time has come. */
  #fire(sul: Sul): void {
    this.#depth++;
    try {
      sul.fire();
    } catch (error) {
      const wsi = "wsi" in sul ? (sul.wsi as Wsi) : "service" in sul ? (sul as Wsi) : undefined;
      if (wsi) this.#failed(wsi, error);
      else this.#report("scheduler", error);
    }
    this.leave();
  }

  /** What a handler throws costs its own connection. */
  #failed(wsi: Wsi, error: unknown): void {
    const tag = `${wsi.role.name} ${wsi.vhost.name}`;
    // What a peer sent wrong is its own business; a log is not to be flooded by it.
    if (!isFailure(error)) {
      if (log.level & LogLevel.info) log.info(tag, String(error));
    } else this.#report(tag, error);
    const canTell = (wsi.flags & Flag.writing) !== Flag.written && wsi.alive;
    wsi.flags &= Flag.unwritten;
    try {
      if (canTell && wsi.role.onFailure?.(wsi, error)) return;
    } catch (another) {
      this.#report(tag, another);
    }
    wsi.drop();
  }

  #report(tag: string, error: unknown): void {
    log.err(tag, error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error));
  }
}
