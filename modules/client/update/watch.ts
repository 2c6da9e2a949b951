/**
 * The updates of an application. It has no room to install anything: where it finds something newer, and that was allowed, it restarts into setup, which fetches it
 * and comes back with it; or without it, and then the application does not try again for a day or more.
 */
import { log } from "lws/core/log";
import { Boot } from "lws/platform/flash";
import { hasVisitor } from "lws/system/health";
import type { Unit } from "lws/system/unit";
import { rolledBack } from "lws/update/rollback";
import Time from "time";
import { Attempts } from "./attempts";
import { chooseApplication } from "./choice";
import { type LookOptions, UpdateLook } from "./look";
import type { Manifest } from "./manifest";

export interface WatchTimes {
  /** Milliseconds until it is seen again whether anything keeps the unit here. Default 10 minutes. */
  again?: number;
  /** Milliseconds that somebody on a page can keep it here. Default 4 hours. */
  patience?: number;
  /** Milliseconds that the application has to run before it goes once more for what it went for in vain. Default an hour. */
  rest?: number;
}

export type WatchOptions = LookOptions & WatchTimes;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export class UpdateWatch extends UpdateLook {
  /** The version that is to be had and is newer than this one; "" where none is known. */
  newer = "";
  /** What the unit is to go for, when nothing keeps it here any more. */
  private wanted: Attempts | undefined = undefined;
  /** Since when, in Time.ticks. */
  private since = 0;

  constructor(
    unit: Unit,
    private readonly times: WatchOptions,
  ) {
    super(unit, times);
  }

  protected override get isFree(): boolean {
    return true;
  }

  protected override offered(manifest: Manifest): void {
    const choice = chooseApplication(manifest);
    this.newer = choice?.offer.newer ? choice.release.version : "";
    if (this.newer === "") return;
    const attempts = new Attempts(this.newer);
    const objection = this.objectionTo(attempts);
    log.notice("updates", `${this.newer} is to be had${objection === "" ? "" : `, but ${objection}`}`);
    if (objection !== "") return;
    this.wanted = attempts;
    this.since = Time.ticks;
    this.go(attempts);
  }

  private objectionTo({ version, mayGo }: Attempts): string {
    if (this.unit.settings.get("update-auto") !== "1") return "nobody has allowed to install it";
    if (rolledBack()?.info.git === version) return "it was rolled back here";
    return mayGo ? "" : "it is too early to try again";
  }

  /** @internal */
  override fire(): void {
    if (this.wanted) this.go(this.wanted);
    else super.fire();
  }

  private go(attempts: Attempts): void {
    const { unit, times } = this;
    if (this.isOnline && this.isKept(attempts)) {
      this.later(times.again ?? 10 * MINUTE);
      return;
    }
    this.wanted = undefined;
    // The network has gone meanwhile: with it, a look comes back.
    if (!this.isOnline) return;
    this.tomorrow();
    try {
      if (attempts.note()) unit.goToUpdate();
      else log.warn("updates", "stays: nothing can be noted");
    } catch (error) {
      log.warn("updates", `stays: ${error}`);
    }
  }

  /** Whoever is on a page is not thrown out at once; and an application has to prove itself first. */
  private isKept({ count }: Attempts): boolean {
    const { unit, times, since } = this;
    const { patience = 4 * HOUR, rest = HOUR } = times;
    if (Boot.pending || (count > 0 && Time.delta(unit.started) < rest)) return true;
    return hasVisitor(unit.context) && Time.delta(since) < patience;
  }
}
