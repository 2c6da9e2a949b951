/** Two streams on one connection to a broker: one hears what the other publishes. */

import { online } from "examples/online";
import type { Resolver } from "lws/client/dns/resolver";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { Part, Ret, type Room, type StreamHandlers } from "lws/secure-streams/handlers";
import { MqttStreams } from "lws/secure-streams/mqtt";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { policy } from "./policy";

const HOUSE = "greenhouse";
const MOST = 2;

class Publisher implements StreamHandlers {
  private count = 0;

  state(stream: Stream, state: number): Ret {
    log.notice("mqtt", `publisher: ${stateName(state)}`);
    if (state === StreamState.creating) stream.setMeta("house", HOUSE);
    // The broker has the message: there may be another.
    if (state === StreamState.qosAckRemote && this.count < MOST) stream.requestTx();
    return Ret.ok;
  }
  tx(_stream: Stream, _ordinal: number, room: Room): Ret {
    room.put(`${20 + ++this.count} degrees`);
    room.flags = Part.som | Part.eom;
    return Ret.ok;
  }
}

class Subscriber implements StreamHandlers<Stream> {
  private count = 0;

  state(stream: Stream<Stream>, state: number): Ret {
    log.notice("mqtt", `subscriber: ${stateName(state)}`);
    if (state === StreamState.creating) stream.setMeta("house", HOUSE);
    // Connected: the broker has taken the subscription.
    if (state === StreamState.connected) stream.user.requestTx();
    return Ret.ok;
  }
  rx(_stream: Stream<Stream>, bytes: Uint8Array, from: number, to: number): Ret {
    log.notice("mqtt", `"${Bytes.text(bytes, from, to)}" was published`);
    if (++this.count === MOST) log.notice("mqtt", "done");
    return Ret.ok;
  }
}

export default function start(context: Context): void {
  online(context, (resolver: Resolver) => {
    const mqtt = new MqttStreams({ resolver, id: () => `lws-${Chip.mac}` });
    const streams = new Streams({ context, policy, adapters: { mqtt } });
    const publisher = streams.create("readings", new Publisher(), { user: undefined }) as Stream;
    streams.create("everything", new Subscriber(), { user: publisher });
  });
}
