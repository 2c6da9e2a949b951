/** What a unit needs to ask others for something: names, and the time. The time is asked for when nothing else keeps the unit from it; until then it takes no memory. */
import { Resolver } from "lws/client/resolver";
import { Sntp } from "lws/client/sntp";
import { type Ladder, type Notifier, SystemState } from "lws/system/ladder";
import type { Unit, UnitListener } from "lws/system/unit";

export class Outside implements Notifier, UnitListener {
  private resolver: Resolver | undefined = undefined;
  private sntp: Sntp | undefined = undefined;

  constructor(protected readonly unit: Unit) {
    unit.ladder.add(this);
    unit.listen(this);
  }

  get names(): Resolver {
    this.resolver ??= new Resolver({ context: this.unit.context });
    return this.resolver;
  }

  /** Something waits for the time. */
  protected get needsTime(): boolean {
    return true;
  }

  /** @internal That the time is known the unit itself sees to. */
  mayEnter(_ladder: Ladder, to: SystemState): boolean {
    if (to === SystemState.timeValid && !this.sntp && this.needsTime) this.askForTime();
    return true;
  }

  private askForTime(): void {
    const { unit } = this;
    this.sntp = new Sntp({
      context: unit.context,
      resolver: this.names,
      server: () => unit.settings.get("ntp-server"),
      onTime: () => unit.changed(),
    });
    this.onChange();
  }

  /** @internal */
  onChange(): void {
    this.sntp?.update(this.unit.network.address !== undefined);
  }
}
