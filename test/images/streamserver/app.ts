/** A test image: a unit whose Secure Streams serve others. What they are to do comes by HTTP to port 80 of its access point. */
import { Resolver } from "lws/client/resolver";
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import { replyError } from "lws/http/errors";
import { type Authenticator, HttpVhost } from "lws/http/http-vhost";
import type { Transaction } from "lws/http/transaction";
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

/** Lets one user in. */
class Doorkeeper implements Authenticator {
  admit(place: string): void {
    if (place !== "users") throw new LwsError("BAD_OPTION", place);
  }
  check(wsi: Wsi, http: Transaction): boolean {
    if (http.header("authorization") === "Basic bWU6c2VjcmV0") return true;
    replyError(wsi, "UNAUTHORIZED", false, 'WWW-Authenticate: Basic realm="a"\r\n');
    return false;
  }
}

export default function start(context: Context): void {
  const unit = new Unit({ context, accessPoint: true });
  const web = new H1Server({
    role: new H1({ transactions: 7 }),
    webSocket: new WebSocketRole(),
    timeout: 2000,
    keepAlive: 3000,
    accepted: 6,
    authenticator: new Doorkeeper(),
  });
  const few = new H1Server({ role: new H1({ transactions: 2 }), webSocket: new WebSocketRole(), timeout: 12_000 });
  const streams = new Streams({
    context,
    policy,
    adapters: {
      h1: new H1Streams({
        resolver: new Resolver({ context }),
        connectTimeout: 4000,
        answerTimeout: 4000,
        bodyTimeout: 4000,
        parts: AnswerParts,
      }),
      file: new FileStreams({ context, files: new ResourceFiles("1") }),
    },
    servers: { h1: web, ws: few, raw: new RawServer({ idle: 2000, accepted: 3 }), sink: new Sinks() },
  });
  const vhost = new HttpVhost(context, {
    name: "board",
    protocols: [board(streams)],
    mounts: [{ mountpoint: "/do", protocol: Board.protocol }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
}
