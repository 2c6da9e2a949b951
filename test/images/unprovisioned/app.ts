/** A test image: the setup image as it is built for units that get their certificate on a line. */
import type { Context } from "lws/core/context";
import { startSetup } from "plugins/setup-site";

export default function start(context: Context): void {
  startSetup({ context, unprovisionedHttp: true });
}
