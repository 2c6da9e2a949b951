/**
 * A stream on a connection that has come to us, or on the other end of a local sink: it lives as long as that connection, and never dials. What there is no credit for is
 * kept for it, to the byte.
 */
import { LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";
import type { Link } from "./adapter";
import { Part, Ret, type StreamHandlers } from "./handlers";
import type { ListeningStream } from "./listening";
import { placeOf, type Value } from "./metadata";
import type { StreamType } from "./policy";
import { StreamState } from "./states";
import { Stream } from "./stream";
import { Is } from "./stream-states";
import type { Streams } from "./streams";

/** A stream that has no attempts: what it stands for is there, or it is over. */
export abstract class Undialled<User = unknown> extends Stream<User> {
  constructor(streams: Streams, type: StreamType, handlers: StreamHandlers<User>, user: User, credit = 0) {
    super(streams, undefined, type, handlers, user, credit);
  }

  protected override begin(_asked: number): Ret {
    return Ret.dontSend;
  }

  protected override pump(): void {
    const { is } = this;
    if (!(is & Is.asked) || is & (Is.over | Is.busy)) return;
    this.is &= ~Is.asked;
    this.begin(is & Is.asked);
  }

  /** Nobody has asked for its creation, so nothing but the wish to be destroyed counts there. */
  protected override hangUp(): void {
    if (this.last !== StreamState.creating) this.finish();
  }

  protected override lose(): void {
    this.link = undefined;
    this.finish();
  }
}

/** A stream with a peer from its beginning to its end. */
export class Paired<User = unknown> extends Undialled<User> {
  /** What there is no credit for yet, and its bits of {@link Part}. */
  private held: Uint8Array | undefined = undefined;
  private heldFlags = 0;

  /** @internal What it talks through. */
  moveTo(link: Link): void {
    this.link = link;
  }

  /** @internal What it talks through; undefined when it is over. */
  get way(): Link | undefined {
    return this.link;
  }

  override start(): boolean {
    return this.report(StreamState.creating) && this.alive;
  }

  /** @internal Reports CONNECTED, once. False when the stream is over. */
  establish(link: Link): boolean {
    return (this.is & Is.connected) !== 0 || this.connected(link);
  }

  protected override begin(asked: number): Ret {
    if (!(asked & Is.askedTx)) return Ret.dontSend;
    this.is |= Is.wantsTx;
    this.link?.requestTx();
    return Ret.ok;
  }

  /** @internal Something has come: what there is no credit for waits. False when the stream is over. */
  take(link: Link, bytes: Uint8Array, from: number, to: number, flags: number): boolean {
    const room = this.held ? 0 : this.rxRoom(to - from);
    if (room === to - from && !this.held) return this.receive(link, bytes, from, to, flags);
    if (room > 0 && !this.receive(link, bytes, from, from + room, flags & ~Part.eom)) return false;
    this.hold(bytes, from + room, to, room > 0 ? flags & ~Part.som : flags);
    return this.way === link;
  }

  private hold(bytes: Uint8Array, from: number, to: number, flags: number): void {
    const { held } = this;
    const before = held ? held.length : 0;
    const all = new Uint8Array(before + to - from);
    if (held) Bytes.copy(held, 0, before, all, 0);
    Bytes.copy(bytes, from, to, all, before);
    this.heldFlags = held ? this.heldFlags | (flags & Part.eom) : flags;
    this.held = all;
    this.streams.scheduler.schedule(this, 0);
  }

  /** @internal Delivers what was held, as far as there is credit for it. */
  override fire(): void {
    const { held, link, heldFlags } = this;
    if (!held || !link) return;
    const room = this.rxRoom(held.length);
    if (room < held.length && room === 0) return;
    const isAll = room === held.length;
    this.held = isAll ? undefined : held.slice(room);
    this.heldFlags = heldFlags & ~Part.som;
    if (!this.receive(link, held, 0, room, isAll ? heldFlags : heldFlags & ~Part.eom)) return;
    if (!this.held && this.rxRoom(1) > 0) link.rxFlow(true);
  }

  /** @internal Something waits for credit: nothing more is to come before it, since it may be the end of a message. */
  get isHolding(): boolean {
    return this.held !== undefined;
  }

  override addRxCredit(count: number): void {
    super.addRxCredit(count);
    if (this.held && this.alive) this.streams.scheduler.schedule(this, 0);
  }

  /** @internal What is held belongs to something that is over. */
  dropHeld(): void {
    this.held = undefined;
  }

  protected override finish(): void {
    this.dropHeld();
    super.finish();
  }
}

/** What a listening stream has accepted. */
export class Accepted<User = unknown> extends Paired<User> {
  /** Local sink: the other end, which may be over. */
  source: Stream | undefined = undefined;
  /** @internal Status of the answer; 0: the user has not said. */
  override status = 0;
  /** @internal A request is there, and its answer has not begun. */
  isAsked = false;
  /** Values of the request, in the order of the names. */
  private asked: (Value | undefined)[] | undefined = undefined;

  constructor(
    streams: Streams,
    /** The stream that listens. */
    readonly listener: ListeningStream<User>,
    handlers: StreamHandlers<User>,
    user: User,
    credit: number,
  ) {
    super(streams, listener.type, handlers, user, credit);
    this.takeHandlers(listener);
  }

  override start(): boolean {
    return super.start() && this.report(StreamState.connecting);
  }

  /** The value that the request has, or that was set for its answer. */
  override getMeta(name: string): Value | undefined {
    return super.getMeta(name) ?? (this.alive ? this.asked?.[placeOf(this.type, name)] : undefined);
  }

  override ack(status = 0): boolean {
    if (status !== 0 && !(Number.isInteger(status) && status >= 200 && status <= 599)) {
      throw new LwsError("STREAM_BAD_VALUE", `${this.type.name}: status ${status}`);
    }
    if (this.isOver() || !this.isAsked) return false;
    this.status = status === 0 ? 200 : status;
    return true;
  }

  /** @internal A request has come, with these values. */
  setRequest(values: (Value | undefined)[]): void {
    this.asked = values;
  }

  /** @internal The request is answered, or given up: what was said of it is forgotten. */
  endRequest(): void {
    this.asked = this.values = undefined;
    this.isAsked = false;
    this.status = this.txLength = 0;
    this.is &= ~Is.wantsTx;
    this.dropHeld();
    this.cancelTimeout();
  }

  protected override finish(): void {
    super.finish();
    this.asked = this.source = undefined;
    this.listener.left(this);
  }
}
