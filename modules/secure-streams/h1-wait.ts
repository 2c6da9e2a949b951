/** How long a server that has no time for us wants to be left alone. */
import type { HttpExchange } from "lws/client/http/exchange";
import { parseDate } from "lws/http/date";

/** Longest wait that a server may ask for, in milliseconds. */
const longestWait = 24 * 3600 * 1000;

/** Milliseconds that a server wants us to wait (RFC 9110 §10.2.3); 0 where it does not say. */
export function retryAfter(exchange: HttpExchange): number {
  const text = exchange.header("retry-after") ?? "";
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, longestWait);
  const until = parseDate(text);
  if (until === undefined) return 0;
  // The server knows what time it is where it is.
  const now = parseDate(exchange.header("date") ?? "") ?? Date.now() / 1000;
  return Math.min(Math.max(Math.ceil(until - now), 0) * 1000, longestWait);
}
