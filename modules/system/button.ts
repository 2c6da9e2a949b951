/** The button of the unit: GPIO to ground with a pull-up, so a low level means pressed. */

import Digital from "embedded:io/digital";
import { type Scheduler, Sul } from "lws/core/scheduler";
import { chipPins } from "./pins";

export interface ButtonOptions {
  scheduler: Scheduler;
  /** Runs a callback of the platform so that what it throws goes no further. */
  guard: (call: () => void) => void;
  onChange: (pressed: boolean) => void;
  /** GPIO number; default: that of {@link chipPins}, 14 on an ESP32. */
  pin?: number;
  /** Milliseconds from an edge until the level is believed. Default 100. */
  debounce?: number;
}

export class Button extends Sul {
  pressed: boolean;
  private options: ButtonOptions;
  private input: Digital;

  constructor(options: ButtonOptions) {
    super();
    this.options = options;
    const { guard } = options;
    const edge = () => this.onEdge();
    this.input = new Digital({
      pin: options.pin ?? chipPins().button,
      mode: Digital.InputPullUp,
      edge: Digital.Rising + Digital.Falling,
      onReadable() {
        guard(edge);
      },
    });
    this.pressed = this.input.read() === 0;
  }

  close(): void {
    this.options.scheduler.cancel(this);
    this.input.close();
  }

  /** Contacts bounce: the first edge starts the wait, those that follow within it change nothing. */
  private onEdge(): void {
    if (this.next === null) this.options.scheduler.schedule(this, this.options.debounce ?? 100);
  }

  /** @internal */
  override fire(): void {
    const pressed = this.input.read() === 0;
    if (pressed === this.pressed) return;
    this.pressed = pressed;
    this.options.onChange(pressed);
  }
}
