/**
 * Log lines in lws' levels. A call below notice stands behind a test of {@link log.level}, so that it costs nothing when it is off:
 * `if (log.level & LogLevel.info) log.info("wsi", …)`. Never log a body, a passphrase or a key.
 */
import { Chip } from "lws/platform/chip";

export const enum LogLevel {
  err = 1,
  warn = 2,
  notice = 4,
  info = 8,
  debug = 16,
}

class Log {
  /** Bits of {@link LogLevel} that are printed. */
  level: number = LogLevel.err | LogLevel.warn | LogLevel.notice;

  /** `tag` names the object that speaks: "wsi 12", "vhost ap", "wifi". */
  err(tag: string, text: string): void {
    this.#line(LogLevel.err, "E", tag, text);
  }
  warn(tag: string, text: string): void {
    this.#line(LogLevel.warn, "W", tag, text);
  }
  notice(tag: string, text: string): void {
    this.#line(LogLevel.notice, "N", tag, text);
  }
  info(tag: string, text: string): void {
    this.#line(LogLevel.info, "I", tag, text);
  }
  debug(tag: string, text: string): void {
    this.#line(LogLevel.debug, "D", tag, text);
  }

  #line(level: number, letter: string, tag: string, text: string): void {
    if (this.level & level) Chip.log(`${letter} ${tag}: ${text}`);
  }
}

export const log = new Log();
