/** A stream: what a user talks through, whatever connections come and go underneath. */
import { type ErrorCode, LwsError } from "lws/core/errors";
import type { Adapter, Link } from "./adapter";
import { Ret, type Room, type StreamHandlers } from "./handlers";
import { headerAt, isLine, noValues, placeOf, type Value } from "./metadata";
import type { StreamType } from "./policy";
import { StreamState } from "./states";
import { StreamAttempts } from "./stream-attempts";
import { Is } from "./stream-states";
import type { Streams } from "./streams";
import type { TrustStore } from "./trust";

export class Stream<User = unknown> extends StreamAttempts<User> {
  /** @internal Next of all streams. */
  neighbour: Stream | undefined = undefined;
  // What is declared takes memory only once it is set.
  /** HTTP: status of the last answer. */
  declare status: number | undefined;
  /** Why the last attempt or connection has failed, where that is known. */
  declare failure: ErrorCode | undefined;
  /** @internal What it trusts, and what its connections belong to. */
  store: TrustStore | undefined = undefined;
  /** Bytes that the user has said it will write; 0: it has not. */
  txLength = 0;
  /** @internal See {@link Stream.rideshare}. */
  section: string;
  private ordinal = 0;
  /** Bytes that may still come; -1: as many as there are. */
  private credit: number;
  private rxBy: Pick<StreamHandlers<User>, "rx">;
  private txBy: Pick<StreamHandlers<User>, "tx">;

  /** @internal {@link Streams.create} makes them. */
  constructor(
    streams: Streams,
    adapter: Adapter,
    type: StreamType,
    handlers: StreamHandlers<User>,
    /** Whatever the user gave. */
    public user: User,
    credit: number,
  ) {
    super(streams, adapter, type, handlers);
    this.rxBy = this.txBy = handlers;
    this.section = type.name;
    this.credit = credit > 0 ? credit : -1;
  }

  // --- for the user -----------------------------------------------------------------------------------------------------------

  /** Connects; after failures, with a full new series of attempts. From inside of a callback: when it has returned. */
  connect(): Ret {
    if (this.isOver()) return Ret.dontSend;
    this.failures = 0;
    return this.ask(Is.askedConnect);
  }

  /** Asks for `tx`, once; connects if need be. `length` says how many bytes there will be in all, where that is known. */
  requestTx(length = 0): Ret {
    if (this.isOver()) return Ret.dontSend;
    this.txLength = length;
    return this.ask(Is.askedTx);
  }

  private ask(what: number): Ret {
    if (!(this.is & Is.busy)) return this.begin(what);
    this.is |= what;
    return Ret.ok;
  }

  /** Ends the stream; nothing of it can be used then. From inside of its own callback return {@link Ret.destroy} instead. */
  destroy(): void {
    if (this.is & Is.over) return;
    if (this.is & Is.busy) throw new LwsError("STREAM_IN_CALLBACK", this.type.name);
    this.finish();
  }

  /** Sets the value `name`; false if the type does not declare it, or it can't stand in the header that it is for. Bytes are copied. */
  setMeta(name: string, value: Value): boolean {
    if (this.isOver()) return false;
    const place = placeOf(this.type, name);
    if (place < 0 || (headerAt(this.type, place) !== "" && !isLine(value))) return false;
    this.put(place, typeof value === "string" ? value : value.slice());
    return true;
  }

  /** @internal Sets the value at `place`. */
  put(place: number, value: Value): void {
    this.values ??= noValues(this.type);
    this.values[place] = value;
  }

  /** The value `name`; undefined if it is not set. */
  getMeta(name: string): Value | undefined {
    const place = this.isOver() ? -1 : placeOf(this.type, name);
    return place < 0 ? undefined : this.values?.[place];
  }

  /** Lets `count` more bytes come. Means nothing for a stream that was created without credit. */
  addRxCredit(count: number): void {
    if (this.isOver() || this.credit < 0 || count <= 0) return;
    this.credit += count;
    if (this.credit === count) this.link?.rxFlow(true);
  }

  /** Bytes that may still come; 0 where that is not limited. */
  rxCredit(): number {
    return Math.max(this.credit, 0);
  }

  /** The user has seen something that only a peer which is there can have sent. */
  confirmValid(): void {
    if (!this.isOver()) this.link?.confirmValid();
  }

