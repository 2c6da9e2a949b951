/**
 * The way to the setup image for a unit whose network has been gone for long: there somebody can tell it another one. And the way back from there by
 * itself, when the network has come back.
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
  /** Whether the network is there, and nobody uses setup. */
  ready: () => boolean;
}

/** Milliseconds between two looks, and how many of them in a row must find nothing against it. */
const LOOK = 5000;
const LOOKS = 6;

/** Restarts a unit in setup into its application, once that can do again what it gave up. */
export class Comeback extends Sul {
  private looks = 0;

  constructor(private readonly options: ComebackOptions) {
    super();
    options.scheduler.schedule(this, LOOK);
  }

  /** @internal */
  override fire(): void {
    const { scheduler, restart, ready } = this.options;
    this.looks = ready() ? this.looks + 1 : 0;
    if (this.looks < LOOKS) scheduler.schedule(this, LOOK);
    else {
      log.notice("fallback", "the network is back: restarts into the application");
      restart.soon();
    }
  }
}
