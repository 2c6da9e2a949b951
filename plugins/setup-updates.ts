/** What a unit in setup asks others for: names, the time, and updates. Only once there is a network it takes what that needs. */
import { Resolver } from "lws/client/resolver";
import { Sntp } from "lws/client/sntp";
import { Updates } from "lws/client/updates";
import type { Setup } from "lws/system/setup";
import type { UnitListener } from "lws/system/unit";

class Outside implements UnitListener {
  private resolver: Resolver | undefined = undefined;
  private sntp: Sntp | undefined = undefined;

  constructor(private readonly setup: Setup) {
    const updates = new Updates({ setup, resolver: () => this.names });
    setup.updates = updates;
    setup.listen(updates);
    setup.listen(this);
  }

  private get names(): Resolver {
    this.resolver ??= new Resolver({ context: this.setup.context });
    return this.resolver;
  }

  onChange(): void {
    const { setup } = this;
    const isOnline = setup.network.address !== undefined;
    if (isOnline && !this.sntp) {
      this.sntp = new Sntp({
        context: setup.context,
        resolver: this.names,
        server: () => setup.settings.get("ntp-server"),
        onTime: () => setup.changed(),
      });
    }
    this.sntp?.update(isOnline);
  }
}

/** Begins as soon as the network is there. */
export function startUpdates(setup: Setup): void {
  new Outside(setup);
}
