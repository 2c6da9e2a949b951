/**
 * The site of a unit in setup: its page, who may use it, and where it is served. With `unprovisionedHttp` a unit that has no certificate makes none: it serves
 * one plain page at port 80 that takes a certificate, its key and the serial number, as units leave a factory line, and then restarts.
 */

import Resource from "Resource";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Alarm } from "lws/core/scheduler";
import { defaultHeaders, HttpVhost } from "lws/http/http-vhost";
import { Login } from "lws/http/login";
import type { FileMount } from "lws/http/mount";
import { isOwnHost } from "lws/http/own-host";
import { transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { openTlsSite } from "lws/roles/tls-site";
import { WebSocketRole } from "lws/roles/ws";
import { DnsServer } from "lws/system/dns-server";
import { FactoryCopy } from "lws/system/factory-copy";
import { Comeback, type ComebackOptions } from "lws/system/fallback";
import { Improv } from "lws/system/improv";
import { JoinCode, joinText } from "lws/system/join-code";
import { Mdns } from "lws/system/mdns";
import { Restart } from "lws/system/restart";
import { Setup } from "lws/system/setup";
import { Certificates } from "lws/tls/certificates";
import { raiseFloors } from "lws/update/floors";
import { isSelfCopyDue } from "lws/update/self-copy";
import { slotInfo } from "lws/update/slot-info";
import { ResourceFiles } from "lws/vfs/resources";
import Time from "time";
import { CaptivePortal } from "./captive-portal";
import { esplwsAccess } from "./esplws-access";
import { esplwsCert } from "./esplws-cert";
import { esplwsOta } from "./esplws-ota";
import { esplwsScan } from "./esplws-scan";
import { esplwsSettings } from "./esplws-settings";
import { esplwsUpdate } from "./esplws-update";
import { JoinPicture } from "./join-code";
import { type SetupStreams, startUpdates } from "./setup-updates";

export interface SetupSiteOptions {
  context: Context;
  /** Un-provisioned HTTP mode. Default false. */
  unprovisionedHttp?: boolean;
  /** What the image does by Secure Streams, if it links them. Default: updates are fetched by an HTTP client. */
  streams?: SetupStreams;
}

/** Milliseconds from the provisioning of a unit to its restart: time to read what to do next. */
const PROVISIONED = 3000;

/** Milliseconds after which a unit that has come for an update gives up to look for it. */
const ERRAND = 300_000;

/** Milliseconds that a setup image has to run until it counts as one that works. */
const PROBATION = 60_000;

/** Starts everything; but a setup image that was just installed begins by copying itself to where it belongs. */
export function startSetup(options: SetupSiteOptions): void {
  if (isSelfCopyDue()) new FactoryCopy(options.context, () => startSite(options));
  else startSite(options);
}

function startSite({ context, unprovisionedHttp = false, streams }: SetupSiteOptions): void {
  const setup = new Setup({ context });
  const { settings } = setup;
  const certificates = new Certificates({
    scheduler: context.scheduler,
    storage: settings,
    names: () => setup.certificateNames,
    onChange: () => setup.changed(),
  });
  setup.certificates = certificates;
  const login = new Login(setup);
  if (unprovisionedHttp && !settings.getBytes("ap-own.pair") && !settings.getBytes("ap-self.pair")) {
    openPlainSite(setup, certificates, login);
    return;
  }
  const vhost = setupVhost(setup, certificates, login);
  // Who stands in front of the unit needs no certificate: it may be the wrong authority that has to be taken back.
  const portal = new CaptivePortal(setup.identity);
  openTlsSite({ context, vhost, role: new H1(), certificates, askClients: !setup.present, portal });
  new DnsServer(context);
  setup.start();
  const services = [{ type: "_https._tcp", port: 443 }];
  const mdns = new Mdns({ context, identity: setup.identity, services, onName: (label) => setup.claim(label) });
  setup.listen({
    onChange: () => {
      certificates.renew();
      mdns.update();
    },
  });
  startUpdates(setup, streams);
  const info = slotInfo("factory");
  try {
    new Improv({ unit: setup, firmware: info?.app ?? "", version: info?.git ?? "" });
  } catch (error) {
    // A debugger has the line: everything else works without.
    log.warn("improv", String(error));
  }
  setup.restart.onRestart = () => mdns.close();
  if (setup.errand !== "") new Comeback(wayBack(setup));
  context.scheduler.schedule(new Alarm(raiseFloors), PROBATION);
  new JoinCode(joinText(setup.identity.accessPoint)).print("join");
}

/** Back into the application, for a unit that has come from there by itself. */
function wayBack(setup: Setup): ComebackOptions {
  const { context, restart } = setup;
  const way = { scheduler: context.scheduler, restart };
  if (setup.errand === "network")
    return { ...way, ready: () => isIdle(setup) && setup.network.address !== undefined, reason: "the network is back" };
  return { ...way, ready: () => isIdle(setup) && hasLooked(setup), looks: 2, reason: "no update" };
}

/** An application is there, and nobody uses setup. */
function isIdle({ network, update }: Setup): boolean {
  return !network.watched && update.state === "idle" && slotInfo("ota_0") !== undefined;
}

/** The unit has looked at the server; or could not, for as long as it takes to find the network, the time and the server. */
function hasLooked({ updates, started }: Setup): boolean {
  const isLooking = updates?.state === "waiting" || updates?.state === "checking";
  return !isLooking || Time.delta(started) >= ERRAND;
}

function setupVhost(setup: Setup, certificates: Certificates, login: Login): HttpVhost {
  return new HttpVhost(setup.context, {
    name: "ap",
    authenticator: login,
    admits: (http) => isOwnHost(http, () => `${setup.identity.hostname} ${certificates.facts?.names ?? ""}`),
    protocols: [
      esplwsScan(setup, login),
      esplwsOta(setup),
      esplwsUpdate(setup),
      esplwsAccess(setup, login),
      esplwsCert({ certificates, login, setup }),
      [JoinPicture, { text: joinText(setup.identity.accessPoint) }],
      esplwsSettings({ unit: setup, mayChange: (wsi) => login.mayChange(login.sessions.of(transaction(wsi))) }),
    ],
    upgrades: [new WebSocketRole()],
    mounts: [
      files("index"),
      { mountpoint: "/access", protocol: "esplws-access" },
      { mountpoint: "/otaform", protocol: "esplws-ota", basicAuth: "setup" },
      { mountpoint: "/update", protocol: "esplws-update", basicAuth: "setup" },
      { mountpoint: "/factory", protocol: "esplws-cert", basicAuth: "setup" },
      { mountpoint: "/certificate", protocol: "esplws-cert", basicAuth: "setup" },
      { mountpoint: "/join.svg", protocol: "join-code" },
      { mountpoint: "/settings.csv", protocol: "esplws-settings", basicAuth: "setup" },
    ],
    timeout: 30_000,
  });
}

function openPlainSite(setup: Setup, certificates: Certificates, login: Login): void {
  const { context, identity } = setup;
  const restart = new Restart({ scheduler: context.scheduler, delay: PROVISIONED });
  const vhost = new HttpVhost(context, {
    name: "ap",
    authenticator: login,
    admits: (http) => isOwnHost(http, () => identity.hostname),
    protocols: [esplwsCert({ certificates, login, setup, restart })],
    mounts: [files("factory"), { mountpoint: "/factory", protocol: "esplws-cert", basicAuth: "setup" }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  log.notice("setup", "no certificate yet: http only");
  setup.start();
}

/** A page of the image: one file, whose script and sheet are known by their hashes. */
function files(page: string): FileMount {
  const info = slotInfo("factory");
  const policy = new Resource(`www/${page}.policy`);
  return {
    mountpoint: "/",
    files: new ResourceFiles(`${info?.git}-${info?.unixtime}`, Number(info?.unixtime ?? 0)),
    origin: "www",
    default: `${page}.html`,
    cache: "no-cache",
    headers: {
      ...defaultHeaders,
      "Content-Security-Policy": `${defaultHeaders["Content-Security-Policy"]}; img-src 'self' data:; ${Bytes.latin1(policy, 0, policy.byteLength)}`,
    },
  };
}
