/**
 * A test image for limits and for vhosts that come and go. Port 80: a small pool, connections that are purged; 81: connections that are
 * refused, three requests each; 82: two of a peer; 83: three connections, more wait. `/admin/` on port 80 makes and destroys vhosts of port 84.
 */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { ResourceFiles } from "lws/vfs/resources";
import { startStation } from "shared/station";
import { administration } from "./administration";
import { Slow } from "./slow";

export default function start(context: Context): void {
  const upgrades = [new WebSocketRole()];
  const files = new ResourceFiles("limits");
  const role = new H1({ transactions: 5 });
  function vhost(name: string): HttpVhost {
    return new HttpVhost(context, {
      name,
      protocols: [Slow],
      upgrades,
      mounts: [
        { mountpoint: "/", files, origin: "www" },
        { mountpoint: "/slow", protocol: Slow.protocol },
      ],
      timeout: 5000,
    });
  }
  const many = new Listen(context, { port: 84, role, vhosts: [vhost("base.lan")] });
  const admin = new HttpVhost(context, {
    name: "admin",
    protocols: [administration(many, vhost)],
    mounts: [
      { mountpoint: "/", files, origin: "www" },
      { mountpoint: "/admin", protocol: "administration" },
    ],
    timeout: 5000,
  });
  new Listen(context, { port: 80, role, vhosts: [admin], connections: 6 });
  new Listen(context, {
    port: 81,
    role: new H1({ requests: 3, transactions: 2 }),
    vhosts: [vhost("refusing")],
    connections: 3,
    whenFull: "refuse",
  });
  new Listen(context, { port: 82, role, vhosts: [vhost("peers")], perPeer: 2 });
  new Listen(context, { port: 83, role, vhosts: [vhost("waiting")], connections: 3, whenFull: "wait" });
  startStation("limits");
}
