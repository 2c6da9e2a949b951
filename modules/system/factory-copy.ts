/** Runs the copying of a setup image to where it belongs, a block in a turn, and shows it by the light. */
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { Chip } from "lws/platform/chip";
import { Boot } from "lws/platform/flash";
import { RtcWord } from "lws/platform/rtc-word";
import { SelfCopy } from "lws/update/self-copy";
import { Led } from "./led";

/** Milliseconds from a failure to the next try, which a restart makes. */
const PAUSE = 5000;

export class FactoryCopy extends Sul {
  private readonly context: Context;
  private readonly otherwise: () => void;
  private readonly copy = new SelfCopy();
  private readonly led: Led;
  private isFailed = false;

  /** `otherwise` is called where this image may not be copied, and there is no other that could run. */
  constructor(context: Context, otherwise: () => void) {
    super();
    this.context = context;
    this.otherwise = otherwise;
    this.led = new Led({ scheduler: context.scheduler });
    this.led.identify();
    log.notice("setup", "this setup image copies itself to where it belongs");
    context.scheduler.schedule(this, 0);
  }

  /** @internal */
  override fire(): void {
    if (this.isFailed) Chip.restart();
    try {
      if (!this.copy.step()) {
        this.context.scheduler.schedule(this, 0);
        return;
      }
    } catch (error) {
      this.fail(error);
      return;
    }
    log.notice("setup", "the copy is complete");
    Chip.rtc = RtcWord.requestFactoryEraseOta;
    Chip.restart();
  }

  /** A copy that has begun must be completed. Before that, the setup image that is there stays. */
  private fail(error: unknown): void {
    const { copy, led, context } = this;
    log.err("setup", `this setup image is not copied: ${error instanceof Error ? error.message : error}`);
    if (!copy.isBegun && copy.isTargetWhole) Boot.selected = "factory";
    else if (!copy.isBegun) {
      copy.close();
      led.close();
      this.otherwise();
      return;
    }
    this.isFailed = true;
    context.scheduler.schedule(this, copy.isBegun ? PAUSE : 0);
  }
}
