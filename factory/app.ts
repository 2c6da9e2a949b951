/** The setup image: a page at 192.168.4.1 that joins networks and takes the application. */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { Setup } from "lws/system/setup";
import { slotInfo } from "lws/update/slot-info";
import { ResourceFiles } from "lws/vfs/resources";
import { esplwsOta } from "plugins/esplws-ota";
import { esplwsScan } from "plugins/esplws-scan";

export default function start(context: Context): void {
  const setup = new Setup({ context });
  const info = slotInfo("factory");
  const vhost = new HttpVhost(context, {
    name: "ap",
    protocols: [esplwsScan(setup), esplwsOta(setup)],
    upgrades: [new WebSocketRole()],
    mounts: [
      {
        mountpoint: "/",
        files: new ResourceFiles(`${info?.git}-${info?.unixtime}`, Number(info?.unixtime ?? 0)),
        origin: "www",
        default: "index.html",
        cache: "no-cache",
      },
      { mountpoint: "/otaform", protocol: "esplws-ota" },
    ],
    timeout: 30_000,
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  setup.start();
}
