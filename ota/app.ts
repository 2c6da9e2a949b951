/** The application image: libwebsockets' test server on the joined network. */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { Unit } from "lws/system/unit";
import { slotInfo } from "lws/update/slot-info";
import { ResourceFiles } from "lws/vfs/resources";
import { DumbIncrement } from "plugins/dumb-increment-protocol";
import { esplwsRtf } from "plugins/esplws-rtf";

export default function start(context: Context): void {
  const unit = new Unit({ context });
  const info = slotInfo("ota_0");
  const vhost = new HttpVhost(context, {
    name: "station",
    protocols: [DumbIncrement, esplwsRtf(unit.restart)],
    upgrades: [new WebSocketRole()],
    mounts: [
      {
        mountpoint: "/",
        files: new ResourceFiles(`${info?.git}-${info?.unixtime}`),
        origin: "www",
        default: "index.html",
        cache: "no-cache",
      },
      { mountpoint: "/esplws-rtf", protocol: "esplws-rtf" },
    ],
    keepAlive: 5000,
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
}
