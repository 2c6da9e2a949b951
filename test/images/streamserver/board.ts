/**
 * Begins and ends what serves: `PUT /do?ORDER`, with JSON, percent-encoded, in ORDER ({@link Order}). The answer has what all users have heard since the last one, and figures.
 */
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { percentDecode } from "lws/http/path";
import { replyJSON, transaction } from "lws/http/transaction";
import type { Stream } from "lws/secure-streams/stream";
import type { Streams } from "lws/secure-streams/streams";
import { Log, type Note, Server } from "./users";

interface Order {
  /** Makes a stream of this type. */
  create?: string;
  /** Bytes that each accepted stream may get at first. */
  credit?: number;
  /** What users answer to a state, "rx" or "tx", as a `Ret`; those of an accepted stream, or of the one that listens ("L:STATE"). */
  answers?: Record<string, number>;
  /** Values of what is created; it is connected then. */
  values?: Record<string, string>;
  /** What is created is the sink of its type. */
  sink?: true;
  /** Destroys the stream of this type, the first where there are several. */
  destroy?: string;
  /** Destroys all that the stream of this type has accepted, one after the other. */
  drop?: string;
  /** Adds credit to all of them. */
  grant?: number;
  /** Ends all streams. */
  close?: true;
}

export class Board extends Protocol {
  static readonly protocol: string = "board";
  override readonly methods = "PUT";
  private readonly log = new Log();
  private listeners: readonly Stream<Note>[] = [];
  private made = 0;

  constructor(
    vhost: Vhost,
    options: Options,
    private readonly streams: Streams,
  ) {
    super(vhost, options);
  }

  override onBodyEnd(wsi: Wsi): void {
    const order = JSON.parse(percentDecode(transaction(wsi).query) ?? "") as Order;
    let [value, error]: unknown[] = [];
    try {
      value = this.act(order);
    } catch (thrown) {
      error = thrown instanceof LwsError ? thrown.code : String(thrown);
    }
    const figures = { streams: this.streams.length, stores: this.streams.trust.length };
    replyJSON(wsi, 200, JSON.stringify({ log: this.log.take(), value, error, ...figures }));
  }

  private act(order: Order): unknown {
    const { create, destroy, drop, grant } = order;
    if (create !== undefined) this.create(create, order);
    if (order.close) this.streams.close();
    const at = this.listeners.findIndex(({ type }) => type.name === (destroy ?? drop ?? create));
    const listener = at >= 0 ? this.listeners[at] : undefined;
    if (destroy !== undefined && listener) {
      listener.destroy();
      this.listeners = this.listeners.filter((other) => other !== listener);
    }
    let count = 0;
    for (const each of this.listeners) {
      each.forEachClient((client) => {
        count++;
        if (drop !== undefined && each === listener) client.destroy();
        else if (grant !== undefined) client.addRxCredit(grant);
      });
    }
    return count;
  }

  private create(type: string, { credit = 0, answers = {}, values, sink }: Order): void {
    const user = { name: values ? "C" : "L", text: "" };
    const options = {
      user,
      initialRxCredit: credit,
      ...(sink && { sink }),
      accepted: () => ({ name: String(++this.made), text: "" }),
    };
    const stream = this.streams.create<Note>(type, new Server(this.log, answers), options);
    this.listeners = this.listeners.concat(stream);
    for (const [name, value] of Object.entries(values ?? {})) stream.setMeta(name, value);
    if (values) stream.connect();
  }
}

export function board(streams: Streams): ProtocolClass {
  return class extends Board {
    static override readonly protocol = Board.protocol;
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, streams);
    }
  };
}
