/**
 * The states that a system goes through until it is in operation, one step at a time. Before each step everybody who is concerned is asked, and can hold it up: for a network, for
 * the time, for a policy. After each step all are told, and so is the bus.
 */
import { LogLevel, log } from "lws/core/log";
import { type Scheduler, Sul } from "lws/core/scheduler";
import { type Bus, BusClass } from "./bus";

/** In this order. Those behind {@link SystemState.operational} are beside the line: only {@link Ladder.jump} leads there, and back. */
export const enum SystemState {
  created,
  initialized,
  /** Interfaces come up. */
  coldplug,
  /** The network has given us an address. */
  dhcp,
  /** Whether that leads to the internet is found out, without TLS. */
  cpdPreTime,
  /** The clock is right: certificates can be checked. */
  timeValid,
  cpdPostTime,
  policyValid,
  registered,
  auth1,
  auth2,
  oneTimeUpdates,
  operational,

  policyInvalid,
  destroying,
  awaitingUpdate,
  updating,
}

/** As the log and the bus have it. */
export function systemStateName(state: SystemState): string {
  switch (state) {
    case SystemState.created:
      return "CONTEXT_CREATED";
    case SystemState.initialized:
      return "INITIALIZED";
    case SystemState.coldplug:
      return "IFACE_COLDPLUG";
    case SystemState.dhcp:
      return "DHCP";
    case SystemState.cpdPreTime:
      return "CPD_PRE_TIME";
    case SystemState.timeValid:
      return "TIME_VALID";
    case SystemState.cpdPostTime:
      return "CPD_POST_TIME";
    case SystemState.policyValid:
      return "POLICY_VALID";
    case SystemState.registered:
      return "REGISTERED";
    case SystemState.auth1:
      return "AUTH1";
    case SystemState.auth2:
      return "AUTH2";
    case SystemState.oneTimeUpdates:
      return "ONE_TIME_UPDATES";
    case SystemState.operational:
      return "OPERATIONAL";
    case SystemState.policyInvalid:
      return "POLICY_INVALID";
    case SystemState.destroying:
      return "CONTEXT_DESTROYING";
    case SystemState.awaitingUpdate:
      return "AWAITING_MODAL_UPDATING";
    case SystemState.updating:
      return "MODAL_UPDATING";
  }
}

/** Who is concerned. What it throws is logged, and counts as no objection. */
export interface Notifier {
  /** The next step would lead to `to`. False: not now; who says so calls {@link Ladder.advance} when it can be made, in this turn or a later one. */
  mayEnter?(ladder: Ladder, to: SystemState): boolean;
  /** The step has been made. */
  entered?(ladder: Ladder, state: SystemState): void;
}

class Job {
  constructor(
    readonly at: SystemState,
    readonly call: () => void,
  ) {}
}

export interface LadderOptions {
  scheduler: Scheduler;
  /** Hears `{ state }` after each step, in the class {@link BusClass.systemState}. */
  bus?: Bus;
}

const enum Is {
  moving = 1,
  /** Somebody has asked to go on. */
  urged = 2,
  /** Somebody has, and was held up in the same breath: that is tried again in the next turn. */
  delayed = 4,
}

export class Ladder extends Sul {
  state: SystemState = SystemState.created;
  /** Where it is to get. */
  target: SystemState = SystemState.created;
  // What is declared takes memory only once it is set.
  /** @internal See {@link LadderOptions}. */
  declare bus: Bus | undefined;
  private readonly scheduler: Scheduler;
  /** The newest is the last one. */
  private readonly notifiers: Notifier[] = [];
  declare private jobs: Job[] | undefined;
  /** Where somebody has asked to jump to. */
  declare private leap: SystemState | undefined;
  /** Bits of {@link Is}. */
  private is = 0;

  constructor({ scheduler, bus }: LadderOptions) {
    super();
    this.scheduler = scheduler;
    if (bus) this.bus = bus;
  }

  /** From now on it is asked and told, before those that are there. */
  add(notifier: Notifier): void {
    this.notifiers.push(notifier);
  }

