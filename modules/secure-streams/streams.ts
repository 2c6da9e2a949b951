/**
 * All streams of a device: makes them by the name of their type, as the policy says. Images name the adapters that they link; the rest of the protocols is not in
 * their binary.
 */
import Resource from "Resource";
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import type { Scheduler } from "lws/core/scheduler";
import type { ByteSource } from "lws/platform/bytes";
import { type Ladder, type Notifier, SystemState } from "lws/system/ladder";
import type { TlsIdentity } from "lws/tls/tls";
import type { Adapter } from "./adapter";
import { type AuthProvider, Readiness } from "./auth";
import { Room, type StreamHandlers } from "./handlers";
import { certificatePath, type Policy, StreamFlag, type StreamProtocol, type StreamType } from "./policy";
import { StreamState } from "./states";
import { Stream } from "./stream";
import { plainStore, type TrustStore, TrustStores } from "./trust";

export interface StreamsOptions {
  context: Context;
  policy: Policy;
  /** What streams can speak. */
  adapters: Readonly<Partial<Record<StreamProtocol, Adapter>>>;
  /** A certificate by its name in the policy. Default: the file of the image that `lws-xs policy compile` has made. */
  certificate?: (name: string) => ByteSource;
  /** Who we are, by the index of the system's client certificate. */
  identity?: (index: number) => TlsIdentity;
  /** Milliseconds for which a trust store outlives its last stream. Default 0. */
  trustLinger?: number;
  /** Who sees to what streams with `use_auth` show, by the type of the authorization. Without one, what the blob has is shown as it is. */
  auth?: Readonly<Record<string, AuthProvider>>;
  /** Given: nobody is dialled by TLS below {@link SystemState.timeValid}; what was asked for begins when that is reached, and no attempt is lost. */
  ladder?: Ladder;
}

export interface CreateOptions<User> {
  user: User;
  /** Bytes that may come at first; then as many as `addRxCredit` allows. Absent or 0: as many as there are. */
  initialRxCredit?: number;
}

export class Streams implements Notifier {
  readonly context: Context;
  readonly scheduler: Scheduler;
  readonly trust: TrustStores;
  /** @internal Where links have payload put. */
  readonly room: Room;
  /** @internal No stream dials any more. */
  isClosing = false;
  private readonly policy: Policy;
  private readonly adapters: StreamsOptions["adapters"];
  private readonly ladder: Ladder | undefined;
  private readonly auth: StreamsOptions["auth"];
  private first: Stream | undefined = undefined;

  constructor(options: StreamsOptions) {
    const { context, policy, certificate = (name: string) => new Resource(certificatePath(name)) } = options;
    this.context = context;
    this.scheduler = context.scheduler;
    this.policy = policy;
    this.adapters = options.adapters;
    this.auth = options.auth;
    this.ladder = options.ladder;
    this.ladder?.add(this);
    // Roles build what they send in the other buffer; nothing that has come is in this one while somebody writes.
    this.room = new Room(context.buffer);
    this.trust = new TrustStores({
      context,
      policy,
      certificate,
      identity: options.identity,
      linger: options.trustLinger,
    });
  }

  /** Streams that there are. */
  get length(): number {
    let count = 0;
    for (let stream = this.first; stream; stream = stream.neighbour) count++;
    return count;
  }

  /**
   * Makes a stream of the type `name`, which holds its trust store from before CREATING until after DESTROYING. Throws STREAM_UNKNOWN, STREAM_UNSUPPORTED, STREAM_REFUSED,
   * and what {@link TrustStores.hold} throws; then there is no stream.
   */
  create<User>(name: string, handlers: StreamHandlers<User>, options: CreateOptions<User>): Stream<User> {
    const type = this.typeOf(name);
    const adapter = this.adapters[type.protocol];
    if (!adapter || type.flags & StreamFlag.server) throw new LwsError("STREAM_UNSUPPORTED", name);
    if (this.isClosing) throw new LwsError("STREAM_REFUSED", name);
    const stream = new Stream(this, adapter, type, handlers, options.user, options.initialRxCredit ?? 0);
    stream.store = this.hold(type, adapter);
    stream.neighbour = this.first;
    this.first = stream as Stream;
    if (!stream.start()) throw new LwsError("STREAM_REFUSED", name);
    return stream;
  }

  /** @internal The entry that all streams of the type share. Throws STREAM_UNKNOWN. */
  typeOf(name: string): StreamType {
    for (let stream = this.first; stream; stream = stream.neighbour) if (stream.type.name === name) return stream.type;
    const type = this.policy.stream(name);
    if (!type) throw new LwsError("STREAM_UNKNOWN", name);
    return type;
  }

  /** @internal A stream of this type may not be dialled yet. */
  isTooEarly({ flags }: StreamType): boolean {
    return this.ladder !== undefined && (flags & StreamFlag.tls) !== 0 && !this.ladder.has(SystemState.timeValid);
  }

  /** @internal Whether it can show who it is. */
  prepare(stream: Stream): Readiness {
    const { auth } = stream.type;
    return (auth && this.auth?.[auth.type]?.prepare(stream, auth)) ?? Readiness.ready;
  }

  /** @internal A server does not take what it has shown. */
  refused(stream: Stream): void {
    const { auth } = stream.type;
    if (auth) this.auth?.[auth.type]?.refused?.(stream, auth);
  }

  /** @internal */
  entered(ladder: Ladder): void {
    if (ladder.has(SystemState.timeValid)) for (const stream of this.all()) stream.goOn();
  }

  private hold(type: StreamType, adapter: Adapter) {
    const { name, flags, protocol, trustStore, clientCert = -1 } = type;
    if (protocol === "file" || protocol === "sink") return undefined;
    if (!(flags & StreamFlag.tls)) return this.trust.hold(plainStore, undefined, name);
    if (trustStore === undefined) throw new LwsError("TRUST_STORE_UNKNOWN", name);
    return this.trust.hold(trustStore, { alpn: adapter.alpnOf?.(type) ?? adapter.alpn, card: clientCert }, name);
  }

  /** @internal The stream has told its user that it is over. */
  forget(stream: Stream): void {
    if (this.first === stream) this.first = stream.neighbour;
    else {
      let before = this.first;
      while (before && before.neighbour !== stream) before = before.neighbour;
      if (before) before.neighbour = stream.neighbour;
    }
    stream.neighbour = undefined;
    const store: TrustStore | undefined = stream.store;
    stream.store = undefined;
    if (store) this.trust.release(store);
  }

  /** Tells every stream EVENT_WAIT_CANCELLED. */
  wake(): void {
    for (const stream of this.all()) if (stream.alive) stream.report(StreamState.eventWaitCancelled);
  }

  /** Destroys all streams, then their trust stores; none is made any more. Throws STREAM_IN_CALLBACK from inside of a callback. */
  close(): void {
    const all = this.all();
    for (const { isBusy, type } of all) if (isBusy) throw new LwsError("STREAM_IN_CALLBACK", type.name);
    this.isClosing = true;
    for (const stream of all) stream.destroy();
    this.trust.trim();
    this.ladder?.remove(this);
  }

  private all(): Stream[] {
    const all: Stream[] = [];
    for (let stream = this.first; stream; stream = stream.neighbour) all.push(stream);
    return all;
  }
}
