/** The application image: libwebsockets' test server on the joined network. */
import KeyValue from "embedded:storage/key-value";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { BasicAuth } from "lws/http/auth";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { openTlsSite } from "lws/roles/tls-site";
import { WebSocketRole } from "lws/roles/ws";
import { PerMessageDeflate } from "lws/roles/ws-deflate";
import { Group } from "lws/system/group";
import { Health } from "lws/system/health";
import { Mdns } from "lws/system/mdns";
import { Unit } from "lws/system/unit";
import { Certificates } from "lws/tls/certificates";
import { slotInfo } from "lws/update/slot-info";
import { ResourceFiles } from "lws/vfs/resources";
import { ZipFiles } from "lws/vfs/zip";
import { AppUpdates } from "plugins/app-updates";
import { DumbIncrement } from "plugins/dumb-increment-protocol";
import { esplwsRtf } from "plugins/esplws-rtf";
import { HttpOnly } from "plugins/http-only";
import { lwsGroup } from "plugins/lws-group";
import { LwsMirror } from "plugins/lws-mirror-protocol";
import { LwsStatus } from "plugins/lws-status";
import { PostDemo } from "plugins/protocol-post-demo";

/** NVS namespace of the users that may see `/secret`. */
const USERS = "lwsdemoba";

/** Milliseconds without a network after which the unit restarts into setup; 0: it waits for the network for ever. */
const FALLBACK = 0;

/** The demo's user and password are public; they are written anew at each start, so that they are certainly there. */
function writeDemoUser(): void {
  try {
    const users = KeyValue.open({ path: USERS, format: "string", mode: "r+" });
    try {
      users.write("user", "password");
    } finally {
      users.close();
    }
  } catch (error) {
    log.err("demo", `nobody can log in: ${error}`);
  }
}

export default function start(context: Context): Health {
  const unit = new Unit({ context, fallback: FALLBACK });
  const { identity } = unit;
  const group = new Group({ context, identity });
  const info = slotInfo("ota_0");
  const files = new ResourceFiles(`${info?.git}-${info?.unixtime}`, Number(info?.unixtime ?? 0));
  const updates = new AppUpdates(unit);
  const about = {
    version: `${info?.app} ${info?.git}`,
    hostname: identity.hostname,
    get newer() {
      return updates.newer;
    },
  };
  writeDemoUser();
  const vhost = new HttpVhost(context, {
    name: "station",
    protocols: [
      HttpOnly,
      DumbIncrement,
      LwsMirror,
      [LwsStatus, about],
      PostDemo,
      esplwsRtf(unit.restart),
      lwsGroup(group),
    ],
    upgrades: [new WebSocketRole({ deflate: new PerMessageDeflate() })],
    authenticator: new BasicAuth({ realm: "lwsws" }),
    mounts: [
      { mountpoint: "/", files: new ZipFiles(files), origin: "www", default: "index.html", cache: "no-cache" },
      { mountpoint: "/secret", files, origin: "secret", default: "index.html", cache: "no-store", basicAuth: USERS },
      { mountpoint: "/formtest", protocol: PostDemo.protocol },
      { mountpoint: "/esplws-rtf", protocol: "esplws-rtf" },
    ],
    keepAlive: 5000,
  });
  const certificates = new Certificates({
    scheduler: context.scheduler,
    storage: unit.settings,
    names: () => unit.certificateNames,
    onChange: () => unit.changed(),
  });
  unit.certificates = certificates;
  openTlsSite({ context, vhost, role: new H1(), certificates });
  unit.start();
  const services = [{ type: "_https._tcp", port: 443 }, group.service];
  const mdns = new Mdns({ context, identity, services, onName: (label) => unit.claim(label) });
  group.use(mdns);
  unit.restart.onRestart = () => mdns.close();
  unit.listen({
    onChange: () => {
      certificates.renew();
      mdns.update();
    },
  });
  return new Health({ unit, isServing: () => vhost.port !== undefined });
}
