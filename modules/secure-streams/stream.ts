/** A stream: what a user talks through, whatever connections come and go underneath. */
import { type ErrorCode, LwsError } from "lws/core/errors";
import type { Adapter, Link, Meter } from "./adapter";
import { Part, Ret, type Room, type StreamHandlers } from "./handlers";
import { bytesOf, headerAt, isLine, noValues, placeOf, type Value, withHeader } from "./metadata";
import { type Policy, StreamFlag, type StreamType } from "./policy";
import { StreamState } from "./states";
import { StreamAttempts } from "./stream-attempts";
import { Is } from "./stream-states";
import type { Streams } from "./streams";
import type { TrustStore } from "./trust";

export class Stream<User = unknown> extends StreamAttempts<User> {
  /** @internal Next of all streams. */
  neighbour: Stream | undefined = undefined;
  /** @internal What its type, and those that it names, are entries of. */
  policy: Policy | undefined = undefined;
  // What is declared takes memory only once it is set.
  /** HTTP: status of the last answer. */
  declare status: number | undefined;
  /** Why the last attempt or connection has failed, where that is known. */
  declare failure: ErrorCode | undefined;
  /** @internal What it trusts, and what its connections belong to. */
  store: TrustStore | undefined = undefined;
  /** Bytes that the user has said it will write; 0: it has not. */
  txLength = 0;
  /** @internal Header lines of requests whose names the user has given. */
  headers = "";
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
    adapter: Adapter | undefined,
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
    if (this.isDirect(name, place)) return this.setHeader(name, value);
    if (place < 0 || (headerAt(this.type, place) !== "" && !isLine(value))) return false;
    this.put(place, typeof value === "string" ? value : value.slice());
    return true;
  }

  /** Whether it is the name of a header, colon included, in a type that takes these as they are. */
  private isDirect(name: string, place: number): boolean {
    return place < 0 && name.endsWith(":") && (this.type.flags & StreamFlag.directHeaders) !== 0;
  }

  private setHeader(name: string, value: Value): boolean {
    const lines = withHeader(this.headers, name, value);
    this.headers = lines ?? this.headers;
    return lines !== undefined;
  }

  /** @internal Sets the value at `place`. */
  put(place: number, value: Value): void {
    this.values ??= noValues(this.type);
    this.values[place] = value;
  }

  /** The value `name`; undefined if it is not set. */
  getMeta(name: string): Value | undefined {
    if (this.isOver()) return undefined;
    const place = placeOf(this.type, name);
    if (this.isDirect(name, place)) return this.link?.header?.(name.slice(0, -1).toLowerCase());
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

  /**
   * Server: says what comes of the request that SERVER_TXN has told of; 0 stands for 200. Who says nothing before the first write answers 404. Throws STREAM_BAD_VALUE for
   * what is no status of an answer. False where no answer is due, or it has begun.
   */
  ack(_status = 0): boolean {
    return false;
  }

  /** Server and sink: calls `each` for every stream that was accepted and is not over; those may come and go meanwhile. */
  forEachClient(_each: (client: Stream<User>) => void): void {}

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
    return this.streams.typeOf(name, this.policy);
  }

  /** @internal Where {@link Stream.fill} has payload put. */
  get payload(): Room {
    return this.streams.room;
  }

  /** @internal What the next link measures its times by, if the policy wants that. */
  get meter(): Meter | undefined {
    return this.type.flags & StreamFlag.perf ? this.streams.meter?.() : undefined;
  }

  /** @internal How many of `most` bytes the user can take. */
  rxRoom(most = 0x7fffffff): number {
    return this.credit < 0 ? most : Math.min(this.credit, most);
  }

  /** @internal The connection is there. */
  connected(link: Link): boolean {
    if (this.link !== link) return false;
    this.failures = 0;
    this.least = 0;
    this.is |= Is.connected;
    this.report(StreamState.connected);
    if (link.meter) {
      const times = bytesOf(link.meter.text);
      this.receive(link, times, 0, times.length, Part.som | Part.eom | Part.perf);
    }
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
    if (this.credit >= 0 && !(flags & Part.perf)) this.spend(link, to - from);
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

  /** Has the callbacks that another stream has now. */
  protected takeHandlers({ stateBy, rxBy, txBy }: Stream<User>): void {
    this.stateBy = stateBy;
    this.rxBy = rxBy;
    this.txBy = txBy;
  }

  private settle(link: Link): boolean {
    this.pump();
    return this.link === link;
  }
}
