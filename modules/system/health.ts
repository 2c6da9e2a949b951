/**
 * The probation of an application that was just installed. It proves itself when its server is up, its network is joined or somebody is on one of its
 * pages, and it has run for a while. If that does not happen in time it is given up, and the unit restarts into what was there before.
 */
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { Chip } from "lws/platform/chip";
import { Boot } from "lws/platform/flash";
import { raiseFloors } from "lws/update/floors";
import { noteFailure, noticeRollback } from "lws/update/rollback";
import Time from "time";
import type { Unit } from "./unit";

export interface HealthOptions {
  unit: Unit;
  /** Whether the image serves what it is there for. */
  isServing: () => boolean;
  /** Milliseconds that the image has to run at least. Default 60,000. */
  probation?: number;
  /** Milliseconds after which an image that has not proved itself is given up. Default 300,000. */
  patience?: number;
}

/** Milliseconds between two looks: nobody tells when somebody comes to a page. */
const INTERVAL = 5000;

export class Health extends Sul {
  private readonly options: HealthOptions;
  private readonly started: number;

  /** Does nothing for an image that is not on probation. */
  constructor(options: HealthOptions) {
    super();
    this.options = options;
    this.started = Time.ticks;
    const rolled = noticeRollback(Chip.resetReason);
    if (rolled) log.warn("health", `${rolled.info.app} ${rolled.info.git} was rolled back: ${rolled.reason}`);
    if (!Boot.pending) {
      raiseFloors();
      return;
    }
    log.notice("health", "on probation");
    const { unit, probation = 60_000, patience = 300_000 } = options;
    unit.context.scheduler.schedule(this, Math.min(probation, patience));
  }

  /** @internal */
  override fire(): void {
    const { unit, patience = 300_000 } = this.options;
    const left = patience - Time.delta(this.started);
    if (this.isWell) this.prove();
    else if (left > 0) unit.context.scheduler.schedule(this, Math.min(INTERVAL, left));
    else this.giveUp();
  }

  private get isWell(): boolean {
    const { unit, isServing } = this.options;
    return isServing() && (unit.network.address !== undefined || hasVisitor(unit.context));
  }

  private prove(): void {
    Boot.confirm();
    raiseFloors();
    log.notice("health", "the image has proved itself");
  }

  private giveUp(): void {
    log.err("health", "the image has not proved itself: it is rolled back");
    noteFailure("health");
    Boot.reject();
    this.options.unit.restart.soon();
  }
}

/** A page is open that has a WebSocket. */
export function hasVisitor(context: Context): boolean {
  for (let wsi = context.first; wsi; wsi = wsi.neighbour) if (wsi.role.name === "ws") return true;
  return false;
}
