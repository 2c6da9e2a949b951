/**
 * The way to the setup image for a unit whose network has been gone for long: there somebody can tell it another one. And the way back from there by
 * itself, when the network has come back; or when an update that the unit went there for is not to be had.
 */
import { log } from "lws/core/log";
import { type Scheduler, Sul } from "lws/core/scheduler";
import type { Restart } from "./restart";
import type { Settings } from "./settings";

export interface FallbackOptions {
  scheduler: Scheduler;
  restart: Restart;
  settings: Settings;
  /** Milliseconds without an address, at a stretch, after which the unit restarts into setup. */
  patience: number;
}

export class Fallback extends Sul {
  private options: FallbackOptions;
  private waits = false;

  constructor(options: FallbackOptions) {
    super();
    this.options = options;
  }

  /** Tells whether the station has an address now; to be called first when the radio is switched on. */
  update(online: boolean): void {
    const { scheduler, patience } = this.options;
    if (this.waits !== online) return;
    this.waits = !online;
    if (online) scheduler.cancel(this);
    else scheduler.schedule(this, patience);
  }

  /** @internal */
  override fire(): void {
    const { settings, restart } = this.options;
    log.warn("fallback", "no network for too long: restarts into setup");
    try {
      settings.set("fallen", "1");
    } catch (error) {
      log.warn("fallback", `stays there: ${error}`);
    }
    restart.toFactory();
  }
}

export interface ComebackOptions {
  scheduler: Scheduler;
  restart: Restart;
  /** Whether what the unit came for is there, or is not to be had; and nobody uses setup. */
  ready: () => boolean;
  /** How many looks in a row must find that so. Default 6. */
  looks?: number;
  /** Why, for the log. */
  reason: string;
}

/** Milliseconds between two looks. */
const LOOK = 5000;

/** Restarts a unit in setup into its application, once that can do again what it gave up, or nothing keeps it from going on as before. */
export class Comeback extends Sul {
  private count = 0;

  constructor(private readonly options: ComebackOptions) {
    super();
    options.scheduler.schedule(this, LOOK);
  }

  /** @internal */
  override fire(): void {
    const { scheduler, restart, ready, looks = 6, reason } = this.options;
    this.count = ready() ? this.count + 1 : 0;
    if (this.count < looks) scheduler.schedule(this, LOOK);
    else {
      log.notice("fallback", `${reason}: restarts into the application`);
      restart.soon();
    }
  }
}
