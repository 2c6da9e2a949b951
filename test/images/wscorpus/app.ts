/** A test image: what the WebSocket corpus talks to. Each protocol shows another way of receiving; all of them send back what came. */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { PerMessageDeflate } from "lws/roles/ws-deflate";
import { startStation } from "shared/station";
import { Cuts } from "unit/cut-transport";
import { CutRole } from "./cut";
import { Anybody, Events, Outside, Pieces, Plain, Small, Stopper, Whole } from "./protocols";

/** One port for each set of options. */
function serve(context: Context, port: number, role: WebSocketRole): void {
  const vhost = new HttpVhost(context, {
    name: "corpus",
    protocols: [
      Events,
      [Whole, { default: "1" }],
      Pieces,
      Small,
      Plain,
      [Outside, { "allow-origin": "http://elsewhere.example https://third.example:8443" }],
      [Anybody, { "allow-origin": "*" }],
      Stopper,
    ],
    upgrades: [role],
  });
  new Listen(context, { port, role: new H1(), vhosts: [vhost] });
}

export default function start(context: Context): void {
  serve(context, 80, new WebSocketRole({ deflate: new PerMessageDeflate({ threshold: 0 }), ping: 0 }));
  const keeping = {
    threshold: 0,
    clientTakeover: true,
    serverTakeover: true,
    serverWindowBits: 11,
    clientWindowBits: 12,
  };
  serve(context, 84, new CutRole(Cuts.bytes, { deflate: new PerMessageDeflate({ threshold: 0 }), ping: 0 }));
  serve(context, 85, new CutRole(Cuts.random, { deflate: new PerMessageDeflate({ threshold: 0 }), ping: 0 }));
  serve(context, 81, new WebSocketRole({ deflate: new PerMessageDeflate(keeping), ping: 0 }));
  const large = new PerMessageDeflate({ threshold: 0, largeWindows: true, messageLimit: 4000000 });
  serve(context, 82, new WebSocketRole({ deflate: large, ping: 0 }));
  serve(context, 83, new WebSocketRole({ requireProtocol: true, ping: 1, hangup: 2 }));
  startStation("corpus");
}
