/**
 * A test image: about the smallest application that is a unit, answers HTTPS and proves itself. It is an access point of its own, so that nobody waits for a
 * router, and is well as soon as somebody has a WebSocket to it. With the resource `failure/start` it can't start, with `failure/health` it is never well.
 */

import Resource from "Resource";
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { openTlsSite } from "lws/roles/tls-site";
import { WebSocketRole } from "lws/roles/ws";
import { Health } from "lws/system/health";
import { Unit } from "lws/system/unit";
import { Certificates } from "lws/tls/certificates";
import { ResourceFiles } from "lws/vfs/resources";
import { DumbIncrement } from "plugins/dumb-increment-protocol";
import { esplwsRtf } from "plugins/esplws-rtf";
import { Sink } from "./sink";

export default function start(context: Context): Health {
  if (Resource.exists("failure/start")) throw new Error("as the resource has it");
  const unit = new Unit({ context, accessPoint: true });
  const certificates = new Certificates({
    scheduler: context.scheduler,
    storage: unit.settings,
    names: () => unit.certificateNames,
  });
  const vhost = new HttpVhost(context, {
    name: "small",
    protocols: [esplwsRtf(unit.restart), DumbIncrement, Sink],
    upgrades: [new WebSocketRole()],
    mounts: [
      { mountpoint: "/", files: new ResourceFiles("small"), origin: "www", default: "index.html" },
      { mountpoint: "/esplws-rtf", protocol: "esplws-rtf" },
      { mountpoint: "/sink", protocol: Sink.protocol },
    ],
  });
  openTlsSite({ context, vhost, role: new H1(), certificates });
  unit.start();
  const isWell = !Resource.exists("failure/health");
  return new Health({
    unit,
    isServing: () => isWell && vhost.port !== undefined,
    probation: 1000,
    patience: isWell ? 60_000 : 1000,
  });
}
