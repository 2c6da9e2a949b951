/** The way back to the setup image for a unit whose network has been gone for long: there somebody can tell it another one. */
import { log } from "lws/core/log";
import { type Scheduler, Sul } from "lws/core/scheduler";
import type { Restart } from "./restart";

export interface FallbackOptions {
  scheduler: Scheduler;
  restart: Restart;
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
    log.warn("fallback", "no network for too long: restarts into setup");
    this.options.restart.toFactory();
  }
}
