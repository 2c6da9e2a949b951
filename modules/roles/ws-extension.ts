/** What the WebSocket role asks of a compression extension (RFC 6455 §9). An image names the one that it links. */
import type { ErrorCode } from "lws/core/errors";
import type { Writable } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { WsState } from "./ws-state";

export interface Extension {
  /**
   * Looks through a Sec-WebSocket-Extensions header. Undefined: no offer suits. Throws LwsError("BAD_REQUEST") where the header is
   * malformed.
   */
  negotiate(offers: string): ExtensionSession | undefined;
}

/** What was agreed on for one connection. */
export interface ExtensionSession {
  /** Value of the Sec-WebSocket-Extensions header that says so. */
  readonly answer: string;
  /** A piece of a compressed message, unmasked, lies in `[from, to)` of the context's buffer. Returns where to go on. */
  receive(wsi: Wsi, ws: WsState, from: number, to: number): number | ErrorCode;
  /** Sends what a protocol writes; false where it is to go out as it is. */
  write(wsi: Wsi, data: Writable, how: number, from: number, to: number): boolean;
  /** The connection is over. */
  close(): void;
}
