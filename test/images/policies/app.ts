/** A test image: what a policy costs that is there and not used, what one of its stream types does that is used, and what streams cost. */
import Digital from "embedded:io/digital";
import type { Context } from "lws/core/context";
import { Chip } from "lws/platform/chip";
import type { Adapter, Link } from "lws/secure-streams/adapter";
import { Ret, type StreamHandlers } from "lws/secure-streams/handlers";
import type { StreamType } from "lws/secure-streams/policy";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { policy } from "./policy";

const BUTTON = 14;

/** Speaks to nobody. */
class Mute implements Adapter {
  readonly alpn = "http/1.1";
  dial(): Link {
    throw new Error("nobody is dialled");
  }
}

/** Wants nothing. */
class Idle implements StreamHandlers<undefined> {
  state(): Ret {
    return Ret.ok;
  }
}

/** What is held. */
let entry: StreamType | undefined;
let first: Stream | undefined;
let second: Stream | undefined;

export default function start(context: Context): void {
  const streams = new Streams({ context, policy, adapters: { h1: new Mute() } });
  const idle = new Idle();
  let presses = 0;
  // Each press of the button holds one thing more, each fourth none of them.
  new Digital({
    pin: BUTTON,
    mode: Digital.InputPullUp,
    edge: Digital.Falling,
    onReadable() {
      presses++;
      if (presses % 4 === 1) entry = policy.stream("firmware");
      else if (presses % 4 === 2) first = streams.create("firmware", idle, { user: undefined }) as Stream;
      else if (presses % 4 === 3) second = streams.create("firmware", idle, { user: undefined }) as Stream;
      else {
        first?.destroy();
        second?.destroy();
        first = second = entry = undefined;
      }
      Chip.log(`policies: press ${presses}, ${entry?.endpoint}, ${streams.length} streams`);
    },
  });
  Chip.log(`policies: release ${policy.release}, ${policy.store("update")?.join(",")}`);
}
