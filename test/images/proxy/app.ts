/**
 * A test image: proxies to origins that a test names. `/admin/make?JSON` on port 80 makes a vhost of port 81, `/admin/destroy?NAME` ends one,
 * `/admin/bound` tells how many connections each has.
 */
import KeyValue from "embedded:storage/key-value";
import type { Context } from "lws/core/context";
import { BasicAuth } from "lws/http/auth";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { ResourceFiles } from "lws/vfs/resources";
import { Echo } from "plugins/lws-echo";
import { startStation } from "shared/station";
import { administration } from "./administration";

export default function start(context: Context): void {
  const users = KeyValue.open({ path: "users", format: "string", mode: "r+" });
  users.write("user", "password");
  users.close();
  const files = new ResourceFiles("proxy");
  const upgrades = [new WebSocketRole()];
  const first = new HttpVhost(context, {
    name: "first.lan",
    protocols: [Echo],
    upgrades,
    mounts: [{ mountpoint: "/", files, origin: "www" }],
  });
  const port = new Listen(context, { port: 81, role: new H1({ headerBytes: 1536 }), vhosts: [first] });
  const authenticator = new BasicAuth({ realm: "proxy", iterations: 1 });
  const admin = new HttpVhost(context, {
    name: "admin",
    protocols: [administration(context, port, { files, upgrades, authenticator })],
    mounts: [{ mountpoint: "/admin", protocol: "administration" }],
  });
  new Listen(context, { port: 80, role: new H1({ transactions: 1, headerBytes: 2048 }), vhosts: [admin] });
  startStation("proxy");
}
