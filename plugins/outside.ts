/** What a unit needs to ask others for something: names, and the time. Only once there is a network it takes what that needs. */
import { Resolver } from "lws/client/resolver";
import { Sntp } from "lws/client/sntp";
import type { Unit, UnitListener } from "lws/system/unit";

export class Outside implements UnitListener {
  private resolver: Resolver | undefined = undefined;
  private sntp: Sntp | undefined = undefined;

  constructor(protected readonly unit: Unit) {}

  get names(): Resolver {
    this.resolver ??= new Resolver({ context: this.unit.context });
    return this.resolver;
  }

  /** @internal */
  onChange(): void {
    const { unit } = this;
    const isOnline = unit.network.address !== undefined;
    if (isOnline && !this.sntp) {
      this.sntp = new Sntp({
        context: unit.context,
        resolver: this.names,
        server: () => unit.settings.get("ntp-server"),
        onTime: () => unit.changed(),
      });
    }
    this.sntp?.update(isOnline);
  }
}
