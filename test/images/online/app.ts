/**
 * A test image: a unit that rises through its states, finds out whether there is internet, and has streams that wait for that. `cpd-url` and `update-ca` of its settings say
 * what answers 204, and who is trusted. Port 80 of its access point tells ({@link Desk}).
 */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { CaptivePortalDetect } from "lws/secure-streams/captive-portal";
import { H1Streams } from "lws/secure-streams/h1";
import { Streams } from "lws/secure-streams/streams";
import { Tokens } from "lws/secure-streams/tokens";
import { Blobs } from "lws/system/blobs";
import { Unit } from "lws/system/unit";
import { Outside } from "plugins/outside";
import { Desk, desk } from "./desk";
import { policy } from "./policy";

export default function start(context: Context): void {
  const unit = new Unit({ context, accessPoint: true });
  const { settings, identity, ladder } = unit;
  const outside = new Outside(unit);
  const blobs = new Blobs({ identity });
  const tokens = new Tokens({
    streams: () => streams,
    blobs,
    body: () => "grant_type=client_credentials",
    values: (stream) => stream.setMeta("server", settings.get("opts")),
  });
  const streams: Streams = new Streams({
    ...{ context, policy, ladder },
    adapters: { h1: new H1Streams({ resolver: outside.names, blobs, connectTimeout: 2000 }) },
    certificate: () => settings.getBytes("update-ca") as ArrayBuffer,
    auth: { bearer: tokens },
  });
  const portal = new CaptivePortalDetect({ unit, streams: () => streams, url: () => settings.get("cpd-url") });
  const vhost = new HttpVhost(context, {
    name: "online",
    protocols: [desk(unit, portal, streams)],
    mounts: [{ mountpoint: "/", protocol: Desk.protocol }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
}
