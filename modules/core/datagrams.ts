/** Datagrams for services of the system: all that wait are read into the context's buffer, one after the other, as one event. */
import type { UDP } from "lws/platform/sockets";
import type { Context } from "./context";
import { log } from "./log";

export interface Recipient {
  /** @internal Undefined where there is none, or none any more. */
  readonly socket: UDP | undefined;
  /** @internal A datagram of `length` bytes stands in the context's buffer; `socket` says who has sent it. */
  receive(socket: UDP, length: number): void;
}

/** Hands over what waits. What a datagram makes the recipient throw is logged under `tag`, and goes no further. Without a closure of its own, as `Context.guard` needs one. */
export function receiveAll(context: Context, tag: string, to: Recipient): void {
  const { buffer } = context;
  context.enter();
  try {
    for (let { socket } = to; socket; { socket } = to) {
      const length = socket.read(buffer, 0, buffer.length);
      if (length < 0) break;
      to.receive(socket, length);
    }
  } catch (error) {
    log.err(tag, String(error));
  }
  context.leave();
}
