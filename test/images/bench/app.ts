/**
 * A test image: a resource of 1 kB, WebSocket echo, and handlers that break the rules on purpose, all on
 * port 80. Port 81 takes uploads of any size: one more mount on port 80 would be part of what every request there costs.
 */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { ResourceFiles } from "lws/vfs/resources";
import { startStation } from "shared/station";
import { Breaker } from "./breaker";
import { Echo } from "./echo";
import { Flood } from "./flood";
import { BenchSink } from "./sink";
import { Upload } from "./upload";

export default function start(context: Context): void {
  const vhost = new HttpVhost(context, {
    name: "bench",
    protocols: [Echo, Breaker, Flood, BenchSink],
    // A reader that stops for a minute is not to be taken for a dead one.
    upgrades: [new WebSocketRole({ ping: 100, hangup: 120 })],
    mounts: [
      { mountpoint: "/", files: new ResourceFiles("bench"), origin: "www" },
      { mountpoint: "/break", protocol: Breaker.protocol },
      { mountpoint: "/flood", protocol: Flood.protocol },
      { mountpoint: "/sink", protocol: BenchSink.protocol },
    ],
    timeout: 4000,
  });
  const uploads = new HttpVhost(context, {
    name: "uploads",
    protocols: [Upload],
    mounts: [{ mountpoint: "/upload", protocol: Upload.protocol }],
  });
  const role = new H1({ headerBytes: 1536 });
  new Listen(context, { port: 80, role, vhosts: [vhost] });
  new Listen(context, { port: 81, role, vhosts: [uploads] });
  startStation("bench");
}
