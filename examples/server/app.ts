/** The other way round: streams that others come to, with pages by HTTP and WebSockets that echo. */

import { online } from "examples/online";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { H1 } from "lws/roles/h1";
import { WebSocketRole } from "lws/roles/ws";
import { Part, Ret, type Room, type StreamHandlers } from "lws/secure-streams/handlers";
import { H1Server } from "lws/secure-streams/server-h1";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { policy } from "./policy";

/** Longest message that is sent back. */
const MOST = 100;

/** What is kept for each visitor: the page, or the message, that is to be sent. */
class Visit {
  text = "";
}

class Site implements StreamHandlers<Visit> {
  private pages = 0;

  state(stream: Stream<Visit>, state: number): Ret {
    log.notice("server", stateName(state));
    if (state === StreamState.serverTxn) {
      // What the request says, and what the address has behind its question mark.
      const isGet = stream.getMeta("method") === "GET";
      stream.user.text = `hello ${stream.getMeta("name") ?? "stranger"}, this is page ${++this.pages}\n`;
      stream.setMeta("mime", "text/plain; charset=utf-8");
      stream.ack(isGet ? 200 : 405);
      stream.requestTx(Bytes.size(stream.user.text));
    }
    return Ret.ok;
  }
  tx({ user }: Stream<Visit>, _ordinal: number, room: Room): Ret {
    room.put(user.text);
    user.text = "";
    room.flags |= Part.eom;
    return Ret.ok;
  }
  /** Comes for the bodies of requests, too, which nobody wants here. */
  rx(stream: Stream<Visit>, bytes: Uint8Array, from: number, to: number, flags: number): Ret {
    if (stream.last !== StreamState.serverUpgrade) return Ret.ok;
    const { user } = stream;
    user.text += Bytes.latin1(bytes, from, to);
    if (user.text.length > MOST) return Ret.disconnect;
    if (flags & Part.eom) stream.requestTx();
    return Ret.ok;
  }
}

export default function start(context: Context): void {
  online(context, () => {
    const h1 = new H1Server({ role: new H1(), webSocket: new WebSocketRole() });
    const streams = new Streams({ context, policy, adapters: {}, servers: { h1 } });
    // This one stands for the port. Those who come are streams of their own, each with a visit.
    streams.create("site", new Site(), { user: new Visit(), accepted: () => new Visit() });
  });
}
