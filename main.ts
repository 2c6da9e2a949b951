/** Entry of every image: makes the context and starts the image's own module. */
import start from "app";
import { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Chip } from "lws/platform/chip";
import { Boot } from "lws/platform/flash";
import { RtcWord } from "lws/platform/rtc-word";
import { noteFailure } from "lws/update/rollback";

const context = new Context();
context.enter();
try {
  // An image that nobody watches is to stay once it has started.
  if (start(context) === undefined && Boot.pending) Boot.confirm();
} catch (error) {
  log.err("main", `the image can't start: ${error instanceof Error ? `${error.message}\n${error.stack}` : error}`);
  if (Boot.running === "factory") throw error;
  if (Boot.pending) {
    noteFailure("exception");
    Boot.reject();
  } else {
    // An application that can't start must not take the way back with it.
    Chip.rtc = RtcWord.requestFactory;
  }
  Chip.restart();
}
context.leave();
