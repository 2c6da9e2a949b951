/** The SDK's timers and clock. */
import Time from "time";
import Timer from "timer";
import { attempt, pause, type Suite, say, thrown } from "./suite";

export function addTimerCases(suite: Suite): void {
  suite.add("timers: by their time, and equal ones in order", async () => {
    let order = "";
    // Far from the others: when the chip is late, those that are due together come in the order in which they were made.
    Timer.set(() => (order += "c"), 220);
    Timer.set(() => (order += "a"), 20);
    Timer.set(() => (order += "b"), 20);
    Timer.set(() => (order += "0"));
    order += "-";
    await pause(280);
    say(order);
  });

  suite.add("timers: none comes early", async () => {
    let least = 0x7fffffff;
    for (const delay of [1, 5, 20, 50]) {
      const start = Time.ticks;
      await pause(delay);
      least = Math.min(least, Time.delta(start) - delay);
    }
    say(`early: ${least < -1}`);
  });

  suite.add("timers: one that repeats until it is cleared", async () => {
    let count = 0;
    Timer.repeat((timer) => {
      if (++count === 3) Timer.clear(timer);
    }, 10);
    await pause(120);
    say(`${count} times`);
    let later = 0;
    const timer = Timer.set(() => later++, 10, 30);
    await pause(55);
    Timer.clear(timer);
    await pause(60);
    say(`${later} times`);
  });

  suite.add("timers: cleared before its time, and by one of the same time", async () => {
    let fired = "";
    const early = Timer.set(() => (fired += "early"), 20);
    Timer.clear(early);
    let second: Timer | undefined;
    Timer.set(() => Timer.clear(second), 30);
    second = Timer.set(() => (fired += "second"), 30);
    await pause(80);
    say(`fired: "${fired}"`);
    Timer.clear(undefined);
  });

  suite.add("timers: moved, and put to sleep", async () => {
    let at = 0;
    const start = Time.ticks;
    const timer = Timer.set(() => (at = Time.delta(start)), 10, 1000);
    Timer.schedule(timer, 80, 1000);
    await pause(60);
    say(`before: ${at}`);
    await pause(60);
    say(`after: ${at >= 79}`);
    at = 0;
    Timer.schedule(timer);
    await pause(60);
    say(`asleep: ${at === 0}`);
    Timer.schedule(timer, 20);
    await pause(60);
    say(`awake: ${at > 0}`);
    Timer.clear(timer);
  });

  suite.add("timers: what is no timer, no time and no function", async () => {
    say(thrown(() => Timer.schedule({} as Timer, 10)));
    say(thrown(() => Timer.schedule(undefined as unknown as Timer, 10)));
    say(thrown(() => Timer.clear({} as Timer)));
    let once = 0;
    let often = 0;
    Timer.repeat(() => once++, 0);
    Timer.set(() => once++, -1000);
    const timer = Timer.set(() => often++, 0, -1);
    Timer.clear(Timer.set(undefined as unknown as () => void, 10));
    await pause(60);
    Timer.clear(timer);
    say(`once: ${once}, often: ${often > 2}`);
  });

  suite.add("timers: one that has fired is gone", async () => {
    const timer = Timer.set(() => {}, 1);
    await pause(30);
    say(thrown(() => Timer.schedule(timer, 10)));
  });

  suite.add("time: ticks wrap, the clock is set", () => {
    say(attempt(() => Time.delta(0x7ffffff0, -0x7ffffff0)));
    say(attempt(() => Time.delta(10, 5)));
    const { ticks } = Time;
    say(`whole: ${Number.isInteger(ticks)}, 32 bits: ${(ticks | 0) === ticks}`);
    Time.set(1_800_000_000);
    const seconds = Math.floor(Date.now() / 1000) - 1_800_000_000;
    say(`it is ${new Date().getUTCFullYear()}, set: ${seconds >= 0 && seconds < 3}`);
  });
}
