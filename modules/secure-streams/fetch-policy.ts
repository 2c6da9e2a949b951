/**
 * Fetches the policy when the system has come to POLICY_VALID, by a stream of the type "fetch_policy" of the policy that the image has, and holds the system up until that is over. What comes is read as it comes. The new
 * policy takes the old one's place when it is right as a whole and the stream that has fetched it is gone; in all other cases, and there are but a few tries, the old one stays.
 */
import { type ErrorCode, LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { type Bus, BusClass } from "lws/system/bus";
import { type Ladder, type Notifier, SystemState } from "lws/system/ladder";
import { Part, Ret, type StreamHandlers } from "./handlers";
import { type Policy, StreamFlag } from "./policy";
import { PolicyReader } from "./policy-dynamic";
import { type PolicyLimits, textLimit } from "./policy-scanner";
import { randomJitter, retryDelay } from "./retry";
import { StreamState, stateName } from "./states";
import type { Stream } from "./stream";
import type { Streams } from "./streams";

export interface FetchPolicyOptions {
  ladder: Ladder;
  streams: Streams;
  /** Hears what has come of it in the class {@link BusClass.systemState}: `{ policy: "updated", release, time }` or `{ policy: "kept", error, time }`. */
  bus?: Bus;
  /** How often it is tried. The waits between are those of the stream type's retry scheme. Default 3. */
  tries?: number;
  /** Milliseconds for a try where the stream type has no `timeout_ms`. Default a minute. */
  timeout?: number;
  /** What the policy may have. */
  limits?: PolicyLimits;
}

const TYPE = "fetch_policy";

export class FetchPolicy extends Sul implements Notifier, StreamHandlers {
  /** Why the last try has failed. */
  error: ErrorCode | undefined = undefined;
  private stream: Stream | undefined = undefined;
  private reader: PolicyReader | undefined = undefined;
  /** Bytes that have come, what is wrong with them, and whether that is all. */
  private count = 0;
  private fault: unknown;
  private isWhole = false;
  /** All of it has come, and is being checked. */
  private isFetched = false;
  private failures = 0;
  private isBusy = false;
  private isDone = false;

  constructor(private readonly options: FetchPolicyOptions) {
    super();
    options.ladder.add(this);
  }

  /** Ends it, whatever it is at; the policy stays. */
  close(): void {
    const { ladder, streams } = this.options;
    const { stream } = this;
    ladder.remove(this);
    this.isBusy = false;
    this.stream = undefined;
    this.forget();
    stream?.destroy();
    streams.scheduler.cancel(this);
  }

  /** @internal */
  mayEnter(_ladder: Ladder, to: SystemState): boolean {
    return to !== SystemState.registered || !this.isBusy;
  }

  /** @internal */
  entered(_ladder: Ladder, state: SystemState): void {
    if (state !== SystemState.policyValid || this.isBusy || this.isDone) return;
    const type = this.options.streams.policy.stream(TYPE);
    if (!type) return;
    this.failures = 0;
    this.error = undefined;
    // Whoever could put himself between us and the server would be the one who says whom we trust from then on.
    if (!(type.flags & StreamFlag.tls)) this.keep("POLICY_SOURCE");
    else {
      this.isBusy = true;
      this.options.streams.scheduler.schedule(this, 0);
    }
  }

  /** @internal The next step: a try, or more of the check of what has come of the last. */
  override fire(): void {
    const { tries = 3, streams } = this.options;
    if (this.isFetched) this.check();
    else if (this.failures >= tries || streams.isClosing) this.goOn(this.error ?? "POLICY_UNAVAILABLE");
    else this.attempt();
  }

  private attempt(): void {
    const { streams, timeout = 60_000 } = this.options;
    this.error = undefined;
    try {
      const stream = streams.create(TYPE, this, { user: undefined });
      this.stream = stream;
      stream.startTimeout(stream.type.timeout || timeout);
      stream.connect();
    } catch (error) {
      this.fail(error);
      this.again();
    }
  }

  /** The try has failed, unless it has before. */
  private fail(error: unknown): Ret {
    if (this.isFetched || this.error) return Ret.destroy;
    this.forget();
    this.error = error instanceof LwsError ? error.code : "POLICY_UNAVAILABLE";
    log.warn("policy", error instanceof Error ? error.message : String(error));
    return Ret.destroy;
  }

  private forget(): void {
    this.reader = this.fault = undefined;
    this.isWhole = this.isFetched = false;
    this.count = 0;
  }

  private again(): void {
    const { streams, tries = 3 } = this.options;
    const { retry } = streams.policy.stream(TYPE) ?? {};
    const wait = retryDelay(retry, this.failures++, randomJitter());
    streams.scheduler.schedule(this, this.failures < tries ? wait : 0);
  }

  // --- what the stream says ------------------------------------------------------------------------------------------------------

  /** @internal */
  state(stream: Stream, state: number): Ret {
    if (stream !== this.stream) return Ret.ok;
    switch (state) {
      case StreamState.qosAckRemote:
        return this.complete();
      case StreamState.destroying:
        this.stream = undefined;
        if (this.isFetched) this.options.streams.scheduler.schedule(this, 0);
        else this.again();
        return Ret.ok;
      case StreamState.unreachable:
      case StreamState.disconnected:
      case StreamState.authFailed:
      case StreamState.qosNackRemote:
      case StreamState.timeout:
      case StreamState.allRetriesFailed:
        return this.fail(new LwsError("POLICY_UNAVAILABLE", stateName(state)));
      default:
        return Ret.ok;
    }
  }

  /** @internal */
  rx(_stream: Stream, bytes: Uint8Array, from: number, to: number, flags: number): Ret {
    const { limits = {} } = this.options;
    if (flags & Part.som) {
      this.forget();
      this.reader = new PolicyReader(limits);
    }
    this.isWhole = (flags & Part.eom) !== 0;
    this.count += to - from;
    try {
      this.reader?.push(bytes, from, to);
    } catch (error) {
      this.fault = error;
      this.reader = undefined;
    }
    // What is no policy may be a page that says why there is none, and then the server will tell that it went wrong; but that is not waited for without end.
    return this.fault && this.count > (limits.text ?? textLimit) ? this.fail(this.fault) : Ret.ok;
  }

  /** The server has said that all was well. */
  private complete(): Ret {
    if (this.fault) return this.fail(this.fault);
    if (!this.reader || !this.isWhole) return this.fail(new LwsError("POLICY_SYNTAX"));
    this.isFetched = true;
    return Ret.destroy;
  }

  // --- what comes of it ------------------------------------------------------------------------------------------------------------

  /** One more entry is checked; after the last one the policy is installed. */
  private check(): void {
    const { streams, bus } = this.options;
    let policy: Policy | undefined;
    try {
      policy = this.reader?.next();
      if (policy) this.install(policy);
    } catch (error) {
      this.isFetched = false;
      this.fail(error);
      this.again();
      return;
    }
    if (!policy) {
      streams.scheduler.schedule(this, 0);
      return;
    }
    this.forget();
    this.isDone = true;
    log.notice("policy", `release ${policy.release} in place of the image's own`);
    bus?.send(BusClass.systemState, { policy: "updated", release: policy.release, time: now() });
    this.release();
  }

  private install(policy: Policy): void {
    const { streams } = this.options;
    const { product } = streams.policy;
    if (product !== "" && policy.product !== product) throw new LwsError("POLICY_PRODUCT", policy.product);
    streams.replace(policy);
  }

  private keep(error: ErrorCode): void {
    const { bus, streams } = this.options;
    this.error = error;
    log.err("policy", `${error}: release ${streams.policy.release} is kept`);
    bus?.send(BusClass.systemState, { policy: "kept", error, time: now() });
  }

  private goOn(error: ErrorCode): void {
    this.keep(error);
    this.release();
  }

  /** The system is not held up any more. */
  private release(): void {
    const { ladder } = this.options;
    this.isBusy = false;
    ladder.advance(ladder.target);
  }
}

/** Seconds since 1970. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
