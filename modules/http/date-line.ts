/** The Date header (RFC 9110 §6.6.1), made once a second while responses go out, and left out until the clock is set. */
import type { Context } from "lws/core/context";
import { Alarm } from "lws/core/scheduler";
import { formatDate } from "./date";

/** 2024 began: a clock that is behind it has not been set. */
const plausible = 1704067200000;

/** The header with its CRLF, or "". */
export function dateLine(context: Context): string {
  const now = Date.now();
  const line = now < plausible ? "" : `Date: ${formatDate(Math.floor(now / 1000))}\r\n`;
  context.date = line;
  context.scheduler.schedule(
    new Alarm(() => {
      context.date = undefined;
    }),
    1000 - (now % 1000),
  );
  return line;
}
