/**
 * Files of an update server as streams of the types "update_check" and "update_image": where from, and what of it, stands in their values, under the names of the headers
 * that these are for. The trust store is there while a file is on its way, and then gone.
 */
import type { Answer, Fetch, Fetcher, FetchWays, FileCaller, Wanted } from "lws/client/update-fetch";
import { type ErrorCode, LwsError } from "lws/core/errors";
import { H1Streams } from "./h1";
import { Ret, type StreamHandlers } from "./handlers";
import { setPlace } from "./place";
import type { Policy } from "./policy";
import { StreamState } from "./states";
import type { Stream } from "./stream";
import { Streams } from "./streams";

class StreamFetch implements Answer, Fetch, StreamHandlers {
  /** Undefined until the first attempt is under way. */
  private stream: Stream | undefined = undefined;
  private failure: ErrorCode | undefined = undefined;
  private isOver = false;
  private isBusy = false;

  /** Throws what `Streams.create` throws, and what is wrong with the address. */
  constructor(
    streams: Streams,
    { what, url, from, tag }: Wanted,
    private readonly caller: FileCaller,
  ) {
    const stream = streams.create(what === "list" ? "update_check" : "update_image", this, { user: undefined });
    setPlace(stream, url);
    if (what === "list") stream.setMeta("accept", "application/json");
    if (from > 0) stream.setMeta("range", `bytes=${from}-`);
    if (from > 0 && tag !== "") stream.setMeta("if-range", tag);
    stream.connect();
    if (this.failure) throw new LwsError(this.failure);
    this.stream = stream;
  }

  cancel(): void {
    if (this.isOver) return;
    this.isOver = true;
    // Inside of a callback, what that returns does it.
    if (!this.isBusy) this.stream?.destroy();
  }

  // --- the answer -----------------------------------------------------------------------------------------------------------------

  get status(): number {
    return this.stream?.status ?? 0;
  }

  get bodyLength(): number {
    const length = this.value("content-length");
    return length === undefined ? -1 : Number(length);
  }

  header(name: string): string | undefined {
    return this.value(name);
  }

  private value(name: string): string | undefined {
    return this.stream?.getMeta(name) as string | undefined;
  }

  // --- the stream -----------------------------------------------------------------------------------------------------------------

  state(stream: Stream, state: number): Ret {
    if (this.isOver) return Ret.ok;
    this.isBusy = true;
    try {
      this.tell(stream, state);
    } finally {
      this.isBusy = false;
    }
    return this.isOver ? Ret.destroy : Ret.ok;
  }

  private tell(stream: Stream, state: number): void {
    const { caller } = this;
    if (state === StreamState.connected) caller.onAnswer(this);
    else if (state === StreamState.qosAckRemote || state === StreamState.qosNackRemote) {
      this.isOver = true;
      caller.onEnd(this);
    } else if (state === StreamState.unreachable || state === StreamState.disconnected) {
      // Statuses that streams take for failures are answers here as any other.
      if (state === StreamState.unreachable && this.status > 0) caller.onAnswer(this);
      if (!this.isOver) this.fail(stream.failure ?? "CONNECTION_LOST");
    }
  }

  private fail(code: ErrorCode): void {
    this.isOver = true;
    // Nobody has the fetch in hand yet: it is thrown.
    if (this.stream) this.caller.onFailed(this, code);
    else this.failure = code;
  }

  rx(_stream: Stream, bytes: Uint8Array, from: number, to: number): Ret {
    this.isBusy = true;
    try {
      if (to > from && !this.isOver) this.caller.onBody(this, bytes, from, to);
    } finally {
      this.isBusy = false;
    }
    return this.isOver ? Ret.destroy : Ret.ok;
  }
}

export class StreamFetcher implements Fetcher {
  private readonly streams: Streams;

  constructor(policy: Policy, { context, resolver, authorities, http }: FetchWays) {
    this.streams = new Streams({
      context,
      policy,
      adapters: { h1: new H1Streams({ ...http, resolver }) },
      certificate: () => authorities,
    });
  }

  fetch(wanted: Wanted, caller: FileCaller): Fetch {
    return new StreamFetch(this.streams, wanted, caller);
  }

  /** All that it has goes with its streams. */
  close(): void {}
}
