/** A test image: the setup image, which logs all that it can, and whose serial line is taken, as in a debugger. */
import Serial from "embedded:io/serial";
import type { Context } from "lws/core/context";
import { LogLevel, log } from "lws/core/log";
import { chipPins } from "lws/system/pins";
import { startSetup } from "plugins/setup-site";

export default function start(context: Context): void {
  log.level = LogLevel.err | LogLevel.warn | LogLevel.notice | LogLevel.info | LogLevel.debug;
  const { transmit, receive } = chipPins();
  new Serial({ transmit, receive, baud: 115200, format: "buffer" });
  startSetup({ context });
}
