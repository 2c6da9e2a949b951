/** The half of a stream that sees to its connection: when one is dialled, what comes of it, and when the next attempt is made. Never are there two at once. */
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import type { Adapter, Link } from "./adapter";
import { Readiness } from "./auth";
import { Ret, type StreamHandlers } from "./handlers";
import type { Value } from "./metadata";
import { StreamFlag, type StreamType } from "./policy";
import { countFailure, isConcealed, randomJitter, retryDelay } from "./retry";
import { StreamState } from "./states";
import type { Stream } from "./stream";
import { Is, StreamStates } from "./stream-states";
import type { Streams } from "./streams";
import { targetOf } from "./target";

const enum Phase {
  idle,
  /** An attempt is under way, or has led to a connection. */
  trying,
  /** The next attempt is scheduled. */
  waiting,
}

/** The time that the user has given to what the stream is at. */
class StreamTimer extends Sul {
  constructor(private readonly stream: StreamAttempts<unknown>) {
    super();
  }
  override fire(): void {
    this.stream.timedOut();
  }
}

export abstract class StreamAttempts<User> extends StreamStates<User> {
  /** @internal In the order of the names that the type declares. */
  values: (Value | undefined)[] | undefined = undefined;
  protected link: Link | undefined = undefined;
  private phase = Phase.idle;
  /** Attempts that have failed since the last success. */
  protected failures = 0;
  /** Milliseconds that a server wants us to wait at least. */
  protected least = 0;
  private timer: StreamTimer | undefined = undefined;

  constructor(
    protected readonly streams: Streams,
    /** Undefined for a stream that never dials. */
    private readonly adapter: Adapter | undefined,
    type: StreamType,
    handlers: StreamHandlers<User>,
  ) {
    super(type, handlers);
  }

  /** @internal The stream is complete: false when its user does not want it. */
  start(): boolean {
    // All of them may have been closed while its trust store was built.
    if (this.streams.isClosing) {
      this.finish();
      return false;
    }
    if (!this.report(StreamState.creating)) return false;
    if (this.type.flags & StreamFlag.nailedUp) this.is |= Is.askedConnect;
    this.pump();
    return true;
  }

  /** @internal The scheduler's call: the next attempt is due, or what was asked for in a callback. */
  override fire(): void {
    const asked = this.is & Is.asked;
    this.is &= ~Is.asked;
    if (asked & Is.askedConnect) this.failures = 0;
    if (this.phase === Phase.waiting) {
      if (asked & Is.askedTx) this.is |= Is.wantsTx;
      this.attempt();
    } else if (asked) this.begin(asked);
    this.pump();
  }

  /** What was asked for from inside of a callback is done now, or where that means an attempt, in a turn of its own. */
  protected pump(): void {
    const { is, phase } = this;
    if (!(is & Is.asked) || is & (Is.over | Is.busy)) return;
    if (phase === Phase.idle || (phase === Phase.waiting && is & Is.askedConnect)) {
      this.streams.scheduler.schedule(this, 0);
      return;
    }
    this.is &= ~Is.asked;
    this.begin(is & Is.asked);
  }

  /** Connects, or writes, or both. `asked` has bits of {@link Is}. */
  protected begin(asked: number): Ret {
    if (asked & Is.askedTx) this.is |= Is.wantsTx;
    if (this.phase === Phase.trying) {
      if (asked & Is.askedTx) this.link?.requestTx();
      return Ret.ok;
    }
    if (this.phase === Phase.waiting && !(asked & Is.askedConnect)) return Ret.ok;
    const isPoll = asked === Is.askedTx && this.last !== StreamState.poll;
    if (isPoll && !this.report(StreamState.poll)) return Ret.dontSend;
    const ret = this.attempt() ? Ret.ok : Ret.dontSend;
    this.pump();
    return ret;
  }

