/** A WebSocket that is always there, with messages that are sent one after the other and come back. */

import { online } from "examples/online";
import type { Resolver } from "lws/client/dns/resolver";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { Part, Ret, type Room, type StreamHandlers } from "lws/secure-streams/handlers";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { WsStreams } from "lws/secure-streams/ws";
import { policy } from "./policy";

const MOST = 3;

class Echo implements StreamHandlers {
  private sent = 0;
  private come = "";

  state(stream: Stream, state: number): Ret {
    log.notice("ws-echo", stateName(state));
    // It dials by itself, and again whenever it is lost: the policy says "nailed_up".
    if (state === StreamState.connected) stream.requestTx();
    return Ret.ok;
  }
  tx(_stream: Stream, _ordinal: number, room: Room): Ret {
    room.put(`message ${++this.sent}`);
    // The first piece of a message, which room.flags says already, is the last, too.
    room.flags |= Part.eom;
    return Ret.ok;
  }
  rx(stream: Stream, bytes: Uint8Array, from: number, to: number, flags: number): Ret {
    // A message may come in pieces of any length, which need not be whole characters.
    this.come += Bytes.latin1(bytes, from, to);
    if (!(flags & Part.eom)) return Ret.ok;
    log.notice("ws-echo", `"${this.come}" has come back`);
    this.come = "";
    if (this.sent < MOST) stream.requestTx();
    else log.notice("ws-echo", "done");
    return Ret.ok;
  }
}

export default function start(context: Context): void {
  online(context, (resolver: Resolver) => {
    const streams = new Streams({ context, policy, adapters: { ws: new WsStreams({ resolver }) } });
    streams.create("echo", new Echo(), { user: undefined });
  });
}
