/** Values of a stream: they go into the endpoint, the path and headers of a request, and come out of headers of the answer. */

import { online } from "examples/online";
import type { Resolver } from "lws/client/dns/resolver";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { H1Streams } from "lws/secure-streams/h1";
import { Ret, type StreamHandlers } from "lws/secure-streams/handlers";
import { StreamState } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { policy } from "./policy";

class Weather implements StreamHandlers<string> {
  state(stream: Stream<string>, state: number): Ret {
    switch (state) {
      case StreamState.creating:
        stream.setMeta("host", "peer.lan");
        stream.setMeta("place", stream.user);
        // A value that can't stand in a header is not taken, and neither is one that the policy does not declare.
        if (stream.setMeta("unit", "a\r\nb") || stream.setMeta("colour", "red")) log.err("metadata", "taken");
        stream.setMeta("unit", "fahrenheit");
        stream.connect();
        return Ret.ok;
      case StreamState.connected:
        // What the server has said is there before any other state of its answer is told.
        log.notice("metadata", `${stream.getMeta("length")} bytes, in ${stream.getMeta("unit")}`);
        return Ret.ok;
      case StreamState.disconnected:
      case StreamState.allRetriesFailed:
        log.notice("metadata", "done");
        return Ret.destroy;
      default:
        return Ret.ok;
    }
  }
  rx(_stream: Stream<string>, bytes: Uint8Array, from: number, to: number): Ret {
    if (to > from) log.notice("metadata", `${Bytes.text(bytes, from, to)}`);
    return Ret.ok;
  }
}

export default function start(context: Context): void {
  online(context, (resolver: Resolver) => {
    const streams = new Streams({ context, policy, adapters: { h1: new H1Streams({ resolver }) } });
    streams.create("weather", new Weather(), { user: "Reykjavik" });
  });
}
