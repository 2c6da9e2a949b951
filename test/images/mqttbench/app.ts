/**
 * A test image: what a stream by MQTT costs. `GET /?HOST:PORT` makes the one that there is, to this broker, or ends it. It publishes as many messages of 64 bytes as the number says that is
 * sent to it.
 */
import { Resolver } from "lws/client/resolver";
import type { Context } from "lws/core/context";
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { HttpVhost } from "lws/http/http-vhost";
import { replyJSON, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { Part, Ret, type Room, type StreamHandlers } from "lws/secure-streams/handlers";
import { MqttStreams } from "lws/secure-streams/mqtt";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { Unit } from "lws/system/unit";
import { policy } from "./policy";

const message = new Uint8Array(64).fill(0x6d);

class Publisher implements StreamHandlers<undefined> {
  static streams: Streams;
  private stream: Stream<undefined> | undefined;
  private left = 0;

  toggle(host: string): void {
    this.stream?.destroy();
    if (this.stream) this.stream = undefined;
    else {
      this.stream = Publisher.streams.create("mq", this, { user: undefined });
      this.stream.setMeta("host", host);
      this.stream.connect();
    }
  }

  state(): Ret {
    return Ret.ok;
  }
  rx(stream: Stream<undefined>, bytes: Uint8Array, from: number, to: number): Ret {
    this.left = Number(Bytes.latin1(bytes, from, to));
    stream.requestTx();
    return Ret.ok;
  }
  tx(stream: Stream<undefined>, _ordinal: number, room: Room): Ret {
    room.put(message);
    room.flags = Part.som | Part.eom;
    if (--this.left > 0) stream.requestTx();
    return Ret.ok;
  }
}

class Toggle extends Protocol {
  static readonly protocol = "toggle";
  private readonly publisher = new Publisher();

  override onRequest(wsi: Wsi): void {
    this.publisher.toggle(transaction(wsi).query);
    replyJSON(wsi, 200, "{}");
  }
}

export default function start(context: Context): void {
  const unit = new Unit({ context, accessPoint: true });
  const mqtt = new MqttStreams({ resolver: new Resolver({ context }) });
  Publisher.streams = new Streams({ context, policy, adapters: { mqtt } });
  const vhost = new HttpVhost(context, {
    name: "bench",
    protocols: [Toggle],
    mounts: [{ mountpoint: "/", protocol: Toggle.protocol }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
}
