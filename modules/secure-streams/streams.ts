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
import type { Adapter, Meter } from "./adapter";
import { type AuthProvider, Readiness } from "./auth";
import { Room, type StreamHandlers } from "./handlers";
import { certificatePath, type Policy, StreamFlag, type StreamProtocol, type StreamType } from "./policy";
import type { StreamServer } from "./server";
import { StreamState } from "./states";
import { Stream } from "./stream";
import { plainStore, type TrustStore, TrustStores } from "./trust";

export interface StreamsOptions {
  context: Context;
  policy: Policy;
  /** What streams can speak. */
  adapters: Readonly<Partial<Record<StreamProtocol, Adapter>>>;
  /** What server types listen with, by protocol, and what joins local sinks. */
  servers?: Readonly<Partial<Record<StreamProtocol, StreamServer>>>;
  /** A certificate or key by its name in the policy. Default: the file of the image that `lws-xs policy compile` has made. */
  certificate?: (name: string) => ByteSource;
  /** Who we are, by the index of the system's client certificate. */
  identity?: (index: number) => TlsIdentity;
  /** Milliseconds for which a trust store outlives its last stream. Default 0. */
  trustLinger?: number;
  /** Makes what measures an attempt of a stream type with `perf`, see `lws/secure-streams/perf`. Without it nothing is measured. */
  meter?: () => Meter;
  /** Who sees to what streams with `use_auth` show, by the type of the authorization. Without one, what the blob has is shown as it is. */
  auth?: Readonly<Record<string, AuthProvider>>;
  /** Given: nobody is dialled by TLS below {@link SystemState.timeValid}; what was asked for begins when that is reached, and no attempt is lost. */
  ladder?: Ladder;
}

export interface CreateOptions<User> {
  user: User;
  /** Bytes that may come at first; then as many as `addRxCredit` allows. Absent or 0: as many as there are. */
  initialRxCredit?: number;
  /** Server and sink: makes the user of each stream that is accepted. Default: all have that of the stream that listens. */
  accepted?: (listener: Stream<User>) => User;
  /** The stream is to be the sink of its type: those that are created without it are joined to it. */
  sink?: true;
}

export class Streams implements Notifier {
  readonly context: Context;
  readonly scheduler: Scheduler;
  readonly trust: TrustStores;
  /** @internal Where links have payload put. */
  readonly room: Room;
  /** @internal No stream dials any more. */
  isClosing = false;
  /** @internal */
  readonly meter: (() => Meter) | undefined;
  private current: Policy;
  private readonly files: NonNullable<StreamsOptions["certificate"]>;
  private readonly adapters: StreamsOptions["adapters"];
  private readonly servers: NonNullable<StreamsOptions["servers"]>;
  private readonly ladder: Ladder | undefined;
  private readonly auth: StreamsOptions["auth"];
  private first: Stream | undefined = undefined;

  constructor(options: StreamsOptions) {
    const { context, policy, certificate = (name: string) => new Resource(certificatePath(name)) } = options;
    this.context = context;
    this.scheduler = context.scheduler;
    this.current = policy;
    this.adapters = options.adapters;
    this.meter = options.meter;
    this.servers = options.servers ?? {};
    this.files = certificate;
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

  /** What streams are made by that are created now. */
  get policy(): Policy {
    return this.current;
  }

  /**
   * Takes another policy for streams that are created from now on. Those that there are keep what they have, trust included, until they end. What it throws (a certificate
   * that can't be read) leaves the policy that there was.
   */
  replace(policy: Policy): void {
    this.trust.replace(policy);
    this.current = policy;
  }

  /** @internal A certificate or key of the policy that streams are made by now. */
  certificate(name: string): ByteSource {
    return this.current.certificate?.(name) ?? this.files(name);
  }

  /** Streams that there are. */
  get length(): number {
    let count = 0;
    for (let stream = this.first; stream; stream = stream.neighbour) count++;
    return count;
  }

  /**
   * Makes a stream of the type `name`, which holds its trust store from before CREATING until after DESTROYING, or listens meanwhile. Throws STREAM_UNKNOWN,
   * STREAM_UNSUPPORTED, STREAM_REFUSED, and what {@link TrustStores.hold} and {@link StreamServer.open} throw; then there is no stream.
   */
  create<User>(name: string, handlers: StreamHandlers<User>, options: CreateOptions<User>): Stream<User> {
    const type = this.typeOf(name);
    const isServer = type.protocol === "sink" || (type.flags & StreamFlag.server) !== 0;
    const server = isServer ? this.servers[type.protocol] : undefined;
    const adapter = this.adapters[type.protocol];
    if (isServer ? !server : !adapter) throw new LwsError("STREAM_UNSUPPORTED", name);
    if (this.isClosing) throw new LwsError("STREAM_REFUSED", name);
    if (adapter && !server) adapter.check?.(type);
    const stream =
      server?.open(this, type, handlers, options) ??
      new Stream(this, adapter, type, handlers, options.user, options.initialRxCredit ?? 0);
    stream.policy = this.current;
    if (adapter && !server) stream.store = this.hold(type, adapter);
    if (!this.enrol(stream)) throw new LwsError("STREAM_REFUSED", name);
    return stream;
  }

  /** @internal Counts a stream and begins it. False where its user does not want it. */
  enrol<User>(stream: Stream<User>): boolean {
    stream.neighbour = this.first;
    this.first = stream as Stream;
    return stream.start();
  }

  /** @internal The entry that all streams of the type share, those of one policy. Throws STREAM_UNKNOWN. */
  typeOf(name: string, policy = this.current): StreamType {
    for (let stream = this.first; stream; stream = stream.neighbour) {
      if (stream.policy === policy && stream.type.name === name) return stream.type;
    }
    const type = policy.stream(name);
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
