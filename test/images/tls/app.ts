/**
 * A test image for TLS. Port 443 has the vhosts first.lan, two.lan (names below it too) and guarded.lan, none of which can prove who it is before `/admin`
 * on port 80 has been given certificates. Port 443 answers plain HTTP with a redirect. Port 8443 lets two sessions in, one handshake at a time.
 */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { TlsRole } from "lws/roles/tls";
import { WebSocketRole } from "lws/roles/ws";
import { ResourceFiles } from "lws/vfs/resources";
import { DumbIncrement } from "plugins/dumb-increment-protocol";
import { Echo } from "plugins/lws-echo";
import { Sink } from "shared/sink";
import { startStation } from "shared/station";
import { administration } from "./administration";
import { Asker } from "./asker";
import { Facts } from "./facts";

export default function start(context: Context): void {
  const role = new H1({ headerBytes: 1536 });
  const upgrades = [new WebSocketRole()];
  const files = new ResourceFiles("tls");
  const vhost = (name: string) =>
    new HttpVhost(context, {
      name,
      protocols: [Echo, DumbIncrement, Facts, Sink],
      upgrades,
      mounts: [
        { mountpoint: "/", files, origin: "www" },
        { mountpoint: "/facts", protocol: Facts.protocol },
        { mountpoint: "/sink", protocol: Sink.protocol },
      ],
      timeout: 4000,
    });
  const redirecting = new HttpVhost(context, {
    name: "plain",
    mounts: [{ mountpoint: "/", redirect: "https://*", mapped: 443, append: true, status: 308 }],
  });
  const vhosts = ["first.lan", "two.lan", "guarded.lan"].map(vhost);
  const few = vhost("few.lan");
  const admin = new HttpVhost(context, {
    name: "admin",
    protocols: [administration([...vhosts, few]), Echo, Asker],
    upgrades,
    mounts: [
      { mountpoint: "/", files, origin: "www" },
      { mountpoint: "/admin", protocol: "administration" },
      { mountpoint: "/dial", protocol: Asker.protocol },
    ],
  });
  new Listen(context, { port: 80, role, vhosts: [admin] });
  new Listen(context, { port: 443, role: new TlsRole({ context, role, plain: redirecting }), vhosts });
  new Listen(context, {
    port: 8443,
    role: new TlsRole({ context, role, sessions: 2, handshakes: 1, tickets: 0 }),
    vhosts: [few],
  });
  startStation("tls");
}
