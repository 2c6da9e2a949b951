/**
 * Users of streams who do what they are told: `PUT /do?ORDER`, with JSON, percent-encoded, in ORDER ({@link Order}). The body of an order for an authority, or for an identity, is that in PEM. The
 * answer has what all users have heard since the last one, and figures.
 */
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { percentDecode } from "lws/http/path";
import { replyJSON, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { Part, Ret, type Room, type StreamHandlers } from "lws/secure-streams/handlers";
import { stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import type { Streams } from "lws/secure-streams/streams";

interface Order {
  authority?: true;
  /** Who we are to servers that ask for a certificate: chain and key in PEM are the body. */
  identity?: true;
  /** Makes a stream of this type, with these values. */
  create?: string;
  values?: Record<string, string>;
  credit?: number;
  /** What the user answers to a state, "rx" or "tx": a {@link Ret}. */
  answers?: Record<string, number>;
  /** Of the stream that was made last, or of the one of this number. */
  stream?: number;
  connect?: true;
  /** Bytes to write, so many at once; `length` says so, `parts` in so many sections. */
  write?: number;
  piece?: number;
  length?: number;
  sections?: number;
  /** What the pieces are said to be, in place of what they are: bits of {@link Part}. */
  flags?: number[];
  /** A message to write, in place of that. */
  text?: string;
  /** Who we are to brokers. */
  mqtt?: Login;
  addCredit?: number;
  valid?: true;
  timeout?: number;
  get?: string;
  /** A value that is told with each state, where it is set. */
  peek?: string;
  destroy?: true;
  close?: true;
}

export interface Login {
  id?: string;
  user?: string;
  password?: string;
}

/** Bytes of what comes that are told, and of times. */
const shown = 60;
const timesShown = 500;

class User implements StreamHandlers<number> {
  stream: Stream<number> | undefined;
  order: Order = {};
  private left = 0;
  private sections = 1;
  private text: string | undefined;

  constructor(
    private readonly log: string[],
    private readonly streams: Streams,
  ) {}

  write({ write = 0, sections = 1, length = 0, text }: Order): void {
    this.left = write;
    this.text = text;
    this.sections = sections;
    this.stream?.requestTx(length);
  }

  private say(stream: Stream<number>, what: string, text = what): Ret {
    this.log.push(`${stream.user} ${text}`);
    return this.order.answers?.[what] ?? Ret.ok;
  }

  state(stream: Stream<number>, state: number, ordinal: number): Ret {
    const name = stateName(state);
    const seen = this.order.peek === undefined ? undefined : stream.getMeta(this.order.peek);
    if (seen !== undefined) this.log.push(`${stream.user} ${this.order.peek} ${seen}`);
    return this.say(stream, name, ordinal === 0 ? name : `${name}/${ordinal}`);
  }
  rx(stream: Stream<number>, bytes: Uint8Array, from: number, to: number, flags: number): Ret {
    const most = flags & Part.perf ? timesShown : shown;
    return this.say(stream, "rx", `rx ${flags} ${to - from} ${Bytes.latin1(bytes, from, Math.min(to, from + most))}`);
  }
  tx(stream: Stream<number>, _ordinal: number, room: Room): Ret {
    if (this.text !== undefined) {
      room.put(this.text);
      room.flags = Part.som | Part.eom;
      return Ret.ok;
    }
    const count = Math.min(this.left, this.order.piece ?? 1000, room.left);
    const section = stream.rideshare();
    for (let i = 0; i < count; i++) room.put(section.slice(0, 1));
    this.left -= count;
    if (this.left > 0) {
      if (stream.type.protocol === "raw" || stream.type.protocol === "ws") stream.requestTx();
    } else {
      room.flags |= Part.eom;
      if (--this.sections > 0) this.left = this.order.write ?? 0;
    }
    room.flags = this.order.flags?.shift() ?? room.flags;
    return count > 0 || room.flags !== 0 ? (this.order.answers?.["tx"] ?? Ret.ok) : Ret.dontSend;
  }

  act(order: Order): unknown {
    const { stream } = this;
    if (!stream) return undefined;
    if (order.connect) stream.connect();
    if (order.write !== undefined || order.text !== undefined) this.write(order);
    if (order.addCredit !== undefined) stream.addRxCredit(order.addCredit);
    if (order.timeout !== undefined) stream.startTimeout(order.timeout);
    if (order.valid) stream.confirmValid();
    if (order.destroy) stream.destroy();
    if (order.close) this.streams.close();
    return order.get === undefined ? undefined : stream.getMeta(order.get);
  }
}

export class Board extends Protocol {
  static readonly protocol: string = "board";
  static authority = new Uint8Array(0);
  static identity = new Uint8Array(0);
  static login: Login = {};
  override readonly methods = "PUT";
  /** The last few; older ones are over. */
  private readonly users = new Map<number, User>();
  private readonly log: string[] = [];
  private made = 0;

  constructor(
    vhost: Vhost,
    options: Options,
    private readonly streams: Streams,
    private readonly portals: string[],
    /** Users that are known. */
    private readonly kept: number,
  ) {
    super(vhost, options);
  }

  override open(): Uint8Array {
    return new Uint8Array(0);
  }
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    const before = wsi.pss as Uint8Array;
    const all = new Uint8Array(before.length + to - from);
    all.set(before);
    all.set(buffer.subarray(from, to), before.length);
    wsi.pss = all;
  }
  override onBodyEnd(wsi: Wsi): void {
    const order = JSON.parse(percentDecode(transaction(wsi).query) ?? "") as Order;
    let [value, error]: unknown[] = [];
    try {
      if (order.authority) Board.authority = wsi.pss as Uint8Array<ArrayBuffer>;
      if (order.identity) Board.identity = wsi.pss as Uint8Array<ArrayBuffer>;
      if (order.mqtt) Board.login = order.mqtt;
      if (order.create !== undefined) this.create(order.create, order);
      value = this.users.get(order.stream ?? this.made)?.act(order);
    } catch (thrown) {
      error = thrown instanceof LwsError ? thrown.code : String(thrown);
    }
    const { length, trust } = this.streams;
    const figures = { streams: length, stores: trust.length, draining: trust.draining, made: this.made };
    const answer = { log: this.log.splice(0), portals: this.portals.splice(0), value, error, ...figures };
    replyJSON(wsi, 200, JSON.stringify(answer));
  }

  private create(type: string, order: Order): void {
    const user = new User(this.log, this.streams);
    user.order = order;
    const stream = this.streams.create(type, user, { user: this.made + 1, initialRxCredit: order.credit ?? 0 });
    this.made++;
    user.stream = stream;
    this.users.set(this.made, user);
    this.users.delete(this.made - this.kept);
    for (const [name, value] of Object.entries(order.values ?? {})) stream.setMeta(name, value);
  }
}

export function board(streams: Streams, portals: string[], kept = 6): ProtocolClass {
  return class extends Board {
    static override readonly protocol = Board.protocol;
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, streams, portals, kept);
    }
  };
}
