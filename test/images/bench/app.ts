/** A test image: a resource of 1 kB, WebSocket echo, and handlers that break the rules on purpose. Its port is that of the application. */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { ResourceFiles } from "lws/vfs/resources";
import { Breaker } from "./breaker";
import { Echo } from "./echo";
import { Flood } from "./flood";
import { Sink } from "./sink";
import { startStation } from "./station";

export default function start(context: Context): void {
  const vhost = new HttpVhost(context, {
    name: "bench",
    protocols: [Echo, Breaker, Flood, Sink],
    upgrades: [new WebSocketRole()],
    mounts: [
      { mountpoint: "/", files: new ResourceFiles("bench"), origin: "www" },
      { mountpoint: "/break", protocol: Breaker.protocol },
      { mountpoint: "/flood", protocol: Flood.protocol },
      { mountpoint: "/sink", protocol: Sink.protocol },
    ],
    timeout: 4000,
  });
  new Listen(context, { port: 80, role: new H1({ headerBytes: 1536 }), vhosts: [vhost] });
  startStation();
}
