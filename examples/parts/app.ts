/** Posts a multipart form of two parts, a note and a picture that rides along: each is described by a stream type of its own. */

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

const HEAD = "P5 64 64 255\n";
const PIXELS = 64 * 64;

class Reporter implements StreamHandlers {
  /** Bytes of the picture that are still to be written. */
  private left = 0;

  state(stream: Stream, state: number): Ret {
    log.notice("parts", stateName(state));
    if (state === StreamState.creating) stream.requestTx();
    if (state === StreamState.connecting) this.left = HEAD.length + PIXELS;
    return state === StreamState.disconnected || state === StreamState.allRetriesFailed ? Ret.destroy : Ret.ok;
  }
  tx(stream: Stream, _ordinal: number, room: Room): Ret {
    // Which part this is about. Its boundary and its headers are not ours to write.
    if (stream.rideshare() === "report") {
      room.put("a grey square");
      room.flags |= Part.eom;
      return Ret.ok;
    }
    if (this.left > PIXELS) this.left -= room.put(HEAD);
    const count = Math.min(this.left, room.left);
    room.bytes.fill(0x80, room.from + room.length, room.from + room.length + count);
    room.length += count;
    this.left -= count;
    if (this.left === 0) room.flags |= Part.eom;
    return Ret.ok;
  }
  rx(_stream: Stream, bytes: Uint8Array, from: number, to: number): Ret {
    if (to > from) log.notice("parts", `the server has read: ${Bytes.text(bytes, from, to)}`);
    return Ret.ok;
  }
}

export default function start(context: Context): void {
  online(context, (resolver: Resolver) => {
    const streams = new Streams({ context, policy, adapters: { h1: new H1Streams({ resolver }) } });
    streams.create("report", new Reporter(), { user: undefined });
  });
}
