/**
 * What the seam promises, as cases that log what they see: every place has to give the same text. What differs by nature, such as addresses,
 * times and figures of the heap, is compared here and told as a word.
 */
import { Chip } from "lws/platform/chip";
import Timer from "timer";

export type Body = () => void | Promise<void>;

/** Milliseconds that a case may take; a chip in an emulator is slow, and a connection that had no room comes again after seconds. */
const patience = 60_000;

/** One line of the log. */
export function say(line: string): void {
  Chip.log(`seam: ${line}`);
}

/** What a call gives, or what it throws. */
export function attempt(call: () => unknown): string {
  try {
    return String(call());
  } catch (error) {
    return String(error);
  }
}

/** The name of what a call throws, where the words behind it are not ours. */
export function thrown(call: () => unknown): string {
  try {
    call();
    return "nothing";
  } catch (error) {
    return error instanceof Error ? error.name : typeof error;
  }
}

export function pause(delay: number): Promise<void> {
  return new Promise((resolve) => {
    Timer.set(() => resolve(), delay);
  });
}

export class Suite {
  private readonly names: string[] = [];
  private readonly bodies: Body[] = [];

  add(name: string, body: Body): void {
    this.names.push(name);
    this.bodies.push(body);
  }

  /** Runs the cases one after the other; a case that fails is logged, and the next one begins. */
  async run(): Promise<void> {
    for (let i = 0; i < this.names.length; i++) {
      say(`--- ${this.names[i]}`);
      await this.runOne(this.bodies[i] as Body).catch((error: unknown) => say(`FAILED ${error}`));
    }
  }

  private runOne(body: Body): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = Timer.set(() => reject(new Error("no end")), patience);
      const end = () => {
        Timer.clear(timer);
        resolve();
      };
      const fail = (error: unknown) => {
        Timer.clear(timer);
        reject(error);
      };
      try {
        Promise.resolve(body()).then(end, fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}
