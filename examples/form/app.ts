/** Posts an urlencoded form: what tx() is to write, and when it is the last. */

import { online } from "examples/online";
import type { Resolver } from "lws/client/dns/resolver";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { H1Streams } from "lws/secure-streams/h1";
import { Part, Ret, type Room, type StreamHandlers } from "lws/secure-streams/handlers";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { policy } from "./policy";

/** Values are percent-encoded by who writes them. */
const fields = ["room=greenhouse%20%231", "&temperature=21", "&humid=yes"];

class Poster implements StreamHandlers {
  private written = 0;

  state(stream: Stream, state: number): Ret {
    log.notice("form", stateName(state));
    if (state === StreamState.creating) {
      // With a length the request has Content-Length, without one it goes out in chunks. Asking for tx() also dials.
      stream.requestTx(fields.reduce((sum, field) => sum + field.length, 0));
    }
    // An attempt may fail in the middle: the next one writes all of it.
    if (state === StreamState.connecting) this.written = 0;
    return state === StreamState.disconnected || state === StreamState.allRetriesFailed ? Ret.destroy : Ret.ok;
  }
  tx(_stream: Stream, _ordinal: number, room: Room): Ret {
    room.put(fields[this.written++] as string);
    // tx() is called again until it says that this was the last.
    if (this.written === fields.length) room.flags |= Part.eom;
    return Ret.ok;
  }
  rx(_stream: Stream, bytes: Uint8Array, from: number, to: number): Ret {
    if (to > from) log.notice("form", `the server has read: ${Bytes.text(bytes, from, to)}`);
    return Ret.ok;
  }
}

export default function start(context: Context): void {
  online(context, (resolver: Resolver) => {
    const streams = new Streams({ context, policy, adapters: { h1: new H1Streams({ resolver }) } });
    streams.create("reading", new Poster(), { user: undefined });
  });
}
