/**
 * Trust stores. One exists as long as streams hold it: it is built when the first of them is created, and gone when the connections of the last one are. A
 * store is a vhost, which its connections belong to, and a TLS client for each way that its streams speak. A stream holds an instance, not a name: while an old instance
 * drains, another of the same name may be built.
 */
import { TlsClient } from "lws/client/tls";
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import type { ByteSource } from "lws/platform/bytes";
import { Digest } from "lws/platform/digest";
import { TlsConfig, type TlsIdentity } from "lws/tls/tls";
import type { Policy } from "./policy";

/** Name of the store of streams that trust nobody, since they do without TLS. */
export const plainStore = "_ss_default";

/** Most streams that hold one store. */
const holdLimit = 1000;

/** What the streams of a store need to speak TLS. */
export interface Manner {
  /** Application protocols (RFC 7301); "" for none. */
  readonly alpn: string;
  /** Index of the client certificate; -1 for none. */
  readonly card: number;
}

class Speaker {
  constructor(
    readonly alpn: string,
    readonly card: number,
    readonly client: TlsClient,
  ) {}
}

export interface TrustOptions {
  context: Context;
  policy: Policy;
  /** A certificate, in DER or PEM, by its name in the policy. */
  certificate: (name: string) => ByteSource;
  /** Who we are, by the index of the system's client certificate. */
  identity?: ((index: number) => TlsIdentity) | undefined;
  /** Milliseconds for which a store outlives its last stream. Default 0. */
  linger?: number | undefined;
}

/** One instance. */
export class TrustStore extends Sul {
  /** Streams that hold it. */
  holds = 0;
  /** @internal Next of those that are to be found. */
  neighbour: TrustStore | undefined = undefined;
  private readonly speakers: Speaker[] = [];
  /** What adapters keep for as long as there is the store, by who has made it. */
  private readonly keepers: object[] = [];
  private readonly kept: unknown[] = [];

  /** @internal */
  constructor(
    private readonly stores: TrustStores,
    readonly name: string,
    /** What connections of its streams belong to. */
    readonly vhost: Vhost,
  ) {
    super();
  }

  /** The TLS client for this manner; undefined where the store has not been held for it. */
  client({ alpn, card }: Manner): TlsClient | undefined {
    return this.speakers.find((each) => each.alpn === alpn && each.card === card)?.client;
  }

  /** @internal What `keeper` keeps here, which is made at the first call. */
  share<Kept>(keeper: object, make: () => Kept): Kept {
    const at = this.keepers.indexOf(keeper);
    if (at >= 0) return this.kept[at] as Kept;
    const made = make();
    this.keepers.push(keeper);
    this.kept.push(made);
    return made;
  }

  /** @internal Sees to it that there is a client for this manner. Throws what TLS throws. */
  prepare(manner: Manner, make: () => TlsClient): void {
    if (!this.client(manner)) this.speakers.push(new Speaker(manner.alpn, manner.card, make()));
  }

  /** @internal The same certificates are to be had from elsewhere. */
  movedTo(authorities: readonly ByteSource[]): void {
    for (const { client } of this.speakers) client.movedTo(authorities);
  }

  /** @internal Nobody speaks through it any more. */
  silence(): void {
    for (const { client } of this.speakers) client.close();
    this.speakers.length = this.keepers.length = this.kept.length = 0;
  }

  /** @internal It has lingered. */
  override fire(): void {
    this.stores.drain(this);
  }
}

export class TrustStores {
  /** The first of those that are to be found by name. */
  private first: TrustStore | undefined = undefined;
  /** Stores that are no more to be found, and not yet gone. */
  draining = 0;

  private policy: Policy;

  constructor(private readonly options: TrustOptions) {
    this.policy = options.policy;
  }

  /**
   * From now on stores are those of `policy`. One that trusts the same certificates there goes on as it is; any other is not to be found any more, and lasts as long as it is
   * held. Throws what reading a certificate throws; then nothing has changed.
   */
  replace(policy: Policy): void {
    const gone: TrustStore[] = [];
    for (let store = this.first; store; store = store.neighbour) if (!this.isSame(store.name, policy)) gone.push(store);
    this.policy = policy;
    for (const store of gone) {
      if (store.holds > 0) this.unlink(store);
      else this.drain(store);
    }
    // Those that go on are not to keep the policy before, which their certificates may lie in.
    for (let store = this.first; store; store = store.neighbour) store.movedTo(this.certificates(policy, store.name));
  }

  private isSame(name: string, policy: Policy): boolean {
    const old = this.certificates(this.policy, name);
    const others = this.certificates(policy, name);
    if (old.length !== others.length) return false;
    return old.every((each, i) => Digest.equal(each, others[i] as ByteSource));
  }

