/** What streams are tested with: a policy in memory, a protocol that does what a case wants, and a user that writes down what it hears. */
import { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";
import type { Adapter, Link } from "lws/secure-streams/adapter";
import { Part, Ret, type Room, type StreamHandlers } from "lws/secure-streams/handlers";
import type { Policy, RetryScheme, StreamProtocol, StreamType } from "lws/secure-streams/policy";
import { stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import type { Target } from "lws/secure-streams/target";
import { after } from "../harness";

/** A connection that a case drives. */
export class FakeLink implements Link {
  isClosed = false;
  readonly calls: string[] = [];

  constructor(
    readonly adapter: FakeAdapter,
    readonly stream: Stream,
    readonly target: Target,
  ) {}

  requestTx(): void {
    this.calls.push("tx");
  }
  rxFlow(on: boolean): void {
    this.calls.push(on ? "flow" : "hold");
  }
  confirmValid(): void {
    this.calls.push("valid");
  }
  close(): void {
    if (this.isClosed) throw new Error("closed twice");
    this.isClosed = true;
    this.calls.push("close");
    this.adapter.open--;
  }

  /** The peer's end. */
  lose(least = 0, ordinal = 0): void {
    this.isClosed = true;
    this.adapter.open--;
    this.stream.ended(this, least, ordinal);
  }
  up(): boolean {
    return this.stream.connected(this);
  }
  send(text: string, flags: number = Part.som | Part.eom): boolean {
    const bytes = new Uint8Array(Bytes.size(text));
    return this.stream.receive(this, bytes, 0, Bytes.put(text, bytes, 0), flags);
  }
  /** What the user writes into `size` bytes; undefined if that is not to be sent. */
  take(room: Room, size = 100): string | undefined {
    room.open(10, 10 + size);
    return this.stream.fill(this, room) ? Bytes.latin1(room.bytes, 10, 10 + room.length) : undefined;
  }
}

export class FakeAdapter implements Adapter {
  readonly alpn = "";
  readonly links: FakeLink[] = [];
  /** Links that are open. */
  open = 0;
  /** Attempts that fail at once. */
  failing = 0;

  dial(stream: Stream, target: Target): Link {
    if (this.failing > 0) {
      this.failing--;
      throw new LwsError("NO_SOCKET");
    }
    const link = new FakeLink(this, stream, target);
    this.links.push(link);
    if (++this.open > 1) throw new Error("two connections at once");
    return link;
  }

  get last(): FakeLink {
    return this.links[this.links.length - 1] as FakeLink;
  }
}

/** Lets so many turns pass, however long each of them takes on a busy machine. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await after(1);
}

type Answer = (stream: Stream, ordinal: number) => Ret | undefined;

/** Writes down what it hears, and answers as a case wants. */
export class Recorder implements StreamHandlers {
  log: string[] = [];
  private readonly answers: Record<string, Answer> = {};
  isNested = false;

  /** What is done and answered when `what` (a state, "rx" or "tx") comes. */
  on(what: string, answer: Answer): this {
    this.answers[what] = answer;
    return this;
  }

  /** What has come since the last call. */
  get said(): string {
    return this.log.splice(0).join(" ");
  }

  private heard(stream: Stream, what: string, text: string, ordinal: number): Ret {
    if (this.isNested) throw new Error(`${what} inside of another callback`);
    this.isNested = true;
    this.log.push(text);
    try {
      return this.answers[what]?.(stream, ordinal) ?? Ret.ok;
    } finally {
      this.isNested = false;
    }
  }

  state(stream: Stream, state: number, ordinal: number, _source?: Stream): Ret {
    const name = stateName(state);
    return this.heard(stream, name, ordinal === 0 ? name : `${name}/${ordinal}`, ordinal);
  }
  rx(stream: Stream, bytes: Uint8Array, from: number, to: number, flags: number): Ret {
    return this.heard(stream, "rx", `rx(${Bytes.latin1(bytes, from, to)},${flags})`, flags);
  }
  tx(stream: Stream, ordinal: number, room: Room): Ret {
    const ret = this.heard(stream, "tx", `tx(${ordinal})`, ordinal);
    if (ret === Ret.ok) room.put(`piece ${ordinal}`);
    return ret;
  }
}

export type Types = Record<string, Partial<StreamType>>;

/** A scheme whose waits are short. */
export function brief(conceal: number, backoff: number[] = [2]): RetryScheme {
  return { backoff, conceal, jitter: 1, ping: 0, hangup: 0 };
}

export class TestPolicy implements Policy {
  readonly release = "1";
  readonly product = "bed";
  /** How often an entry was made. */
  made = 0;

  constructor(
    readonly types: Types,
    readonly stores: Record<string, string[]> = {},
  ) {}

  stream(name: string): StreamType | undefined {
    const type = this.types[name];
    if (!type) return undefined;
    this.made++;
    return { name, protocol: "raw", flags: 0, endpoint: "192.168.1.7", port: 7, ...type };
  }
  store(name: string): readonly string[] | undefined {
    return this.stores[name];
  }
}

/** One for all cases: the timer of a context is never given back. */
export const shared = new Context({ rxBuffer: 2048, txBuffer: 512 });

export class Bed {
  readonly context = shared;
  readonly adapter = new FakeAdapter();
  readonly policy: TestPolicy;
  readonly streams: Streams;
  readonly user = new Recorder();
  /** The connection has been told to be there, and its transaction to be over. */
  isUp = false;
  isAnswered = false;

  constructor(
    types: Types,
    certificate?: (name: string) => HostBuffer,
    stores?: Record<string, string[]>,
    trustLinger = 0,
  ) {
    this.policy = new TestPolicy(types, stores);
    const adapters: Partial<Record<StreamProtocol, Adapter>> = {};
    for (const name of ["h1", "ws", "mqtt", "raw"] as const) adapters[name] = this.adapter;
    this.streams = new Streams({
      context: this.context,
      policy: this.policy,
      adapters,
      trustLinger,
      ...(certificate && { certificate }),
    });
  }

  create(name: string, credit = 0): Stream {
    return this.streams.create(name, this.user, { user: this, initialRxCredit: credit });
  }
  get link(): FakeLink {
    return this.adapter.last;
  }
}
