/**
 * When a unit looks for updates, and the look itself: when the network is there, then once a day, at a time that is left to chance, so that many units don't come at
 * once. Setup and application both do; what they make of what is offered is their own.
 */
import { type ErrorCode, LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { SystemState } from "lws/system/ladder";
import type { Unit, UnitListener } from "lws/system/unit";
import type { HttpClientOptions } from "./http-client";
import { randomBelow, withJitter } from "./random";
import type { Resolver } from "./resolver";
import { type Checker, UpdateCheck } from "./update-check";
import { type Fetcher, type FetcherMaker, HttpFetcher } from "./update-fetch";
import type { Manifest } from "./update-manifest";
import { updateAuthorities, updateKeys, updateUrl } from "./update-source";

/** Times and limits that stand in for the usual. */
export interface LookTimes {
  /** Milliseconds within which the first look comes once the network is there. Default a minute. */
  first?: number;
  /** Milliseconds between two looks, and the window around that within which the next one comes. Default 24 and 4 hours. */
  interval?: number;
  window?: number;
  /** Milliseconds until the next look after one that has failed; the last repeats. Each is up to half longer. Default 30 s, 2, 10 and 60 minutes. */
  retries?: readonly number[];
  /** Limits of connections. */
  http?: Partial<HttpClientOptions>;
}

export interface LookOptions extends LookTimes {
  /** Asked when the network is there. */
  resolver: () => Resolver;
  /** What fetches. Default: an HTTP client. */
  fetcher?: FetcherMaker;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RETRIES: readonly number[] = [MINUTE / 2, 2 * MINUTE, 10 * MINUTE, HOUR];
const JITTER = 50;

/** What a server may take its time for. Of a file, 16 kB have to come in 20 s. */
const LIMITS = { connectTimeout: 20_000, answerTimeout: 20_000, bodyTimeout: 20_000, leastBytes: 16_384, idle: 0 };

export abstract class UpdateLook extends Sul implements UnitListener, Checker {
  /** As `UpdateView` has it. */
  state: "off" | "waiting" | "checking" | "fresh" | "failed" = "off";
  error: ErrorCode | "" = "";
  checked = 0;
  url = "";
  protected isOnline = false;
  /** A look is due that waits for the time, the network, or {@link UpdateLook.isFree}. */
  protected isDue = false;
  private tries = 0;
  private fetcher: Fetcher | undefined = undefined;
  protected looking: UpdateCheck | undefined = undefined;

  constructor(
    protected readonly unit: Unit,
    protected readonly options: LookOptions,
  ) {
    super();
    this.reset();
  }

  /** Nothing else is under way that a look would disturb. */
  protected abstract get isFree(): boolean;
  /** What the server offers; the next look comes tomorrow. */
  protected abstract offered(manifest: Manifest): void;
  /** {@link UpdateLook.state} or {@link UpdateLook.error} is another one. */
  protected onLook(): void {}

  /** The source is another one, or may be: nothing is known of it yet. */
  protected reset(): void {
    this.url = updateUrl(this.unit.settings);
    this.state = this.url === "" ? "off" : "waiting";
    this.error = "";
    this.checked = 0;
    this.tries = 0;
  }

  /** @internal The network has come or gone, perhaps; or the time is known; or nothing else is under way any more. */
  onChange(): void {
    const { first = MINUTE } = this.options;
    const online = this.unit.network.address !== undefined;
    if (online !== this.isOnline) {
      this.isOnline = online;
      if (online) {
        this.tries = 0;
        // Where the link comes and goes, the next look is that of tomorrow all the same, unless its time went by meanwhile.
        if (this.state !== "fresh" || this.next === null) this.later(randomBelow(first));
      }
    }
    if (this.isDue) this.look();
  }

  /** @internal */
  override fire(): void {
    if (!this.isOnline) return;
    this.isDue = true;
    this.look();
  }

  protected later(delay: number): void {
    if (this.url !== "") this.unit.context.scheduler.schedule(this, delay);
  }

  /** The next look is that of another day. */
  protected tomorrow(): void {
    const { interval = 24 * HOUR, window = 4 * HOUR } = this.options;
    this.later(Math.max(interval - window / 2, 0) + randomBelow(window));
  }

  /** After a failure. */
  protected retry(): void {
    const { retries = RETRIES } = this.options;
    const delay = retries[Math.min(this.tries++, retries.length - 1)] as number;
    this.later(withJitter(delay, JITTER));
  }

  protected look(): void {
    const canLook = this.isOnline && this.unit.ladder.has(SystemState.timeValid) && this.isFree;
    if (!canLook || this.looking || this.url === "") return;
    this.isDue = false;
    this.state = "checking";
    try {
      const keys = updateKeys();
      if (!keys) throw new LwsError("UPDATE_NO_SERVER");
      this.looking = new UpdateCheck(this.open(), this.url, keys, this.unit.identity.model, this);
    } catch (error) {
      this.onCheckFailed(error instanceof LwsError ? error.code : ((error as Error).message as ErrorCode));
      return;
    }
    this.onLook();
  }

  /** What fetches, for this one use. */
  protected open(): Fetcher {
    const { unit, options } = this;
    const { fetcher = (ways) => new HttpFetcher(ways) } = options;
    const authorities = updateAuthorities(unit.settings);
    if (!authorities) throw new LwsError("UPDATE_NO_SERVER");
    const http = { ...LIMITS, ...options.http };
    this.fetcher = fetcher({ context: unit.context, resolver: options.resolver(), authorities, http });
    return this.fetcher;
  }

  protected close(): void {
    this.looking = undefined;
    this.fetcher?.close();
    this.fetcher = undefined;
  }

  /** @internal */
  onManifest(manifest: Manifest): void {
    this.close();
    this.state = "fresh";
    this.error = "";
    this.checked = Math.floor(Date.now() / 1000);
    this.tries = 0;
    this.tomorrow();
    this.offered(manifest);
  }

  /** @internal */
  onCheckFailed(code: ErrorCode): void {
    log.warn("updates", `no look at ${this.url}: ${code}`);
    this.close();
    this.state = "failed";
    this.error = code;
    this.retry();
    this.onLook();
  }
}
