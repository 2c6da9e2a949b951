/** Fetches a page by TLS. That it is TLS, from where, and who is trusted: all of that is in policy.json. */

import { online } from "examples/online";
import type { Resolver } from "lws/client/dns/resolver";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { H1Streams } from "lws/secure-streams/h1";
import { Ret, type StreamHandlers } from "lws/secure-streams/handlers";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { policy } from "./policy";

/** Hears what becomes of the stream. */
class Reader implements StreamHandlers<Streams> {
  state(stream: Stream<Streams>, state: number): Ret {
    log.notice("get", stateName(state));
    if (state === StreamState.creating) stream.connect();
    // The page is here, or there is none: the stream, and with it the trust store, is not needed any more.
    if (state === StreamState.disconnected || state === StreamState.allRetriesFailed) return Ret.destroy;
    if (state === StreamState.destroying) log.notice("get", "done");
    return Ret.ok;
  }
  rx(stream: Stream<Streams>, bytes: Uint8Array, from: number, to: number): Ret {
    if (to > from) log.notice("get", `"${Bytes.text(bytes, from, to)}", with ${stream.user.trust.length} trust store`);
    return Ret.ok;
  }
}

export default function start(context: Context): void {
  online(context, (resolver: Resolver) => {
    const streams = new Streams({ context, policy, adapters: { h1: new H1Streams({ resolver }) } });
    streams.create("page", new Reader(), { user: streams });
  });
}
