/** Bytes there and back, with neither messages nor headers, and a limit on how long that may take. */

import { online } from "examples/online";
import type { Resolver } from "lws/client/dns/resolver";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { Ret, type Room, type StreamHandlers } from "lws/secure-streams/handlers";
import { RawStreams } from "lws/secure-streams/raw";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { policy } from "./policy";

const TEXT = "as it is, and nothing around it";

class Pipe implements StreamHandlers {
  private come = "";

  state(stream: Stream, state: number): Ret {
    log.notice("raw", stateName(state));
    switch (state) {
      case StreamState.creating:
        stream.requestTx();
        // As long as the policy's timeout_ms says; then there is TIMEOUT.
        stream.startTimeout();
        return Ret.ok;
      case StreamState.timeout:
      case StreamState.disconnected:
      case StreamState.allRetriesFailed:
        return Ret.destroy;
      default:
        return Ret.ok;
    }
  }
  tx(_stream: Stream, _ordinal: number, room: Room): Ret {
    room.put(TEXT);
    return Ret.ok;
  }
  rx(_stream: Stream, bytes: Uint8Array, from: number, to: number): Ret {
    // What was written at once may come in several pieces.
    this.come += Bytes.latin1(bytes, from, to);
    if (this.come.length < TEXT.length) return Ret.ok;
    log.notice("raw", `"${this.come}" has come back`);
    return Ret.disconnect;
  }
}

export default function start(context: Context): void {
  online(context, (resolver: Resolver) => {
    const streams = new Streams({ context, policy, adapters: { raw: new RawStreams({ resolver }) } });
    streams.create("echo", new Pipe(), { user: undefined });
  });
}