  /** It is not asked nor told any more, whatever is under way. */
  remove(notifier: Notifier): void {
    const at = this.notifiers.indexOf(notifier);
    if (at >= 0) this.notifiers.splice(at, 1);
  }

  /** It stands at `state` of the line, or above. */
  has(state: SystemState): boolean {
    return this.state >= state && this.state <= SystemState.operational;
  }

  /** Goes on to `target`, as far as nobody objects. Beside the line nothing happens. */
  advance(target: SystemState = SystemState.operational): void {
    this.target = Math.min(target, SystemState.operational);
    this.is |= Is.urged;
    if (!(this.is & Is.moving)) this.move();
  }

  /** Goes to `state`, whatever that is, and asks nobody. From a state of the line it goes on with the next {@link Ladder.advance}. */
  jump(state: SystemState): void {
    this.leap = state;
    if (!(this.is & Is.moving)) this.move();
  }

  /** Calls `job` once, in a later turn, when the ladder stands at `at` or above; at once, that is in the next turn, if it does. */
  attach(at: SystemState, job: () => void): void {
    this.jobs ??= [];
    this.jobs.push(new Job(at, job));
    this.callSoon();
  }

  private move(): void {
    this.is |= Is.moving;
    while (this.leap !== undefined || this.is & Is.urged) {
      // An earlier wish to go on was one to go on from where it stood then.
      this.is &= ~Is.urged;
      const { leap } = this;
      if (leap !== undefined) {
        this.leap = undefined;
        this.target = leap;
        this.enter(leap);
        continue;
      }
      const next = (this.state + 1) as SystemState;
      if (this.state >= this.target || this.state >= SystemState.operational) continue;
      const mayEnter = this.mayEnter(next);
      if (this.leap !== undefined) continue;
      if (mayEnter) {
        this.is |= Is.urged;
        this.enter(next);
      } else if (this.is & Is.urged) {
        this.is &= ~Is.urged;
        this.is |= Is.delayed;
        this.scheduler.schedule(this, 0);
      }
    }
    this.is &= ~Is.moving;
  }

  private mayEnter(to: SystemState): boolean {
    const { notifiers } = this;
    const all = [...notifiers];
    for (let i = all.length - 1; i >= 0; i--) {
      const notifier = all[i] as Notifier;
      try {
        if (notifiers.includes(notifier) && notifier.mayEnter?.(this, to) === false) return false;
      } catch (error) {
        this.complain(error);
      }
    }
    return true;
  }

  private enter(state: SystemState): void {
    const { notifiers } = this;
    const name = systemStateName(state);
    this.state = state;
    if (log.level & LogLevel.info) log.info("system", name);
    this.bus?.send(BusClass.systemState, { state: name });
    const all = [...notifiers];
    for (let i = all.length - 1; i >= 0; i--) {
      const notifier = all[i] as Notifier;
      try {
        if (notifiers.includes(notifier)) notifier.entered?.(this, state);
      } catch (error) {
        this.complain(error);
      }
    }
    this.callSoon();
  }

  private complain(error: unknown): void {
    log.err("system", error instanceof Error ? `${error}\n${error.stack ?? ""}` : String(error));
  }

  private isDue({ at }: Job): boolean {
    return at <= SystemState.operational ? this.has(at) : this.state === at;
  }

  private callSoon(): void {
    if (this.jobs?.some((job) => this.isDue(job))) this.scheduler.schedule(this, 0);
  }

  /** @internal Whoever has waited for a state is called, unless that has been left again. */
  override fire(): void {
    if (this.is & Is.delayed) {
      this.is &= ~Is.delayed;
      this.advance(this.target);
    }
    const { jobs = [] } = this;
    const left = jobs.filter((job) => !this.isDue(job));
    this.jobs = left.length > 0 ? left : undefined;
    for (const job of jobs) {
      if (left.includes(job)) continue;
      try {
        job.call();
      } catch (error) {
        this.complain(error);
      }
    }
  }
}
