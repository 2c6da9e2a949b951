/** An image for outside test suites: every WebSocket is sent back what it sends, on any path of port 80. */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { PerMessageDeflate } from "lws/roles/ws-deflate";
import { ResourceFiles } from "lws/vfs/resources";
import { Echo } from "plugins/lws-echo";
import { startStation } from "shared/station";

export default function start(context: Context): void {
  const vhost = new HttpVhost(context, {
    name: "echo",
    protocols: [[Echo, { limit: "0" }]],
    upgrades: [new WebSocketRole({ deflate: new PerMessageDeflate({ largeWindows: true, messageLimit: 0x1000000 }) })],
    mounts: [{ mountpoint: "/", files: new ResourceFiles("echo"), origin: "www" }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  startStation("echo");
}
