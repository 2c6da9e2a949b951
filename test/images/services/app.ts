/** A test image: logins, status, mirror, raw connections and datagrams on one vhost. */

import KeyValue from "embedded:storage/key-value";
import type { Context } from "lws/core/context";
import { BasicAuth } from "lws/http/auth";
import { HttpVhost } from "lws/http/http-vhost";
import { passwordRecord } from "lws/http/password";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { RawRole } from "lws/roles/raw";
import { Datagrams } from "lws/roles/udp";
import { WebSocketRole } from "lws/roles/ws";
import { ResourceFiles } from "lws/vfs/resources";
import { Echo } from "plugins/lws-echo";
import { LwsMirror } from "plugins/lws-mirror-protocol";
import { LwsServerStatus } from "plugins/lws-server-status";
import { LwsStatus } from "plugins/lws-status";
import { LwsRawTest } from "plugins/protocol-lws-raw-test";
import { PostDemo } from "plugins/protocol-post-demo";
import { startStation } from "shared/station";
import { UdpEcho } from "./udp-echo";
import { Who } from "./who";

/** Users whose passwords are kept in each way, and in ways that are none. */
function writeUsers(): void {
  const users = KeyValue.open({ path: "users", format: "string", mode: "r+" });
  users.write("plain", "password");
  users.write("hashed", passwordRecord("pässword:", 1000));
  users.write("slow", passwordRecord("password", 5000));
  users.write("damaged", "$pbkdf2-sha256$1000$c2FsdHNhbHQ=$tooshort");
  users.write("fifteen-letters", "password");
  // Made by another implementation: Python's hashlib.
  users.write("other", "$pbkdf2-sha256$1200$AAECAwQFBgcICQoLDA0ODw==$WVPnTCOflr5EDVmOigViCxqWkQi53jSF6mtVywEHb+8=");
  users.close();
}

export default function start(context: Context): void {
  writeUsers();
  const vhost = new HttpVhost(context, {
    name: "services",
    protocols: [
      Echo,
      LwsMirror,
      LwsRawTest,
      UdpEcho,
      PostDemo,
      [LwsStatus, { version: 'v"1"', hostname: "<services>" }],
      [LwsServerStatus, { "update-ms": "200", filepath: "www/sample.txt" }],
      [Who, { "basic-auth": "users" }],
    ],
    upgrades: [new WebSocketRole()],
    authenticator: new BasicAuth({ realm: "services" }),
    fallback: { role: new RawRole(), protocol: LwsRawTest.protocol },
    mounts: [
      { mountpoint: "/", files: new ResourceFiles("services"), origin: "www" },
      { mountpoint: "/files", files: new ResourceFiles("services"), origin: "www", basicAuth: "users" },
      { mountpoint: "/nobody", files: new ResourceFiles("services"), origin: "www", basicAuth: "absent" },
      { mountpoint: "/who", protocol: Who.protocol },
      { mountpoint: "/formtest", protocol: PostDemo.protocol },
    ],
    timeout: 4000,
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  new Datagrams(vhost, { port: 7, protocol: UdpEcho.protocol });
  startStation("services");
}
