/** A test image: what a policy costs that is there and not used, and what one of its stream types does that is. */
import Digital from "embedded:io/digital";
import type { Context } from "lws/core/context";
import { Chip } from "lws/platform/chip";
import type { StreamType } from "lws/secure-streams/policy";
import { policy } from "./policy";

const BUTTON = 14;

/** What is held. */
let entry: StreamType | undefined;

export default function start(_context: Context): void {
  // The button takes an entry, as the first stream of a type does.
  new Digital({
    pin: BUTTON,
    mode: Digital.InputPullUp,
    edge: Digital.Falling,
    onReadable() {
      entry = policy.stream("firmware");
      Chip.log(`policies: took ${entry?.name}, ${entry?.endpoint}`);
    },
  });
  Chip.log(`policies: release ${policy.release}, ${policy.store("update")?.join(",")}`);
}
