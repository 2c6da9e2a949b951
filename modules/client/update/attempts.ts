/** How often an application has gone to setup for an update, and whether it may go again: an update that fails must not become a loop of restarts. */
import { readStored, store } from "lws/update/store";

/** Seconds. */
const DAY = 86_400;
/** By how much a look may come early. */
const EARLY = DAY / 6;
/** Days that have to pass after the first, second, … attempt for the same version; the last repeats. */
const DAYS: readonly number[] = [1, 2, 4, 7];

export class Attempts {
  /** Of the attempts that were made for {@link Attempts.version}. */
  readonly count: number;
  private readonly isRecent: boolean;

  /** Reads what is known; the time has to be, too. */
  constructor(readonly version: string) {
    const [tried, count, at] = readStored("tried").split(" ");
    this.count = tried === version ? Number(count) || 1 : 0;
    const days = DAYS[Math.min(Math.max(this.count, 1), DAYS.length) - 1] as number;
    const since = now() - Number(at);
    // One that lies in the future was made while the clock was wrong.
    this.isRecent = since >= 0 && since < days * DAY - EARLY;
  }

  /** Another version than last time has to wait for a day, too. */
  get mayGo(): boolean {
    return !this.isRecent;
  }

  /** Notes one more. False where that can't be: without it, there would be no end. */
  note(): boolean {
    return store("tried", `${this.version} ${this.count + 1} ${now()}`);
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
