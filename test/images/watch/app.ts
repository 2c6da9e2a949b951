/** A test image: an application that looks for updates. `opts` of its settings holds options of `AppUpdates`, as JSON. */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { Health } from "lws/system/health";
import { Unit } from "lws/system/unit";
import { AppUpdates } from "plugins/app-updates";
import { LwsStatus } from "plugins/lws-status";

export default function start(context: Context): Health {
  const unit = new Unit({ context });
  const updates = new AppUpdates(unit, JSON.parse(unit.settings.get("opts") || "{}"));
  const about = {
    get newer() {
      return updates.newer;
    },
  };
  const vhost = new HttpVhost(context, {
    name: "watch",
    protocols: [[LwsStatus, about]],
    upgrades: [new WebSocketRole()],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
  return new Health({ unit, isServing: () => vhost.port !== undefined });
}
