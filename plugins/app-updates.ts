/** What an application asks others for: whether there is a newer one. Before its network is there, and where no server is set, nothing is taken for that. */
import { UpdateWatch, type WatchOptions } from "lws/client/update-watch";
import type { Unit } from "lws/system/unit";
import { Outside } from "./outside";

export class AppUpdates extends Outside {
  private watch: UpdateWatch | undefined = undefined;

  /** `times` stand in for the usual. */
  constructor(
    unit: Unit,
    private readonly times: Omit<WatchOptions, "resolver"> = {},
  ) {
    super(unit);
  }

  /** The version that is to be had and is newer; "" where none is known. */
  get newer(): string {
    return this.watch?.newer ?? "";
  }

  /** @internal */
  override onChange(): void {
    const { unit } = this;
    if (unit.network.address !== undefined)
      this.watch ??= new UpdateWatch(unit, { ...this.times, resolver: () => this.names });
    super.onChange();
    if (this.needsTime) this.watch?.onChange();
  }

  protected override get needsTime(): boolean {
    return this.watch !== undefined && this.watch.state !== "off";
  }
}
