/** A test image: the setup image, which logs all that it can. */
import type { Context } from "lws/core/context";
import { LogLevel, log } from "lws/core/log";
import { startSetup } from "plugins/setup-site";

export default function start(context: Context): void {
  log.level = LogLevel.err | LogLevel.warn | LogLevel.notice | LogLevel.info | LogLevel.debug;
  startSetup({ context });
}
