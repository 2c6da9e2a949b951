/** Entry of every image: makes the context and starts the image's own module. */
import start from "app";
import { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Chip } from "lws/platform/chip";
import { Boot } from "lws/platform/flash";
import { RtcWord } from "lws/platform/rtc-word";

const context = new Context();
context.enter();
try {
  start(context);
  // What has started is to stay.
  if (Boot.pending) Boot.confirm();
} catch (error) {
  log.err("main", `the image can't start: ${error instanceof Error ? `${error.message}\n${error.stack}` : error}`);
  if (Boot.running === "factory") throw error;
  // An application that can't start must not take the way back with it.
  Chip.rtc = RtcWord.requestFactory;
  Chip.restart();
}
context.leave();
