/**
 * A test image that takes the place of setup: a unit that looks for updates by streams of the policy of setup, without a page. `opts` of its settings holds options of `Updates`, as JSON. Port 80 of
 * its access point tells what `Updates` says, and does what a page would ask for.
 */

import { policy } from "factory/policy";
import { Resolver } from "lws/client/dns/resolver";
import { Updates, type UpdatesOptions } from "lws/client/update/updates";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { unitStreams } from "lws/secure-streams/unit-streams";
import { Setup } from "lws/system/setup";
import { View, view } from "./view";

export default function start(context: Context): void {
  const setup = new Setup({ context });
  const options = JSON.parse(setup.settings.get("opts") || "{}") as Partial<UpdatesOptions>;
  const names = new Resolver({ context });
  const resolver = () => names;
  const updates = new Updates({ ...options, setup, resolver, fetcher: unitStreams(policy, setup, resolver) });
  setup.updates = updates;
  setup.listen(updates);
  let state = "";
  setup.listen({
    onChange: () => {
      if (updates.state !== state) log.notice("pull", `${updates.state} ${updates.error}`);
      state = updates.state;
    },
    onUploadFailed: (error) => log.notice("pull", `told: ${error.code}`),
  });
  const vhost = new HttpVhost(context, {
    name: "pull",
    protocols: [view(setup, updates)],
    mounts: [{ mountpoint: "/", protocol: View.protocol }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  setup.start();
}
