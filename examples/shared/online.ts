/** What every example begins with: joins the network that the unit knows, has the clock set, and calls as soon as there is an address. */
import { Resolver } from "lws/client/dns/resolver";
import { Sntp } from "lws/client/sntp";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Unit } from "lws/system/unit";

/** Calls `begin` once. A stream by TLS that is connected before the time is known waits for it. */
export function online(context: Context, begin: (resolver: Resolver) => void): void {
  const unit = new Unit({ context });
  const resolver = new Resolver({ context });
  const sntp = new Sntp({ context, resolver });
  let isBegun = false;
  unit.listen({
    onChange() {
      const { address } = unit.network;
      sntp.update(address !== undefined);
      if (address === undefined || isBegun) return;
      isBegun = true;
      log.notice("example", `online as ${address.address}`);
      begin(resolver);
    },
  });
  unit.start();
}
