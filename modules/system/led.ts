/**
 * The light of the unit "breathes": its brightness follows a sine whose depth and speed tell the state. It is wired from the supply to
 * the pin, so a higher duty is darker.
 */

import PWM from "embedded:io/pwm";
import { type Scheduler, Sul } from "lws/core/scheduler";
import Time from "time";
import { chipPins } from "./pins";

export interface LedOptions {
  scheduler: Scheduler;
  /** GPIO number; default: that of {@link chipPins}, 23 on an ESP32. */
  pin?: number;
}

/** Milliseconds between two steps. */
const TICK = 25;
/** Highest duty of 13 bits: off. */
const OFF = 8191;
/** Milliseconds of one breath. */
const enum Period {
  offline = 1228,
  online = 1740,
  identify = 341,
}
/** Milliseconds that the unit identifies itself for. Ticks would not do to count them: they come later than they are due. */
const IDENTIFY = 12_500;

export class Led extends Sul {
  /** The station has an address. */
  online = false;
  private scheduler: Scheduler;
  private output: PWM;
  /** The unit identifies itself, since Time.ticks was that. */
  private identifies = false;
  private since = 0;

  constructor(options: LedOptions) {
    super();
    this.scheduler = options.scheduler;
    this.output = new PWM({ pin: options.pin ?? chipPins().led, hz: 5000, resolution: 13 });
    this.output.write(OFF);
    this.scheduler.schedule(this, TICK);
  }

  /** Breathes fast for 12.5 seconds, so that this unit is found among others. */
  identify(): void {
    this.identifies = true;
    this.since = Time.ticks;
  }

  close(): void {
    this.scheduler.cancel(this);
    this.output.close();
  }

  /** @internal */
  override fire(): void {
    let duty: number;
    if (this.identifies && (Time.ticks - this.since) >>> 0 >= IDENTIFY) this.identifies = false;
    if (this.identifies) duty = breath(Period.identify);
    else if (this.online) duty = breath(Period.online);
    else duty = 4096 + ((breath(Period.offline) / 3) | 0);
    this.output.write(duty);
    this.scheduler.schedule(this, TICK);
  }
}

/** Where a sine of this period between 0 and {@link OFF} stands now. */
function breath(period: number): number {
  const phase = (((Time.ticks >>> 0) % period) * 1024) / period;
  return 4096 + ((sine(phase & 511) * (phase < 512 ? 4095 : -4096)) >> 12);
}

/** 4096 sin(π x / 512) for x from 0 to 512: Bhaskara's approximation, within 0.2 %, in integers that never leave 32 bits. */
function sine(x: number): number {
  const product = x * (512 - x);
  return ((product * 16384) / (327680 - product)) | 0;
}
