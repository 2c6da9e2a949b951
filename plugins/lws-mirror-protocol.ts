/**
 * What one member of a mirror sends goes to all of its members, the sender too. The argument `mirror` of the WebSocket's URL names the mirror;
 * a vhost has up to three. A message is kept once, in a ring, until every member has taken it; who takes too long is dropped.
 */
import { Piece, Protocol, Write } from "lws/core/protocol";
import { Alarm } from "lws/core/scheduler";
import type { Wsi } from "lws/core/wsi";
import { transaction } from "lws/http/transaction";
import Time from "time";

/** Mirrors of a vhost, messages of a ring, and bytes of a message. */
const MIRRORS = 3;
const RING = 32;
const MESSAGE = 4096;
/** Longest name, in characters. */
const NAME = 28;
/** Free places of a ring below which its members are not read any more, and from which they are again. */
const STOP = 4;
const RESUME = 21;
/** The same for the bytes of all rings of a vhost, which are what runs out first where messages are long. */
const STOP_BYTES = 16_384;
const RESUME_BYTES = 6144;
/** Milliseconds that a member gets to take a message that only it has not taken. */
const SLOW = 3000;

/** A connection; `tail` counts the messages that it has taken. */
class Member {
  mirror: Mirror | undefined = undefined;
  tail = 0;
  constructor(readonly name: string) {}
}

class Mirror {
  readonly members: Wsi[] = [];
  /** Message n is at n modulo RING, from `oldest` to `head`. */
  readonly ring: (ArrayBuffer | undefined)[] = [];
  /** A bit of each place: its message is binary. */
  binary = 0;
  oldest = 0;
  head = 0;
  stopped = false;
  /** Time.ticks since when the oldest message is the oldest. */
  since = 0;
  readonly alarm: Alarm;

  constructor(
    readonly name: string,
    onSlow: (mirror: Mirror) => void,
  ) {
    this.alarm = new Alarm(() => onSlow(this));
  }
}

export class LwsMirror extends Protocol {
  static readonly protocol = "lws-mirror-protocol";
  private readonly mirrors: Mirror[] = [];
  /** Bytes in all rings. */
  private bytes = 0;

  override readonly messageLimit = MESSAGE;
  /** A message would be compressed once for each member. */
  override readonly deflate = false;

  override onFilter(wsi: Wsi): boolean {
    const name = transaction(wsi).argument("mirror");
    return name === undefined || name.length <= NAME;
  }

  override open(wsi: Wsi): Member {
    return new Member(transaction(wsi).argument("mirror") ?? "");
  }

  override destroy(): void {
    for (const { alarm } of this.mirrors) this.vhost.context.scheduler.cancel(alarm);
  }

  override onEstablished(wsi: Wsi): void {
    const member = wsi.pss as Member;
    let mirror = this.mirrors.find(({ name }) => name === member.name);
    if (!mirror) {
      if (this.mirrors.length === MIRRORS) {
        wsi.close(1013, "too many mirrors");
        return;
      }
      mirror = new Mirror(member.name, (slow) => this.onSlow(slow));
      this.mirrors.push(mirror);
    }
    member.mirror = mirror;
    member.tail = mirror.oldest;
    mirror.members.push(wsi);
    if (mirror.stopped) wsi.rxFlow(false);
    if (member.tail < mirror.head) wsi.callbackOnWritable();
  }

  override onClosed(wsi: Wsi): void {
    const { mirror } = wsi.pss as Member;
    if (!mirror) return;
    mirror.members.splice(mirror.members.indexOf(wsi), 1);
    this.release(mirror);
    if (mirror.members.length > 0) return;
    this.vhost.context.scheduler.cancel(mirror.alarm);
    this.mirrors.splice(this.mirrors.indexOf(mirror), 1);
  }

  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number, piece: number): void {
    const { mirror } = wsi.pss as Member;
    // A ring is full only if a member had more messages on the way when all were stopped.
    if (!mirror || mirror.head - mirror.oldest === RING) return;
    const place = mirror.head % RING;
    mirror.ring[place] = (buffer.buffer as ArrayBuffer).slice(buffer.byteOffset + from, buffer.byteOffset + to);
    mirror.binary = (mirror.binary & ~(1 << place)) | (piece & Piece.binary ? 1 << place : 0);
    this.bytes += to - from;
    if (mirror.head++ === mirror.oldest) this.watch(mirror);
    for (const member of mirror.members) member.callbackOnWritable();
    this.flow();
  }

  override onWriteable(wsi: Wsi): void {
    const member = wsi.pss as Member;
    const { mirror } = member;
    if (!mirror || member.tail === mirror.head) return;
    const place = member.tail % RING;
    const wasOldest = member.tail === mirror.oldest;
    member.tail++;
    wsi.write(mirror.ring[place] as ArrayBuffer, mirror.binary & (1 << place) ? Write.binary : Write.text);
    if (member.tail < mirror.head) wsi.callbackOnWritable();
    if (wasOldest) this.release(mirror);
  }

  /** Forgets what all members have taken. */
  private release(mirror: Mirror): void {
    const { members, ring } = mirror;
    let oldest = mirror.head;
    for (let i = 0; i < members.length; i++) oldest = Math.min(oldest, ((members[i] as Wsi).pss as Member).tail);
    if (oldest === mirror.oldest) return;
    for (let n = mirror.oldest; n < oldest; n++) {
      this.bytes -= (ring[n % RING] as ArrayBuffer).byteLength;
      ring[n % RING] = undefined;
    }
    mirror.oldest = oldest;
    if (oldest < mirror.head) this.watch(mirror);
    this.flow();
  }

  /** The oldest message is another one: who has not taken it gets its time from now on. */
  private watch(mirror: Mirror): void {
    mirror.since = Time.ticks;
    // The alarm looks at `since`, so that it need not be moved for each message.
    if (mirror.alarm.next === null) this.vhost.context.scheduler.schedule(mirror.alarm, SLOW);
  }

  private onSlow(mirror: Mirror): void {
    if (mirror.oldest === mirror.head) return;
    const left = SLOW - ((Time.ticks - mirror.since) | 0);
    if (left > 0) {
      this.vhost.context.scheduler.schedule(mirror.alarm, left);
      return;
    }
    for (const wsi of mirror.members) if ((wsi.pss as Member).tail === mirror.oldest) wsi.drop();
  }

  /** Stops and restarts reading. */
  private flow(): void {
    for (const mirror of this.mirrors) {
      const free = RING - (mirror.head - mirror.oldest);
      const stop = mirror.stopped ? free < RESUME || this.bytes > RESUME_BYTES : free < STOP || this.bytes > STOP_BYTES;
      if (stop === mirror.stopped) continue;
      mirror.stopped = stop;
      for (const wsi of mirror.members) wsi.rxFlow(!stop);
    }
  }
}
