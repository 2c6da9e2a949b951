/** The first protocol of a vhost: WebSocket clients that ask for none get it, and nothing happens. */
import { Protocol } from "lws/core/protocol";

export class HttpOnly extends Protocol {
  static readonly protocol = "http-only";
}