  /** Replaces some of the callbacks. */
  setHandlers(handlers: Partial<StreamHandlers<User>>): void {
    if (this.isOver()) return;
    if (handlers.state) this.stateBy = handlers as StreamHandlers<User>;
    if (handlers.rx) this.rxBy = handlers;
    if (handlers.tx) this.txBy = handlers;
  }

  /** Which section of a request's body `tx` is about to write: the name of a stream type, at first the own one. */
  rideshare(): string {
    return this.section;
  }

  get payloadFormat(): string | undefined {
    return this.type.payloadFormat;
  }

  // --- for links: all but `ended` return false when the link is not the stream's any more ----------------------------------------

  /** @internal Whether the user wants to write. */
  get wantsTx(): boolean {
    return (this.is & Is.wantsTx) !== 0;
  }

  /** @internal Whether the user writes at all. */
  get canWrite(): boolean {
    return this.txBy.tx !== undefined;
  }

  /** @internal A piece was taken, and it was not the last. */
  wantMore(): void {
    this.is |= Is.wantsTx;
  }

  /** @internal The entry of another stream type. */
  typeOf(name: string): StreamType {
    return this.streams.typeOf(name);
  }

  /** @internal Where {@link Stream.fill} has payload put. */
  get payload(): Room {
    return this.streams.room;
  }

  /** @internal How many of `most` bytes the user can take. */
  rxRoom(most: number): number {
    return this.credit < 0 ? most : Math.min(this.credit, most);
  }

  /** @internal The connection is there. */
  connected(link: Link): boolean {
    if (this.link !== link) return false;
    this.failures = 0;
    this.least = 0;
    this.is |= Is.connected;
    this.report(StreamState.connected);
    if (this.link === link && this.wantsTx) link.requestTx();
    return this.settle(link);
  }

  /** @internal Something has come. */
  receive(link: Link, bytes: Uint8Array, from: number, to: number, flags: number): boolean {
    if (this.link !== link) return false;
    this.enter();
    let ret: Ret = Ret.disconnect;
    try {
      ret = this.rxBy.rx?.(this, bytes, from, to, flags) ?? Ret.ok;
    } catch (error) {
      this.complain(error);
    }
    if (this.credit >= 0) this.spend(link, to - from);
    this.obey(ret);
    return this.settle(link);
  }

  private spend(link: Link, count: number): void {
    this.credit = Math.max(this.credit - count, 0);
    if (this.credit === 0) link.rxFlow(false);
  }

  /** @internal There is room: true if the user has put something there that is to be sent. */
  fill(link: Link, room: Room): boolean {
    if (this.link !== link || !this.txBy.tx) return false;
    this.is &= ~Is.wantsTx;
    this.enter();
    let ret: Ret = Ret.disconnect;
    try {
      ret = this.txBy.tx(this, this.ordinal++, room);
    } catch (error) {
      this.complain(error);
    }
    this.obey(ret);
    return this.settle(link) && ret === Ret.ok;
  }

  /** @internal A transaction is complete. */
  acknowledge(link: Link, isGood: boolean): boolean {
    return this.conclude(link, isGood ? StreamState.qosAckRemote : StreamState.qosNackRemote);
  }

  /** @internal Who authorizes has said no, on this connection. */
  refuse(link: Link): boolean {
    if (this.link === link) this.streams.refused(this as unknown as Stream);
    return this.conclude(link, StreamState.authFailed);
  }

  private conclude(link: Link, state: StreamState): boolean {
    if (this.link !== link) return false;
    this.is |= Is.done;
    this.cancelTimeout();
    return this.tell(link, state);
  }

  /** @internal A state of the user's own, or one that the policy maps a status to. */
  tell(link: Link, state: number): boolean {
    if (this.link !== link) return false;
    this.report(state);
    return this.settle(link);
  }

  /** @internal The link is over. `least` milliseconds are to pass before the next attempt; `ordinal` 1: the DNS server could not be reached. */
  ended(link: Link, least = 0, ordinal = 0): void {
    if (this.link !== link) return;
    this.least = least;
    this.lose(ordinal);
    this.pump();
  }

  private settle(link: Link): boolean {
    this.pump();
    return this.link === link;
  }
}
