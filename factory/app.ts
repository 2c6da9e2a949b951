/** The setup image: a page at 192.168.4.1 that joins networks and takes the application. */
import type { Context } from "lws/core/context";
import { unitStreams } from "lws/secure-streams/unit-streams";
import { startSetup } from "plugins/setup-site";
import { policy } from "./policy";

/** True for units that get their certificate on a line: until they have one they serve http://192.168.4.1/ with a form for it, and make none. */
const UNPROVISIONED_HTTP = false;

export default function start(context: Context): void {
  startSetup({
    context,
    unprovisionedHttp: UNPROVISIONED_HTTP,
    streams: (unit, resolver) => unitStreams(policy, unit, resolver),
  });
}
