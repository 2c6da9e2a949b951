/**
 * Every wait of the system stands in one list, sorted by its due time, behind one timer of the platform. A waiter is embedded in
 * its owner (lws calls it a sul): a wsi is one, so a connection's time-out costs no object.
 */
import Time from "time";
import Timer from "timer";

/** Something that can wait. Subclasses say in {@link Sul.fire} what happens when the time has come. */
export abstract class Sul {
  /** Due time in milliseconds of Time.ticks, a 32-bit count that wraps; meaningful while scheduled. */
  due = 0;
  /** @internal Next in the list; undefined at its end, null when not scheduled. */
  next: Sul | undefined | null = null;

  /** Called once, after the waiter has left the list; it may schedule itself again. */
  abstract fire(): void;
}

/** A waiter that calls a function, for owners that wait for more than one thing. */
export class Alarm extends Sul {
  constructor(readonly call: () => void) {
    super();
  }
  override fire(): void {
    this.call();
  }
}

export class Scheduler {
  #first: Sul | undefined;
  #timer: Timer | undefined;
  #armed = false;
  #due = 0;
  /** True while waiters fire, all that are due at `#now`. */
  #isFiring = false;
  #now = 0;
  #onFire: (sul: Sul) => void;

  /** `onFire` calls `sul.fire()` inside the guard of the loop. */
  constructor(onFire: (sul: Sul) => void) {
    this.#onFire = onFire;
  }

  /** Fires `sul` in `delay` milliseconds (at least one turn from now), instead of when it was due before. Equal times keep their order. */
  schedule(sul: Sul, delay: number): void {
    if (sul.next !== null) this.#unlink(sul);
    let due = (Time.ticks + (delay > 0 ? delay : 0)) | 0;
    if (this.#isFiring && ((due - this.#now) | 0) <= 0) due = (this.#now + 1) | 0;
    sul.due = due;
    let before: Sul | undefined;
    let after = this.#first;
    while (after && ((after.due - due) | 0) <= 0) {
      before = after;
      after = after.next as Sul | undefined;
    }
    sul.next = after;
    if (before) before.next = sul;
    else this.#first = sul;
    if (!before) this.#arm();
  }

  /** Takes `sul` out of the list; nothing if it is not in it. */
  cancel(sul: Sul): void {
    if (sul.next !== null) this.#unlink(sul);
  }

  /** Number of waiters, for tests and for the check at shutdown. */
  get length(): number {
    let n = 0;
    for (let sul = this.#first; sul; sul = sul.next as Sul | undefined) n++;
    return n;
  }

  #unlink(sul: Sul): void {
    if (this.#first === sul) this.#first = sul.next as Sul | undefined;
    else {
      let before = this.#first as Sul;
      while (before.next !== sul) before = before.next as Sul;
      before.next = sul.next;
    }
    sul.next = null;
  }

  /** The platform's timer may fire early for a waiter that has left; it is never set anew only to be later. */
  #arm(): void {
    const first = this.#first as Sul;
    if (this.#armed && ((this.#due - first.due) | 0) <= 0) return;
    const delay = Math.max((first.due - Time.ticks) | 0, 0);
    this.#armed = true;
    this.#due = first.due;
    if (this.#timer) Timer.schedule(this.#timer, delay, 0x7fffffff);
    else this.#timer = Timer.set(() => this.#expired(), delay, 0x7fffffff);
  }

  #expired(): void {
    this.#armed = false;
    this.#isFiring = true;
    const now = Time.ticks;
    this.#now = now;
    for (let sul = this.#first; sul && ((sul.due - now) | 0) <= 0; sul = this.#first) {
      this.#first = sul.next as Sul | undefined;
      sul.next = null;
      this.#onFire(sul);
    }
    this.#isFiring = false;
    if (this.#first) this.#arm();
  }
}
