/** A test image: an application that goes back to setup when its network has been gone for eight seconds. */
import type { Context } from "lws/core/context";
import { Unit } from "lws/system/unit";

export default function start(context: Context): void {
  new Unit({ context, fallback: 8000 }).start();
}
