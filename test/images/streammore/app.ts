/** A test image: a unit on a network with Secure Streams that have everything linked which is optional. What their users are to do comes by HTTP to port 80 of its access point. */
import { CookieJar } from "lws/client/cookies";
import { Resolver } from "lws/client/resolver";
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { H1Streams } from "lws/secure-streams/h1";
import { MqttStreams } from "lws/secure-streams/mqtt";
import { Perf } from "lws/secure-streams/perf";
import { RawStreams } from "lws/secure-streams/raw";
import { Streams } from "lws/secure-streams/streams";
import { WsStreams } from "lws/secure-streams/ws";
import { Unit } from "lws/system/unit";
import { TlsIdentity } from "lws/tls/tls";
import { Board, board } from "shared/stream-user";
import { policy } from "./policy";

export default function start(context: Context): void {
  const unit = new Unit({ context, accessPoint: true });
  const resolver = new Resolver({ context });
  const cookies = new CookieJar();
  const times = { resolver, connectTimeout: 1500, answerTimeout: 1000 };
  const streams = new Streams({
    context,
    policy,
    adapters: {
      mqtt: new MqttStreams({ ...times, id: () => Board.login.id }),
      raw: new RawStreams({ resolver, connectTimeout: 1500 }),
      h1: new H1Streams({ ...times, bodyTimeout: 1000, cookies }),
      ws: new WsStreams({ ...times, cookies }),
    },
    certificate: () => Board.authority,
    identity: () => new TlsIdentity(Board.identity, Board.identity),
    meter: () => new Perf(),
  });
  const vhost = new HttpVhost(context, {
    name: "streams",
    protocols: [board(streams, [], 10)],
    mounts: [{ mountpoint: "/do", protocol: Board.protocol }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
}
