/** A test image: a unit on a network with Secure Streams. What their users are to do comes by HTTP to port 80 of its access point. */
import { Resolver } from "lws/client/resolver";
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { H1Streams } from "lws/secure-streams/h1";
import { MqttStreams } from "lws/secure-streams/mqtt";
import { RawStreams } from "lws/secure-streams/raw";
import { Streams } from "lws/secure-streams/streams";
import { WsStreams } from "lws/secure-streams/ws";
import { Unit } from "lws/system/unit";
import { Board, board } from "shared/stream-user";
import { policy } from "./policy";

export default function start(context: Context): void {
  const unit = new Unit({ context, accessPoint: true });
  const resolver = new Resolver({ context });
  const portals: string[] = [];
  const streams = new Streams({
    context,
    policy,
    adapters: {
      mqtt: new MqttStreams({
        resolver,
        connectTimeout: 1500,
        answerTimeout: 1000,
        ackTimeout: 300,
        id: () => Board.login.id,
        user: () => Board.login.user,
        password: () => Board.login.password,
      }),
      raw: new RawStreams({ resolver, connectTimeout: 1500 }),
      h1: new H1Streams({
        resolver,
        connectTimeout: 1500,
        answerTimeout: 1000,
        bodyTimeout: 1000,
        blobs: { auth: (index) => `secret-${index}`, serial: () => "0001" },
        onPortal: (stream) => portals.push(stream.type.name),
      }),
      ws: new WsStreams({
        resolver,
        connectTimeout: 1500,
        answerTimeout: 1000,
        blobs: { auth: (index) => `secret-${index}`, serial: () => "0001" },
      }),
    },
    certificate: () => Board.authority,
  });
  const vhost = new HttpVhost(context, {
    name: "streams",
    protocols: [board(streams, portals)],
    mounts: [{ mountpoint: "/do", protocol: Board.protocol }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
}