  private certificates(policy: Policy, name: string): ByteSource[] {
    return (policy.store(name) ?? []).map((each) => this.certificate(policy, each));
  }

  private certificate(policy: Policy, name: string): ByteSource {
    return policy.certificate?.(name) ?? this.options.certificate(name);
  }

  /** Stores that are to be found by name, those that linger included. */
  get length(): number {
    let count = 0;
    for (let store = this.first; store; store = store.neighbour) count++;
    return count;
  }

  /** The instance that a stream which is created now would hold. */
  find(name: string): TrustStore | undefined {
    let store = this.first;
    while (store && store.name !== name) store = store.neighbour;
    return store;
  }

  /**
   * Holds the store `name`, for a stream of the type `asker`; builds it if it is not there, as a whole or not at all. Without a manner, for one without TLS. Throws
   * TRUST_STORE_UNKNOWN, TRUST_STORE_FULL, CERT_…, TLS_NO_MEMORY, and POLICY_REPLACED where that has happened while it was built.
   */
  hold(name: string, manner: Manner | undefined, asker: string): TrustStore {
    const { context } = this.options;
    const { policy } = this;
    const found = this.find(name);
    if (found && found.holds >= holdLimit) throw new LwsError("TRUST_STORE_FULL", name);
    const store = found ?? new TrustStore(this, name, new Vhost(context, { name }));
    if (manner) store.prepare(manner, () => this.build(name, manner, asker));
    if (policy !== this.policy) {
      if (!found) store.silence();
      throw new LwsError("POLICY_REPLACED", name);
    }
    if (!found) {
      store.neighbour = this.first;
      this.first = store;
    }
    context.scheduler.cancel(store);
    store.holds++;
    return store;
  }

  /** Gives up one hold of this instance. */
  release(store: TrustStore): void {
    store.holds--;
    if (store.holds > 0) return;
    const { linger = 0, context } = this.options;
    if (linger > 0 && this.find(store.name) === store) context.scheduler.schedule(store, linger);
    else this.drain(store);
  }

  /** Memory is short: what only lingers goes. */
  trim(): void {
    for (let store = this.first; store; ) {
      const next = store.neighbour;
      if (store.holds === 0) this.drain(store);
      store = next;
    }
  }

  /** @internal The store is not to be found any more. Its connections end, in later turns; then all that it had is given back. */
  drain(store: TrustStore): void {
    const { context } = this.options;
    context.scheduler.cancel(store);
    this.unlink(store);
    this.draining++;
    for (let wsi: Wsi | undefined = context.first; wsi; wsi = wsi.neighbour) {
      // One that is ending has something to hand over still, for which it has little time.
      if (wsi.vhost === store.vhost && !(wsi.flags & Flag.closing)) wsi.drop();
    }
    store.vhost.destroy(() => {
      store.silence();
      this.draining--;
    });
  }

  private unlink(store: TrustStore): void {
    if (this.first === store) this.first = store.neighbour;
    else {
      let before = this.first;
      while (before && before.neighbour !== store) before = before.neighbour;
      if (before) before.neighbour = store.neighbour;
    }
    store.neighbour = undefined;
  }

  private build(name: string, { alpn, card }: Manner, asker: string): TlsClient {
    const { policy } = this;
    const { context, identity } = this.options;
    const names = policy.store(name);
    if (!names) throw new LwsError("TRUST_STORE_UNKNOWN", name);
    if (card >= 0 && !identity) throw new LwsError("STREAM_UNSUPPORTED", `${asker}: client certificates`);
    const authorities: ByteSource[] = [];
    for (const each of names) authorities.push(this.read(policy, name, each, asker));
    try {
      return new TlsClient({
        context,
        authorities,
        ...(alpn !== "" && { alpn }),
        ...(card >= 0 && identity && { identity: identity(card) }),
      });
    } catch (error) {
      this.blame(names, authorities, name, asker);
      throw error;
    }
  }

  private read(policy: Policy, store: string, name: string, asker: string): ByteSource {
    try {
      return this.certificate(policy, name);
    } catch (error) {
      log.err("trust", `${asker}: store ${store}: certificate ${name} can't be read: ${error}`);
      throw error;
    }
  }

  /** Finds out which certificate it was, which TLS does not tell. */
  private blame(names: readonly string[], authorities: readonly ByteSource[], store: string, asker: string): void {
    for (let i = 0; i < names.length; i++) {
      try {
        new TlsConfig({ server: false, authorities: [authorities[i] as ByteSource] }).close();
      } catch (error) {
        log.err("trust", `${asker}: store ${store}: certificate ${names[i]}: ${(error as Error).message}`);
        return;
      }
    }
    log.err("trust", `${asker}: store ${store} can't be built`);
  }
}
