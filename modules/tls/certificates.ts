/**
 * The certificates of a unit. The first time, and when its name has changed, it makes one that it signs itself; a pair that somebody has
 * uploaded goes before it. Each pair is one stored value, so that a power cut leaves the old one or the new one. Both images share them.
 */
import { knownTime } from "lws/core/clock";
import { type ErrorCode, LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import type { Scheduler } from "lws/core/scheduler";
import type { ByteSource } from "lws/platform/bytes";
import { type CertificateFacts, toPem } from "./certificate";
import { type Pair, unpackPair, wipe } from "./pair";
import { checkedAuthorities, checkedPair, checkStored, factsOfPair, toLwsError } from "./pair-check";
import { type CertificateNames, SelfSigned } from "./self-signed";

type Stored = "ap-own.pair" | "ap-self.pair" | "ap-ca.der" | "ap-ca.asked";

/** Where certificates are kept: the settings of the unit. */
export interface CertificateStorage {
  /** @throws LwsError STORAGE_FAILED where there are bytes that can't be read. */
  getBytes(key: Stored): ArrayBuffer | undefined;
  /** @throws LwsError STORAGE_FULL or STORAGE_FAILED; the old bytes are still there then. */
  setBytes(key: Stored, bytes: ArrayBuffer | undefined): void;
}

export interface CertificatesOptions {
  scheduler: Scheduler;
  storage: CertificateStorage;
  /** What the self-signed one is for. */
  names: () => CertificateNames;
  /** Something that a page shows has changed. */
  onChange?: () => void;
}

/** What a server presents, in DER. */
export interface ServerPair extends Pair {
  /** Who vouches for clients, where clients are asked for certificates: one behind the other. None either where that is damaged. */
  readonly authorities: Uint8Array | undefined;
}

const DAY = 86_400;

export class Certificates {
  /** Where the certificate in use comes from. */
  source: "none" | "self" | "own" = "none";
  /** What the certificate in use says. */
  facts: CertificateFacts | undefined;
  /** Clients are asked for certificates. */
  clientAuthority = false;
  /** They are, but who vouches for them can't be read: nobody can show one that counts. */
  clientFault = false;
  private readonly storage: CertificateStorage;
  private readonly onChange: (() => void) | undefined;
  private readonly selfSigned: SelfSigned;
  private onReady: ((pair: ServerPair) => void) | undefined;
  /** Why the uploaded pair is not in use, and why the self-signed one could not be stored. */
  private ownFault: ErrorCode | "" = "";
  private selfFault: ErrorCode | "" = "";
  /** The self-signed pair, where it could not be stored. */
  private unstored: ArrayBuffer | undefined;

  constructor(options: CertificatesOptions) {
    this.storage = options.storage;
    this.onChange = options.onChange;
    this.selfSigned = new SelfSigned({
      scheduler: options.scheduler,
      names: options.names,
      onMade: (bytes) => this.made(bytes),
      onProgress: () => this.onChange?.(),
    });
  }

  /**
   * `onReady` is given the pair to present, now or when it has been made, and every one that takes its place. Its buffers are wiped when it returns.
   */
  start(onReady: (pair: ServerPair) => void): void {
    this.onReady = onReady;
    if (!this.useOwn()) this.useSelf();
  }

  /** Percent of the making of a self-signed certificate; 100 while none is made. */
  get progress(): number {
    return this.selfSigned.progress;
  }

  /** Why the uploaded pair is not in use, the one in use will not survive a restart, or clients can't show theirs; "" where none of it is so. */
  get fault(): ErrorCode | "" {
    return this.ownFault || this.selfFault || (this.clientFault ? "CLIENT_CA_DAMAGED" : "");
  }

  /** Whole days until the certificate in use ends, negative when it has; undefined while the clock is not set. */
  get days(): number | undefined {
    const now = knownTime();
    return now === undefined || !this.facts ? undefined : Math.floor((this.facts.notAfter - now) / DAY);
  }

  /**
   * Takes an uploaded pair, PEM or DER: checks it, stores it and uses it. A part that is left out stays that of the pair uploaded before.
   * @throws LwsError BAD_REQUEST, CERT_…, KEY_…, TLS_NO_MEMORY, STORAGE_…; nothing has changed then.
   */
  replace(chain: ByteSource | undefined, key: ByteSource | undefined): CertificateFacts {
    let old: ArrayBuffer | undefined;
    let bytes: ArrayBuffer | undefined;
    try {
      old = chain && key ? undefined : this.storage.getBytes("ap-own.pair");
      const before = old && unpackPair(old);
      const both = [chain ?? before?.chain, key ?? before?.key] as const;
      if (!both[0] || !both[1]) throw new LwsError("BAD_REQUEST", "certificate and key are both needed");
      const checked = checkedPair(both[0], both[1]);
      bytes = checked.bytes;
      this.storage.setBytes("ap-own.pair", bytes);
      this.ownFault = "";
      this.use("own", checked.facts, bytes);
      return checked.facts;
    } catch (error) {
      throw toLwsError(error);
    } finally {
      wipe(old);
      wipe(bytes);
    }
  }

  /**
   * Stores who vouches for clients, PEM or DER; undefined: clients are not asked for certificates any more.
   * @throws LwsError CERT_…, TLS_NO_MEMORY, STORAGE_…; nothing has changed then.
   */
  setClientAuthority(source: ByteSource | undefined): void {
    const { storage } = this;
    try {
      // NVS forgets bytes that it finds damaged. So that nobody is let in then, it is also noted that there were some.
      if (!source) storage.setBytes("ap-ca.asked", undefined);
      storage.setBytes("ap-ca.der", source && checkedAuthorities(source));
      if (source) storage.setBytes("ap-ca.asked", new ArrayBuffer(1));
      this.reuse();
    } catch (error) {
      throw toLwsError(error);
    }
  }

  /**
   * Forgets the uploaded pair: the self-signed one takes its place, when it has been made.
   * @throws LwsError STORAGE_FAILED.
   */
  remove(): void {
    this.storage.setBytes("ap-own.pair", undefined);
    this.ownFault = "";
    if (this.source === "own") this.useSelf();
    this.onChange?.();
  }

  /** The names may have changed: makes another one, if the one in use is self-signed and for others. */
  renew(): void {
    if (this.source === "self" && this.facts && !this.selfSigned.fits(this.facts)) this.selfSigned.make();
  }

  /** The certificates in use as PEM text; undefined while there are none. */
  exported(): ArrayBuffer | undefined {
    const bytes = this.current();
    const pair = bytes && unpackPair(bytes);
    const text = pair && toPem(pair.chain);
    this.drop(bytes);
    return text;
  }

  /** Ends all work. */
  close(): void {
    this.selfSigned.close();
    this.onReady = undefined;
    wipe(this.unstored);
    this.unstored = undefined;
  }

  private use(source: "self" | "own", facts: CertificateFacts, bytes: ArrayBuffer): void {
    const { chain, key } = unpackPair(bytes) as Pair;
    const authorities = this.authorities();
    this.source = source;
    this.facts = facts;
    this.clientAuthority = authorities !== undefined || this.clientFault;
    log.notice("certificate", `${source === "own" ? "uploaded" : "self-signed"}, for ${facts.names || facts.subject}`);
    this.onReady?.({ chain, key, authorities });
    this.onChange?.();
  }

  /** Presents the same pair anew. */
  private reuse(): void {
    const bytes = this.current();
    if (bytes && this.facts && this.source !== "none") this.use(this.source, this.facts, bytes);
    this.drop(bytes);
  }

  /** What is damaged is noted, and the unit goes on without it. */
  private useOwn(): boolean {
    let bytes: ArrayBuffer | undefined;
    try {
      bytes = this.storage.getBytes("ap-own.pair");
      if (bytes) this.use("own", factsOfPair(bytes), bytes);
      return bytes !== undefined;
    } catch (error) {
      this.ownFault = toLwsError(error).code;
      log.err("certificate", `the uploaded one can't be used: ${toLwsError(error).message}`);
      return false;
    } finally {
      wipe(bytes);
    }
  }

  private useSelf(): void {
    let bytes: ArrayBuffer | undefined;
    this.source = "none";
    this.facts = undefined;
    try {
      bytes = this.unstored ?? this.storage.getBytes("ap-self.pair");
      if (bytes) this.use("self", factsOfPair(bytes), bytes);
    } catch (error) {
      log.err("certificate", `the self-signed one can't be used: ${toLwsError(error).message}`);
    } finally {
      this.drop(bytes);
    }
    if (this.source === "none") this.selfSigned.make();
    else this.renew();
  }

  /** A unit that can't store what it has made uses it all the same, until it is switched off. */
  private made(bytes: ArrayBuffer): void {
    wipe(this.unstored);
    this.unstored = undefined;
    try {
      this.storage.setBytes("ap-self.pair", bytes);
      this.selfFault = "";
    } catch (error) {
      this.selfFault = toLwsError(error).code;
      this.unstored = bytes;
      log.err("certificate", `the new one is not stored: ${toLwsError(error).message}`);
    }
    try {
      if (this.source !== "own") this.use("self", factsOfPair(bytes), bytes);
      this.renew();
    } catch (error) {
      log.err("certificate", `the new one can't be used: ${toLwsError(error).message}`);
    } finally {
      this.drop(bytes);
    }
  }

  private current(): ArrayBuffer | undefined {
    if (this.source === "none") return undefined;
    if (this.source === "self" && this.unstored) return this.unstored;
    return this.storage.getBytes(this.source === "own" ? "ap-own.pair" : "ap-self.pair");
  }

  private drop(bytes: ArrayBuffer | undefined): void {
    if (bytes !== this.unstored) wipe(bytes);
  }

  private authorities(): Uint8Array | undefined {
    this.clientFault = false;
    try {
      const bytes = this.storage.getBytes("ap-ca.der");
      if (bytes) checkStored(bytes);
      else if (this.storage.getBytes("ap-ca.asked")) throw new LwsError("STORAGE_FAILED");
      return bytes && new Uint8Array(bytes);
    } catch (error) {
      log.err("certificate", `who vouches for clients can't be read: ${toLwsError(error).message}`);
      this.clientFault = true;
      return undefined;
    }
  }
}