  /** One attempt to connect. False when it has failed already. */
  private attempt(): boolean {
    const { streams, adapter, type, values } = this;
    streams.scheduler.cancel(this);
    if (streams.isTooEarly(type)) {
      this.phase = Phase.waiting;
      return true;
    }
    this.phase = Phase.trying;
    let target: ReturnType<typeof targetOf> | undefined;
    let failure: unknown;
    try {
      target = targetOf(type, values);
    } catch (error) {
      failure = error;
    }
    if (!this.report(StreamState.connecting) || this.phase !== Phase.trying) return false;
    try {
      const readiness = streams.prepare(this as unknown as Stream);
      if (readiness !== Readiness.ready) {
        this.putOff(readiness);
        return false;
      }
      if (!target || !adapter) throw failure;
      this.link = adapter.dial(this as unknown as Stream, target);
    } catch (error) {
      log.warn(this.tag, (error as Error).message);
      if (error instanceof LwsError) (this as unknown as Stream).failure = error.code;
      this.lose(0);
      return false;
    }
    return true;
  }

  /** There is nothing to show who we are with, not yet or not at all. */
  private putOff(readiness: Readiness): void {
    if (readiness === Readiness.wait) {
      this.phase = Phase.idle;
      this.retry();
    } else if (this.report(StreamState.authFailed) && this.phase === Phase.trying) this.lose(0);
  }

  /** @internal What has held attempts back does so no more. */
  goOn(): void {
    // One that is scheduled waits for its own time.
    if (this.phase === Phase.waiting && this.next === null) this.streams.scheduler.schedule(this, 0);
  }

  protected override hangUp(): void {
    if (this.phase !== Phase.trying) return;
    this.link?.close();
    this.lose(0);
  }

  /** The connection is over, or there will be none: says so, and sees to the next one where the policy wants one. */
  protected lose(ordinal: number): void {
    const { protocol } = this.type;
    const wasConnected = (this.is & Is.connected) !== 0;
    const again = !this.streams.isClosing && (!wasConnected || this.isWanted());
    this.link = undefined;
    this.phase = Phase.idle;
    this.is &= Is.unconnected;
    if (!again) this.is &= ~Is.wantsTx;
    if (!again || (wasConnected && protocol !== "h1" && protocol !== "h2")) this.cancelTimeout();
    // A server that refuses our credentials has told what came of the attempt.
    const isTold = !wasConnected && this.last === StreamState.authFailed;
    const state = wasConnected ? StreamState.disconnected : StreamState.unreachable;
    if ((isTold ? this.alive : this.report(state, ordinal)) && again) this.retry();
  }

  /** Whether the policy wants another connection after one that is lost. */
  private isWanted(): boolean {
    const { flags, protocol } = this.type;
    if (flags & StreamFlag.nailedUp) return true;
    return !(flags & StreamFlag.opportunistic) && (!(this.is & Is.done) || protocol === "ws");
  }

  private retry(): void {
    const { retry } = this.type;
    const delay = retryDelay(retry, this.failures, randomJitter(), this.least);
    this.least = 0;
    this.failures = countFailure(this.failures);
    if (isConcealed(retry, this.failures)) {
      this.phase = Phase.waiting;
      this.streams.scheduler.schedule(this, delay);
      return;
    }
    this.is &= ~Is.wantsTx;
    this.cancelTimeout();
    this.report(StreamState.allRetriesFailed);
  }

  protected override finish(): void {
    const { link, streams } = this;
    this.is |= Is.ending;
    streams.scheduler.cancel(this);
    this.cancelTimeout();
    this.link = undefined;
    link?.close();
    if (this.is & Is.connected) this.report(StreamState.disconnected);
    if (this.last !== StreamState.none) this.report(StreamState.destroying);
    this.is |= Is.gone;
    this.values = undefined;
    streams.forget(this as unknown as Stream);
  }

  // --- time -------------------------------------------------------------------------------------------------------------------

  /** Reports TIMEOUT after `delay` milliseconds, or those of the policy, in place of an earlier call's. */
  startTimeout(delay = 0): void {
    const time = delay > 0 ? delay : (this.type.timeout ?? 0);
    if (this.isOver() || time === 0) return;
    this.timer ??= new StreamTimer(this as unknown as StreamAttempts<unknown>);
    this.streams.scheduler.schedule(this.timer, time);
  }

  cancelTimeout(): void {
    if (this.timer) this.streams.scheduler.cancel(this.timer);
  }

  /** @internal */
  timedOut(): void {
    this.report(StreamState.timeout);
    this.pump();
  }
}
