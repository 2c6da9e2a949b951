/** A test image: a unit that is told its network over the serial line. */
import type { Context } from "lws/core/context";
import { Improv } from "lws/system/improv";
import { Unit } from "lws/system/unit";

export default function start(context: Context): void {
  const unit = new Unit({ context, accessPoint: true });
  unit.start();
  new Improv({ unit, firmware: "lws-xs", version: "1.2.3" });
}
