/** The half of a stream that talks to its user: one callback at a time, and states only in an order that is legal. */
import { LwsError } from "lws/core/errors";
import { LogLevel, log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { Ret, type StreamHandlers } from "./handlers";
import type { StreamType } from "./policy";
import { isUnchecked, mayFollow, StreamState, stateName } from "./states";
import type { Stream } from "./stream";

/** Bits of what a stream is. */
export const enum Is {
  /** A callback of the user is running. */
  busy = 1,
  /** CONNECTED was reported, DISCONNECTED not yet. */
  connected = 2,
  /** A transaction has been completed on this connection. */
  done = 4,
  ending = 8,
  gone = 16,
  /** The user wants to write. */
  wantsTx = 32,
  /** What was asked for from inside of a callback: a connection, or a write. */
  askedConnect = 64,
  askedTx = 128,

  // Combinations, named here because the compiler folds them nowhere else.
  asked = askedConnect | askedTx,
  over = ending | gone,
  /** What ends with a connection. */
  connection = connected | done,
  unconnected = ~connection,
}

export abstract class StreamStates<User> extends Sul {
  /** The last state that was reported, those that pass at any time left out. */
  last: number = StreamState.none;
  /** @internal Bits of {@link Is}. */
  protected is = 0;
  protected stateBy: Pick<StreamHandlers<User>, "state">;

  constructor(
    readonly type: StreamType,
    handlers: StreamHandlers<User>,
  ) {
    super();
    this.stateBy = handlers;
  }

  /** @internal Tells the user, if that may be told now; what may not ends the stream. False when the stream is over. */
  report(state: number, ordinal = 0, source?: Stream): boolean {
    this.enter();
    if (!isUnchecked(state)) {
      if (!mayFollow(this.last, state, this.type.protocol === "mqtt")) {
        log.err(this.tag, `${stateName(state)} can't follow ${stateName(this.last)}`);
        return this.obey(Ret.destroy);
      }
      this.last = state;
    }
    if (log.level & LogLevel.debug) log.debug(this.tag, stateName(state));
    let ret = Ret.disconnect;
    try {
      ret = this.stateBy.state(this as unknown as Stream<User>, state, ordinal, source);
    } catch (error) {
      this.complain(error);
    }
    return this.obey(state === StreamState.eventWaitCancelled ? Ret.ok : ret);
  }

  protected get tag(): string {
    return `stream ${this.type.name}`;
  }

  /** Neither over nor about to be. */
  get alive(): boolean {
    return (this.is & Is.over) === 0;
  }

  /** @internal A callback of the user is running. */
  get isBusy(): boolean {
    return (this.is & Is.busy) !== 0;
  }

  /** A callback is about to be called. */
  protected enter(): void {
    if (this.is & Is.busy) throw new LwsError("STREAM_IN_CALLBACK", this.type.name);
    this.is |= Is.busy;
  }

  /** A callback has thrown. */
  protected complain(error: unknown): void {
    log.err(this.tag, error instanceof Error ? `${error}\n${error.stack ?? ""}` : String(error));
  }

  /** A callback has returned: does what it wants. False when the stream is over. */
  protected obey(ret: Ret): boolean {
    this.is &= ~Is.busy;
    if (this.is & Is.over) return false;
    if (ret === Ret.destroy) this.finish();
    else if (ret === Ret.disconnect) this.hangUp();
    return this.alive;
  }

  /** True when nothing can be asked any more; throws once nothing may be. */
  protected isOver(): boolean {
    if (this.is & Is.gone) throw new LwsError("STREAM_GONE", this.type.name);
    return (this.is & Is.ending) !== 0;
  }

  /** Closes the connection, or ends the attempt. */
  protected abstract hangUp(): void;
  /** Ends the stream. */
  protected abstract finish(): void;
}
