/**
 * Whether the network leads to the internet, or to a page where somebody has to log in first: found out by a stream of the type "captive_portal_detect", when the network has come or
 * is another one, and when somebody asks for it on the bus. Behind such a page the system does not rise to the states that need the time or TLS.
 */
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import type { NetworkAddress } from "lws/platform/sockets";
import { BusClass, type BusPeer, type Message } from "lws/system/bus";
import { type Ladder, type Notifier, SystemState } from "lws/system/ladder";
import type { Unit } from "lws/system/unit";
import { Ret, type StreamHandlers } from "./handlers";
import { setPlace } from "./place";
import { StreamFlag } from "./policy";
import { StreamState } from "./states";
import type { Stream } from "./stream";
import type { Streams } from "./streams";

/** As the bus has it, in `result` of `{ type: "cpd", result }`. */
export type Verdict = "ok" | "captive" | "no internet";

/** What it needs of a unit. */
export type Networked = Pick<Unit, "bus" | "changed" | "context" | "ladder"> & {
  readonly network: Pick<Unit["network"], "address">;
};

export interface CaptivePortalOptions {
  unit: Networked;
  /** Makes the stream. Asked for each detection. */
  streams: () => Streams;
  /** Where the stream goes, by its values `server` and `path`; "": nothing is asked, and nothing waits for it. Default: the policy says it. */
  url?: () => string;
  /** Milliseconds for a detection where the policy has no `timeout_ms`. Default 3000. */
  timeout?: number;
  /** Milliseconds until it is looked again behind a captive portal, where somebody may have logged in meanwhile. Default a minute. */
  again?: number;
}

const TYPE = "captive_portal_detect";
/** State that a policy maps 511 to, "Network Authentication Required" (RFC 6585 §6). */
const CHALLENGED = 1511;

export class CaptivePortalDetect extends Sul implements BusPeer, Notifier, StreamHandlers {
  /** Of this network; undefined until there is one. The first of a detection counts. */
  verdict: Verdict | undefined = undefined;
  private stream: Stream | undefined = undefined;
  /** What DHCP has given when it was looked last. */
  private about: NetworkAddress | undefined = undefined;
  /** There is nothing to ask. */
  private isIdle = false;
  private readonly options: CaptivePortalOptions;

  constructor(options: CaptivePortalOptions) {
    super();
    this.options = options;
    options.unit.ladder.add(this);
    options.unit.bus.join(BusClass.network, this);
  }

  close(): void {
    const { unit } = this.options;
    unit.ladder.remove(this);
    unit.bus.leave(this);
    this.stop();
  }

  /** @internal */
  mayEnter(_ladder: Ladder, to: SystemState): boolean {
    if (to !== SystemState.timeValid || this.isIdle) return true;
    // The bus has told of the network, or will; but nothing is to hang on that.
    if (this.verdict === undefined && !this.stream) this.detect();
    return this.isIdle || (this.verdict !== undefined && this.verdict !== "captive");
  }

  /** @internal The network is another one, or somebody wants to know. */
  heard(_kind: number, message: Message): void {
    const { address } = this.options.unit.network;
    if (message["trigger"] === "cpdcheck") this.detect();
    if (message["type"] !== "route" || address === this.about) return;
    if (address?.gateway !== this.about?.gateway) this.stop();
    this.detect();
  }

  /** @internal */
  override fire(): void {
    this.detect();
  }

  private stop(): void {
    const { stream } = this;
    this.options.unit.context.scheduler.cancel(this);
    this.stream = this.verdict = this.about = undefined;
    stream?.destroy();
  }

  /** One at a time: who wants to know while one is under way gets its verdict. */
  private detect(): void {
    const { unit, streams, url, timeout = 3000 } = this.options;
    const { address } = unit.network;
    this.about = address;
    if (this.stream || !address) return;
    unit.context.scheduler.cancel(this);
    const place = url?.();
    this.isIdle = place === "";
    if (this.isIdle) return;
    this.verdict = undefined;
    try {
      const stream = streams().create(TYPE, this, { user: undefined });
      this.stream = stream;
      if (place !== undefined) setPlace(stream, place);
      stream.startTimeout(stream.type.timeout ?? timeout);
      stream.connect();
    } catch (error) {
      log.warn("cpd", String(error));
      this.stream = undefined;
      this.isIdle = true;
    }
  }

  /** @internal */
  state(stream: Stream, state: number): Ret {
    if (stream !== this.stream) return Ret.ok;
    switch (state) {
      case StreamState.qosAckRemote:
        return this.conclude("ok");
      case CHALLENGED:
        return this.conclude("captive");
      case StreamState.unreachable:
        return isElsewhere(stream) ? this.conclude("captive") : Ret.ok;
      case StreamState.disconnected:
      case StreamState.allRetriesFailed:
      case StreamState.timeout:
        return this.conclude("no internet");
      default:
        return Ret.ok;
    }
  }

  private conclude(verdict: Verdict): Ret {
    const { unit, again = 60_000 } = this.options;
    this.stream = undefined;
    this.verdict = verdict;
    log.notice("cpd", verdict);
    unit.bus.send(BusClass.network, { type: "cpd", result: verdict });
    if (verdict === "captive") unit.context.scheduler.schedule(this, again);
    unit.changed();
    return Ret.destroy;
  }
}

/** The answer was a redirect, and the policy says what that means. */
function isElsewhere({ status = 0, type }: Stream): boolean {
  return (type.flags & StreamFlag.failRedirect) !== 0 && status >= 300 && status < 400;
}
