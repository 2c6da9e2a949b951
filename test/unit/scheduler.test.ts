/** The one list that every wait of the system stands in. */
import { Alarm, Scheduler, Sul } from "lws/core/scheduler";
import Time from "time";
import { after, equal, test } from "./harness";

/** Writes down that it fired. */
class Marker extends Sul {
  constructor(
    readonly log: string[],
    readonly name: string,
  ) {
    super();
  }
  override fire(): void {
    this.log.push(this.name);
  }
}

function fires(sul: Sul): void {
  sul.fire();
}

/** A scheduler, what fired so far, and some waiters to use. */
class Bed {
  readonly log: string[] = [];
  readonly scheduler = new Scheduler(fires);
  readonly a = new Marker(this.log, "a");
  readonly b = new Marker(this.log, "b");
  readonly c = new Marker(this.log, "c");
  readonly d = new Marker(this.log, "d");
  readonly e = new Marker(this.log, "e");
}

/** Resolves when `scheduler` has come to what is due in `delay` milliseconds. */
function past(scheduler: Scheduler, delay: number): Promise<void> {
  return new Promise((resolve) => scheduler.schedule(new Alarm(() => resolve()), delay));
}

test("scheduler: waiters fire in the order of their times, equal ones in that of their scheduling", async () => {
  const { scheduler, log, a, b, c, d, e } = new Bed();
  scheduler.schedule(a, 20);
  scheduler.schedule(b, 10);
  scheduler.schedule(c, 20);
  scheduler.schedule(d, 0);
  scheduler.schedule(e, 10);
  equal(scheduler.length, 5);
  equal(log.join(""), "", "nothing fires from inside of schedule");
  await past(scheduler, 30);
  equal(log.join(""), "dbeac");
  equal(scheduler.length, 0);
});

test("scheduler: none fires early", async () => {
  const scheduler = new Scheduler(fires);
  for (const delay of [0, 1, 2, 5, 17, 40]) {
    const start = Time.ticks;
    await past(scheduler, delay);
    const waited = Time.delta(start);
    equal(waited >= delay && waited < delay + 500, true, `${waited} ms for ${delay}`);
  }
});

test("scheduler: scheduling again replaces the earlier time, and puts the waiter behind its equals", async () => {
  const { scheduler, log, a, b, c } = new Bed();
  scheduler.schedule(a, 10);
  scheduler.schedule(b, 10);
  scheduler.schedule(c, 40);
  scheduler.schedule(a, 10);
  scheduler.schedule(c, 5);
  equal(scheduler.length, 3);
  await past(scheduler, 60);
  equal(log.join(""), "cba");
});

test("scheduler: a negative delay is none", async () => {
  const { scheduler, log, a } = new Bed();
  scheduler.schedule(a, -5000);
  await past(scheduler, 1);
  equal(log.join(""), "a");
});

test("scheduler: what is cancelled never fires, first, middle or last", async () => {
  const { scheduler, log, a, b, c, d } = new Bed();
  scheduler.schedule(a, 5);
  scheduler.schedule(b, 6);
  scheduler.schedule(c, 7);
  scheduler.schedule(d, 8);
  scheduler.cancel(a);
  scheduler.cancel(c);
  scheduler.cancel(d);
  scheduler.cancel(d);
  equal(scheduler.length, 1);
  await past(scheduler, 20);
  equal(log.join(""), "b");
  scheduler.schedule(d, 1);
  await past(scheduler, 2);
  equal(log.join(""), "bd");
});

test("scheduler: a waiter may cancel others and itself while it fires", async () => {
  const { scheduler, log, b, c } = new Bed();
  const a = new Alarm(() => {
    log.push("a");
    scheduler.cancel(a);
    scheduler.cancel(b);
  });
  scheduler.schedule(a, 5);
  scheduler.schedule(b, 5);
  scheduler.schedule(c, 5);
  await past(scheduler, 10);
  equal(log.join(""), "ac");
});

test("scheduler: a waiter may schedule itself and others while it fires", async () => {
  const { scheduler, log, b } = new Bed();
  let left = 3;
  await new Promise<void>((resolve) => {
    const end = new Alarm(resolve);
    const a = new Alarm(() => {
      log.push("a");
      if (--left > 0) scheduler.schedule(a, 5);
      else for (const next of [b, end]) scheduler.schedule(next, 0);
    });
    scheduler.schedule(a, 1);
  });
  equal(log.join(""), "aaab");
});

test("scheduler: no delay still means another turn", async () => {
  const scheduler = new Scheduler(fires);
  let left = 5;
  let turnsOver = 0;
  let firedInTurn = 0;
  let most = 0;
  await new Promise<void>((resolve) => {
    const a: Alarm = new Alarm(() => {
      firedInTurn++;
      most = Math.max(most, firedInTurn);
      // A promise's job runs at the end of the turn.
      void Promise.resolve().then(() => {
        turnsOver++;
        firedInTurn = 0;
      });
      if (--left > 0) scheduler.schedule(a, 0);
      else resolve();
    });
    scheduler.schedule(a, 0);
  });
  equal(most, 1, "times fired in one turn");
  equal(turnsOver, 5, "turns");
});

test("scheduler: a waiter that throws in the owner's guard keeps none of the others", async () => {
  const log: string[] = [];
  const scheduler = new Scheduler((sul) => {
    try {
      sul.fire();
    } catch (error) {
      log.push((error as Error).message);
    }
  });
  const bad = new Alarm(() => {
    throw new Error("!");
  });
  scheduler.schedule(bad, 5);
  scheduler.schedule(new Marker(log, "b"), 5);
  scheduler.schedule(new Marker(log, "c"), 6);
  await past(scheduler, 10);
  equal(log.join(""), "!bc");
});

test("scheduler: times beyond the wrap of the 32-bit clock stand behind the near ones", async () => {
  const { scheduler, log, a: far, b: near } = new Bed();
  // The clock begins near 0, so this due time is a negative number.
  await after(2);
  scheduler.schedule(far, 0x7fffffff);
  equal(far.due < 0, true, "wrapped");
  scheduler.schedule(near, 5);
  await past(scheduler, 10);
  equal(log.join(""), "b");
  equal(scheduler.length, 1);
  scheduler.cancel(far);
});

test("scheduler: a hundred waiters", async () => {
  const scheduler = new Scheduler(fires);
  let last = Time.ticks;
  let count = 0;
  let isSorted = true;
  for (let i = 0; i < 100; i++) {
    const alarm = new Alarm(() => {
      isSorted &&= alarm.due - last >= 0;
      last = alarm.due;
      count++;
    });
    scheduler.schedule(alarm, (i * 37) % 50);
  }
  await past(scheduler, 80);
  equal(count, 100);
  equal(isSorted, true);
});
