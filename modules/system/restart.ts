/** Restarts that leave time for answers and farewells to go out, and the one that leads back to the setup image. */
import { type Scheduler, Sul } from "lws/core/scheduler";
import { Chip } from "lws/platform/chip";
import { RtcWord } from "lws/platform/rtc-word";

export interface RestartOptions {
  scheduler: Scheduler;
  /** Milliseconds from the call to the restart. Default 250. */
  delay?: number;
}

export class Restart extends Sul {
  private scheduler: Scheduler;
  private delay: number;
  private word = RtcWord.none;
  /** Told as soon as a restart is certain, so that what it sends still goes out. */
  onRestart: (() => void) | undefined = undefined;

  constructor(options: RestartOptions) {
    super();
    this.scheduler = options.scheduler;
    this.delay = options.delay ?? 250;
  }

  /** Restarts into what otadata selects. */
  soon(): void {
    this.schedule(RtcWord.none);
  }

  /** Restarts into the setup image, this once. */
  toFactory(): void {
    this.schedule(RtcWord.requestFactory);
  }

  private schedule(word: RtcWord): void {
    this.word = word;
    this.scheduler.schedule(this, this.delay);
    this.onRestart?.();
  }

  /** @internal The word is written last, so that a reset of another cause in between does not obey it. */
  override fire(): void {
    Chip.rtc = this.word;
    Chip.restart();
  }
}
