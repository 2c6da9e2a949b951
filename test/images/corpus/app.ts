/**
 * A test image for the corpus of HTTP/1 cases. The same vhosts are on three ports: 80 reads what has arrived as a whole, 81 byte by byte, 82
 * in random cuts. A request names a vhost of its port, or is refused.
 */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { ResourceFiles } from "lws/vfs/resources";
import { startStation } from "shared/station";
import { Cuts } from "unit/cut-transport";
import { CutH1 } from "./cut";
import { Early, Report } from "./report";

function vhost(context: Context, name: string): HttpVhost {
  return new HttpVhost(context, {
    name,
    protocols: [Report, Early],
    upgrades: [new WebSocketRole()],
    mounts: [
      { mountpoint: "/", files: new ResourceFiles("corpus"), origin: "www" },
      { mountpoint: "/echo", protocol: Report.protocol },
      { mountpoint: "/early", protocol: Early.protocol },
    ],
    timeout: 4000,
  });
}

export default function start(context: Context): void {
  for (const [port, cuts] of [
    [80, undefined],
    [81, Cuts.bytes],
    [82, Cuts.random],
  ] as const) {
    const role = new CutH1(cuts);
    const vhosts = ["corpus", "two.lan", "deep.two.lan"].map((name) => vhost(context, name));
    new Listen(context, { port, role, vhosts, strictHost: true });
  }
  startStation("corpus");
}
