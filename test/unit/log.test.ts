/** Levels of the log. What a level lets through is seen on the console by the suite that runs this image. */
import { LogLevel, log } from "lws/core/log";
import { equal, test } from "./harness";

test("log: below notice nothing is printed unless asked for", () => {
  equal(log.level & LogLevel.err, LogLevel.err);
  equal(log.level & LogLevel.warn, LogLevel.warn);
  equal(log.level & LogLevel.notice, LogLevel.notice);
  equal(log.level & LogLevel.info, 0);
  equal(log.level & LogLevel.debug, 0);
});

test("log: every level prints exactly what its bits say", () => {
  const { level } = log;
  for (const bits of [0, 1, 2, 4, 8, 16, 31]) {
    log.level = bits;
    log.err("levels", `${bits} err`);
    log.warn("levels", `${bits} warn`);
    log.notice("levels", `${bits} notice`);
    log.info("levels", `${bits} info`);
    log.debug("levels", `${bits} debug`);
  }
  log.level = level;
});

test("log: any text is one line", () => {
  log.notice("levels", "");
  log.notice("levels", "é 😀 \u0000 \u001b[31m \n second \r third \u2028 \ud800");
  log.notice("levels", "x".repeat(4000));
});
