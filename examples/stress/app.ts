/** Streams that come and go by the hundred: how many trust stores there are meanwhile, and what is left of them. */

import { online } from "examples/online";
import type { Resolver } from "lws/client/dns/resolver";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Alarm } from "lws/core/scheduler";
import { Chip } from "lws/platform/chip";
import { H1Streams } from "lws/secure-streams/h1";
import { Ret, type StreamHandlers } from "lws/secure-streams/handlers";
import { StreamState } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { policy } from "./policy";

const CROWD = 100;
const VISITS = 100;

/** Wants nothing. */
class Idle implements StreamHandlers {
  state(): Ret {
    return Ret.ok;
  }
}

class Stress implements StreamHandlers {
  private visits = 0;
  private good = 0;
  private native = 0;
  private readonly next = new Alarm(() => this.visit());

  constructor(
    private readonly context: Context,
    private readonly streams: Streams,
  ) {}

  private say(what: string): void {
    const { length, trust } = this.streams;
    log.notice("stress", `${what}: ${length} streams, ${trust.length} trust stores, ${trust.draining} draining`);
  }

  /** All at once. */
  crowd(): void {
    const idle = new Idle();
    const crowd: Stream[] = [];
    this.say("at first");
    for (let i = 0; i < CROWD; i++) crowd.push(this.streams.create("page", idle, { user: undefined }) as Stream);
    this.say("a crowd");
    for (const stream of crowd) stream.destroy();
    this.say("nobody");
    this.context.scheduler.schedule(this.next, 0);
  }

  /** One after the other, each with a trust store, a handshake and a page of its own. */
  private visit(): void {
    if (this.streams.trust.draining > 0) {
      // The memory of the last one is given back when its connection has ended.
      this.context.scheduler.schedule(this.next, 1);
      return;
    }
    const { native } = Chip.heap();
    // The first visits make what stays: what is known of the server's name, and the timer.
    if (this.visits === 2) this.native = native;
    if (this.visits === VISITS) {
      this.say(`${this.good} pages in ${VISITS} visits, ${native - this.native} bytes of native heap more`);
      return;
    }
    this.visits++;
    this.streams.create("page", this, { user: undefined });
  }

  state(stream: Stream, state: number): Ret {
    if (state === StreamState.creating) stream.connect();
    if (state === StreamState.qosAckRemote) this.good++;
    if (state === StreamState.destroying) this.context.scheduler.schedule(this.next, 0);
    return state === StreamState.disconnected || state === StreamState.allRetriesFailed ? Ret.destroy : Ret.ok;
  }
}

export default function start(context: Context): void {
  online(context, (resolver: Resolver) => {
    const streams = new Streams({ context, policy, adapters: { h1: new H1Streams({ resolver }) } });
    new Stress(context, streams).crowd();
  });
}
