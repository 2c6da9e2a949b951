/** The setup image: a page at 192.168.4.1 that joins networks and takes the application. */
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { openTlsSite } from "lws/roles/tls-site";
import { WebSocketRole } from "lws/roles/ws";
import { DnsServer } from "lws/system/dns-server";
import { JoinCode, joinText } from "lws/system/join-code";
import { Mdns } from "lws/system/mdns";
import { Setup } from "lws/system/setup";
import { Certificates } from "lws/tls/certificates";
import { slotInfo } from "lws/update/slot-info";
import { ResourceFiles } from "lws/vfs/resources";
import { CaptivePortal } from "plugins/captive-portal";
import { esplwsCert } from "plugins/esplws-cert";
import { esplwsOta } from "plugins/esplws-ota";
import { esplwsScan } from "plugins/esplws-scan";
import { JoinPicture } from "plugins/join-code";

export default function start(context: Context): void {
  const setup = new Setup({ context });
  const { identity } = setup;
  const joining = joinText(identity.accessPoint);
  const info = slotInfo("factory");
  const certificates = new Certificates({
    scheduler: context.scheduler,
    storage: setup.settings,
    names: () => setup.certificateNames,
    onChange: () => setup.changed(),
  });
  const vhost = new HttpVhost(context, {
    name: "ap",
    protocols: [
      esplwsScan(setup),
      esplwsOta(setup),
      esplwsCert({ certificates, mayChange: () => setup.present }),
      [JoinPicture, { text: joining }],
    ],
    upgrades: [new WebSocketRole()],
    mounts: [
      {
        mountpoint: "/",
        files: new ResourceFiles(`${info?.git}-${info?.unixtime}`, Number(info?.unixtime ?? 0)),
        origin: "www",
        default: "index.html",
        cache: "no-cache",
      },
      { mountpoint: "/otaform", protocol: "esplws-ota" },
      { mountpoint: "/factory", protocol: "esplws-cert" },
      { mountpoint: "/certificate", protocol: "esplws-cert" },
      { mountpoint: "/join.svg", protocol: "join-code" },
    ],
    timeout: 30_000,
  });
  setup.certificates = certificates;
  const portal = new CaptivePortal(identity);
  // Who stands in front of the unit needs no certificate: it may be the wrong authority that has to be taken back.
  const askClients = !setup.present;
  openTlsSite({ context, vhost, role: new H1(), certificates, askClients, portal });
  new DnsServer(context);
  setup.start();
  const mdns = new Mdns({ context, identity, services: [{ type: "_https._tcp", port: 443 }] });
  setup.listen({
    onChange: () => {
      certificates.renew();
      mdns.update();
    },
  });
  new JoinCode(joining).print("join");
}
