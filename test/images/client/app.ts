/** A test image: a unit on a network that asks others. What it is to ask comes by HTTP to port 80 of its access point. */
import { Resolver } from "lws/client/resolver";
import { Sntp } from "lws/client/sntp";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { Unit } from "lws/system/unit";
import { Clock, clock } from "./clock";
import { fetcher } from "./fetch";
import { Lookup, lookup } from "./lookup";
import { socket } from "./socket";

export default function start(context: Context): void {
  const unit = new Unit({ context, accessPoint: true });
  const resolver = new Resolver({ context });
  const onTime = () => log.notice("client", "it is time");
  const sntp = new Sntp({ context, resolver, server: () => unit.settings.get("serial"), onTime });
  const vhost = new HttpVhost(context, {
    name: "client",
    protocols: [lookup(resolver), clock(sntp), fetcher(resolver), socket(resolver)],
    mounts: [
      { mountpoint: "/resolve", protocol: Lookup.protocol },
      { mountpoint: "/fetch", protocol: "fetcher" },
      { mountpoint: "/socket", protocol: "socket" },
      { mountpoint: "/time", protocol: Clock.protocol },
    ],
    timeout: 60_000,
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
}
