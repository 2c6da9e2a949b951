/** What the user of a stream gives, and what it is given. */
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import type { Stream } from "./stream";

/** What a callback, or a call, comes to. */
export const enum Ret {
  ok = 0,
  /** `tx`: there is nothing to send now. A call: nothing has come of it. */
  dontSend = 1,
  /** Closes the connection; the policy decides whether another is made. */
  disconnect = -1,
  /** Destroys the stream when the callback has returned. */
  destroy = -2,
}

/** What a piece of payload is. */
export const enum Part {
  /** The first of a message. */
  som = 1,
  /** The last of a message. */
  eom = 2,
  poll = 4,
  /** The message is the first of several that belong together; the last of them. */
  relatedStart = 8,
  relatedEnd = 16,
  rideshare = 32,
  /** No payload, but times of the connection as JSON. */
  perf = 64,
}

/**
 * The user of a stream. No callback of a stream is called from inside of another of the same stream: what one asks for is done when it has returned. What
 * one throws is logged and costs the connection.
 */
export interface StreamHandlers<User = unknown> {
  /** A {@link StreamState}, or a state of the user's own; `source` is the other end of a local sink. */
  state(stream: Stream<User>, state: number, ordinal: number, source?: Stream): Ret;
  /** A piece of what has come; the buffer is not the user's. `flags` has bits of {@link Part}. */
  rx?(stream: Stream<User>, bytes: Uint8Array, from: number, to: number, flags: number): Ret;
  /** One piece may be written. `ordinal` counts these calls. */
  tx?(stream: Stream<User>, ordinal: number, room: Room): Ret;
}

/** Where a `tx` callback puts what it sends. There is one for all streams. */
export class Room {
  /** The room is `[from, to)` of these. */
  from = 0;
  to = 0;
  /** Bytes that were put there. */
  length = 0;
  /** Bits of {@link Part}. */
  flags = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** Bytes that there is still room for. */
  get left(): number {
    return this.to - this.from - this.length;
  }

  /** Appends bytes, as many as there is room for, or a text as a whole. Returns how many bytes were put; 0 for a text that does not fit. */
  put(data: string | ByteSource, from = 0, to = typeof data === "string" ? 0 : data.byteLength): number {
    const at = this.from + this.length;
    let count = 0;
    if (typeof data !== "string") {
      count = Math.min(to - from, this.left);
      Bytes.copy(data, from, from + count, this.bytes, at);
    } else if (Bytes.size(data) <= this.left) count = Bytes.put(data, this.bytes, at) - at;
    this.length += count;
    return count;
  }

  /** @internal Opens it for a callback. */
  open(from: number, to: number): void {
    this.from = from;
    this.to = to;
    this.length = 0;
    this.flags = 0;
  }
}
