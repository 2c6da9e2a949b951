/** Between a stream and what it speaks: one adapter per protocol, which an image names if it links it, and one link per connection of a stream. */
import type { Milestone } from "lws/client/connect";
import type { ErrorCode } from "lws/core/errors";
import type { StreamType } from "./policy";
import type { Stream } from "./stream";
import type { Target } from "./target";

/** Measures how long an attempt takes, for stream types that want that. */
export interface Meter {
  /** As {@link Caller.passed}. */
  passed(milestone: Milestone, what: string): void;
  /** The peer has answered: by HTTP with this status. */
  answered(status: number): void;
  /** What the user is told, as JSON. */
  readonly text: string;
}

export interface Adapter {
  /** What a TLS connection is to agree on (RFC 7301); "" for nothing. */
  readonly alpn: string;
  /** The same for a stream type, where that makes a difference. */
  alpnOf?(type: StreamType): string;
  /** Throws STREAM_UNSUPPORTED for a type that needs what is not linked. */
  check?(type: StreamType): void;
  /**
   * Begins an attempt. The link calls the stream in later turns only: `connected`, `receive`, `fill`, `acknowledge`, and at its end `ended`, once; never after its own
   * {@link Link.close}. Throws where the attempt can't even begin.
   */
  dial(stream: Stream, target: Target): Link;
}

/** A connection of a stream, or its share of one. */
export interface Link {
  /** What its times are measured by. */
  readonly meter?: Meter | undefined;
  /** The stream has something to write: call `Stream.fill` when there is room. It may be asked for before there is a connection. */
  requestTx(): void;
  /** A header of the answer, as long as that can be told. */
  header?(name: string): string | undefined;
  /** Stops (false) or restarts (true) what comes in. */
  rxFlow(on: boolean): void;
  /** The peer has proved that it is there. */
  confirmValid(): void;
  /** The stream lets go of it. What was written is still sent. */
  close(): void;
}

/** Ordinal of UNREACHABLE: 1 where the name server could not be reached. */
export function ordinalOf(code: ErrorCode): number {
  return code === "RESOLVE_FAILED" ? 1 : 0;
}
