/** A test image: a unit whose Secure Streams serve others. What they are to do comes by HTTP to port 80 of its access point. */
import { Resolver } from "lws/client/resolver";
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { FileStreams } from "lws/secure-streams/file";
import { H1Streams } from "lws/secure-streams/h1";
import { AnswerParts } from "lws/secure-streams/parts";
import { H1Server } from "lws/secure-streams/server-h1";
import { RawServer } from "lws/secure-streams/server-raw";
import { Sinks } from "lws/secure-streams/sink";
import { Streams } from "lws/secure-streams/streams";
import { Unit } from "lws/system/unit";
import { ResourceFiles } from "lws/vfs/resources";
import { Board, board } from "./board";
import { policy } from "./policy";

export default function start(context: Context): void {
  const unit = new Unit({ context, accessPoint: true });
  const web = new H1Server({
    role: new H1({ transactions: 7 }),
    webSocket: new WebSocketRole(),
    timeout: 1000,
    keepAlive: 1500,
    accepted: 6,
  });
  const streams = new Streams({
    context,
    policy,
    adapters: {
      h1: new H1Streams({
        resolver: new Resolver({ context }),
        connectTimeout: 1500,
        answerTimeout: 1000,
        bodyTimeout: 1000,
        parts: AnswerParts,
      }),
      file: new FileStreams({ context, files: new ResourceFiles("1") }),
    },
    servers: { h1: web, ws: web, raw: new RawServer({ idle: 1000, accepted: 3 }), sink: new Sinks() },
  });
  const vhost = new HttpVhost(context, {
    name: "board",
    protocols: [board(streams)],
    mounts: [{ mountpoint: "/do", protocol: Board.protocol }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
}
