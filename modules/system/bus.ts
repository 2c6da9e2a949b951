/**
 * Short messages between parts of a system that need not know each other. Who sends says of which class a message is; who listens says which classes it wants, and gets
 * the messages of those in the order in which they were sent, in a later turn. Where nobody listens, a message costs nothing.
 */
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { Bytes } from "lws/platform/bytes";
import Time from "time";

/** Classes of messages, one bit each. */
export const enum BusClass {
  /** Somebody has done something: `{ type: "button", src, event }`, the event being "down", "up", "click", "longclick" or "doubleclick". */
  interaction = 0x1,
  /** `{ state }`: the system has reached that state of its ladder. */
  systemState = 0x2,
  /**
   * `{ type: "route", address, gateway }`: the network has come, is another one, or ("") has gone. `{ type: "cpd", result }`: whether it leads to the internet. `{ trigger:
   * "cpdcheck" }`: that is to be found out again.
   */
  network = 0x4,
  metrics = 0x8,
  /** The first of eight that images may use as they like. */
  user = 0x1000000,
}

/** What is told: names and plain values. */
export type Message = Readonly<Record<string, string | number | boolean>>;

export interface BusPeer {
  /** A message of the class `kind`. Nothing it does to the bus has an effect within this turn, but for leaving. What it throws is logged. */
  heard(kind: number, message: Message): void;
}

export interface BusOptions {
  context: Context;
  /** Bytes of a message, as JSON. Default 384. */
  sizeLimit?: number;
  /** Messages that wait for their turn. Default 20. */
  queueLimit?: number;
  /** Milliseconds after which a message that has not had its turn is dropped. Default 5000. */
  ageLimit?: number;
}

class Member {
  next: Member | undefined = undefined;
  isGone = false;
  constructor(
    readonly peer: BusPeer,
    public mask: number,
    /** Messages before this one were sent when it was not there yet. */
    readonly since: number,
  ) {}
}

class Letter {
  next: Letter | undefined = undefined;
  readonly sent = Time.ticks;
  constructor(
    readonly kind: number,
    readonly message: Message,
    readonly number: number,
  ) {}
}

export class Bus extends Sul {
  private readonly options: BusOptions;
  private members: Member | undefined = undefined;
  private first: Letter | undefined = undefined;
  private last: Letter | undefined = undefined;
  private waiting = 0;
  /** Number of the next message. */
  private number = 0;

  constructor(options: BusOptions) {
    super();
    this.options = options;
  }

  /** From now on `peer` hears messages of the classes in `mask`; one that is there already, of these in place of others. */
  join(mask: number, peer: BusPeer): void {
    let last: Member | undefined;
    for (let member = this.members; member; member = member.next) {
      if (member.peer === peer) {
        member.mask = mask;
        return;
      }
      last = member;
    }
    const member = new Member(peer, mask, this.number);
    if (last) last.next = member;
    else this.members = member;
  }

  /** `peer` hears nothing any more, not even what was sent before. Allowed at any time; nothing if it is not there. */
  leave(peer: BusPeer): void {
    let before: Member | undefined;
    for (let member = this.members; member; before = member, member = member.next) {
      if (member.peer !== peer) continue;
      // Its own successor stays known to it: a delivery may stand there.
      if (before) before.next = member.next;
      else this.members = member.next;
      member.isGone = true;
      return;
    }
  }

  /**
   * Sends a message of the class `kind` to all who want such, the sender included if it does. False where nobody does, which is no error; and where the message is too
   * long or too many are waiting, which is logged.
   */
  send(kind: number, message: Message): boolean {
    const { context, sizeLimit = 384, queueLimit = 20 } = this.options;
    if (!this.isWanted(kind)) return false;
    if (this.waiting >= queueLimit) {
      log.warn("bus", `${this.waiting} messages wait: another one is refused`);
      return false;
    }
    const size = Bytes.size(JSON.stringify(message));
    if (size > sizeLimit) {
      log.warn("bus", `a message of ${size} bytes is refused`);
      return false;
    }
    const letter = new Letter(kind, Object.freeze({ ...message }), this.number++);
    if (this.last) this.last.next = letter;
    else {
      this.first = letter;
      context.scheduler.schedule(this, 0);
    }
    this.last = letter;
    this.waiting++;
    return true;
  }

  private isWanted(kind: number): boolean {
    for (let member = this.members; member; member = member.next) if (member.mask & kind) return true;
    return false;
  }

  /** @internal Delivers what was sent before this turn. */
  override fire(): void {
    const { context, ageLimit = 5000 } = this.options;
    let letter = this.first;
    const { last } = this;
    while (letter) {
      const isLast = letter === last;
      this.waiting--;
      if (Time.delta(letter.sent) > ageLimit) log.warn("bus", "a message was too old");
      else this.deliver(letter);
      letter = letter.next;
      // Until here, what is sent meanwhile is put behind the others.
      this.first = letter;
      if (isLast) break;
    }
    if (this.first) context.scheduler.schedule(this, 0);
    else this.last = undefined;
  }

  private deliver({ kind, message, number }: Letter): void {
    for (let member = this.members; member; member = member.next) {
      if (member.isGone || !(member.mask & kind) || ((number - member.since) | 0) < 0) continue;
      try {
        member.peer.heard(kind, message);
      } catch (error) {
        log.err("bus", error instanceof Error ? `${error}\n${error.stack ?? ""}` : String(error));
      }
    }
  }
}
