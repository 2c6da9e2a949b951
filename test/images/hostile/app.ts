/** A test image: a stream of each kind that is always dialled again, whose user writes down what it hears, and when. */
import { Resolver } from "lws/client/resolver";
import type { Context } from "lws/core/context";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { H1Streams } from "lws/secure-streams/h1";
import { Part, Ret, type StreamHandlers } from "lws/secure-streams/handlers";
import { MqttStreams } from "lws/secure-streams/mqtt";
import { RawStreams } from "lws/secure-streams/raw";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { WsStreams } from "lws/secure-streams/ws";
import { Unit } from "lws/system/unit";
import Time from "time";
import { policy } from "./policy";

const types: readonly string[] = ["h1", "redirect", "ws", "raw", "mqtt", "tls"];

class Scribe implements StreamHandlers {
  /** What has come on this connection. */
  private come = "";

  state(stream: Stream, state: number): Ret {
    const { name } = stream.type;
    if (state === StreamState.disconnected) Chip.log(`hostile: ${name} rx ${this.come}`);
    if (state === StreamState.connecting) this.come = "";
    Chip.log(`hostile: ${name} ${Time.ticks} ${stateName(state)}`);
    return Ret.ok;
  }
  rx(_stream: Stream, bytes: Uint8Array, from: number, to: number, flags: number): Ret {
    this.come += (flags & Part.som ? "<" : "") + Bytes.latin1(bytes, from, to) + (flags & Part.eom ? ">" : "");
    return Ret.ok;
  }
}

export default function start(context: Context): void {
  const unit = new Unit({ context });
  const options = { resolver: new Resolver({ context }), connectTimeout: 20_000, answerTimeout: 20_000 };
  const adapters = {
    h1: new H1Streams(options),
    ws: new WsStreams(options),
    raw: new RawStreams(options),
    mqtt: new MqttStreams(options),
  };
  const streams = new Streams({ context, policy, adapters });
  let wasDown = false;
  let isOnline = false;
  unit.listen({
    onChange() {
      const { pressed: isDown } = unit.button;
      if (unit.network.address && !isOnline) Chip.log("hostile: online");
      isOnline = unit.network.address !== undefined;
      // The first press of the button makes them, the next ends them.
      if (isDown && !wasDown) {
        if (streams.length > 0) streams.close();
        else for (const type of types) streams.create(type, new Scribe(), { user: undefined });
      }
      wasDown = isDown;
    },
  });
  unit.start();
}
