/** The states of a system. */
import { Context } from "lws/core/context";
import { Alarm } from "lws/core/scheduler";
import { Bus, BusClass } from "lws/system/bus";
import { Ladder, type Notifier, SystemState, systemStateName } from "lws/system/ladder";
import { equal, test } from "./harness";

const context = new Context({ rxBuffer: 64, txBuffer: 64 });
const { scheduler } = context;

/** Writes down what it is asked and told. */
class Guest implements Notifier {
  /** The state that it holds up. */
  veto = -1;
  onAsk: ((to: SystemState) => void) | undefined = undefined;
  onEnter: ((state: SystemState) => void) | undefined = undefined;
  constructor(
    readonly log: string[],
    readonly name: string,
  ) {}
  mayEnter(_ladder: Ladder, to: SystemState): boolean {
    this.log.push(`${this.name}?${to}`);
    this.onAsk?.(to);
    return to !== this.veto;
  }
  entered(ladder: Ladder, state: SystemState): void {
    equal(ladder.state, state);
    this.log.push(`${this.name}=${state}`);
    this.onEnter?.(state);
  }
}

class Bed {
  readonly log: string[] = [];
  readonly ladder = new Ladder({ scheduler });
  readonly a = new Guest(this.log, "a");
  readonly b = new Guest(this.log, "b");
  constructor() {
    this.ladder.add(this.a);
    this.ladder.add(this.b);
  }
  get said(): string {
    return this.log.splice(0).join(" ");
  }
}

/** Resolves when what is due has had its turn, and what follows from that, too. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 6; turn++)
    await new Promise<void>((resolve) => scheduler.schedule(new Alarm(() => resolve()), 1));
}

test("ladder: one step at a time, and the newest is asked first", () => {
  const bed = new Bed();
  const { ladder } = bed;
  ladder.advance(SystemState.coldplug);
  equal(bed.said, "b?1 a?1 b=1 a=1 b?2 a?2 b=2 a=2");
  equal(ladder.state, SystemState.coldplug);
  ladder.advance(SystemState.initialized);
  equal(bed.said, "", "never backwards");
  equal(ladder.state, SystemState.coldplug);
});

test("ladder: whoever objects is asked before the older ones, and goes on later", () => {
  const bed = new Bed();
  const { ladder, b } = bed;
  b.veto = SystemState.dhcp;
  ladder.advance();
  equal(bed.said, "b?1 a?1 b=1 a=1 b?2 a?2 b=2 a=2 b?3");
  equal(ladder.state, SystemState.coldplug);
  equal(ladder.target, SystemState.operational);
  b.veto = SystemState.cpdPreTime;
  ladder.advance(ladder.target);
  equal(bed.said, "b?3 a?3 b=3 a=3 b?4");
  b.veto = -1;
  ladder.advance();
  equal(ladder.state, SystemState.operational);
});

test("ladder: going on from inside of a call adds no step twice", () => {
  const bed = new Bed();
  const { ladder, a, b } = bed;
  a.onEnter = () => ladder.advance();
  b.onEnter = () => ladder.advance(ladder.target);
  b.onAsk = () => ladder.advance();
  ladder.advance(SystemState.initialized);
  equal(ladder.state, SystemState.operational);
  let expected = "";
  for (let state = 1; state <= SystemState.operational; state++)
    expected += `b?${state} a?${state} b=${state} a=${state} `;
  equal(bed.said, expected.trim());
});

test("ladder: whoever objects and wants to go on in the same breath is asked again in the next turn", async () => {
  const bed = new Bed();
  const { ladder, b } = bed;
  let left = 3;
  b.veto = SystemState.initialized;
  b.onAsk = () => {
    if (--left === 0) b.veto = -1;
    if (left >= 0) ladder.advance();
  };
  ladder.advance();
  equal(bed.said, "b?1", "only once in a turn");
  await rest();
  equal(bed.said.startsWith("b?1 b?1 a?1 b=1 a=1 b?2"), true);
  equal(ladder.state, SystemState.operational);
});

test("ladder: beside the line nothing goes on, and back leads only a jump", () => {
  const bed = new Bed();
  const { ladder } = bed;
  ladder.advance();
  bed.said;
  ladder.jump(SystemState.policyInvalid);
  equal(bed.said, "b=13 a=13", "nobody is asked");
  equal(ladder.has(SystemState.timeValid), false);
  ladder.advance();
  equal(bed.said, "");
  ladder.jump(SystemState.initialized);
  equal(bed.said, "b=1 a=1");
  ladder.advance(SystemState.coldplug);
  equal(bed.said, "b?2 a?2 b=2 a=2");
});

test("ladder: a jump from inside of a call comes when all have been told, and ends what was going on", () => {
  const bed = new Bed();
  const { ladder, b } = bed;
  b.onEnter = (state) => {
    if (state === SystemState.coldplug) ladder.jump(SystemState.policyInvalid);
  };
  ladder.advance();
  equal(bed.said, "b?1 a?1 b=1 a=1 b?2 a?2 b=2 a=2 b=13 a=13");
  b.onEnter = undefined;
  b.onAsk = (to) => {
    if (to === SystemState.dhcp) ladder.jump(SystemState.initialized);
    b.onAsk = undefined;
  };
  ladder.jump(SystemState.coldplug);
  ladder.advance(SystemState.dhcp);
  equal(bed.said, "b=2 a=2 b?3 a?3 b=1 a=1");
});

test("ladder: whoever has left is neither asked nor told, even of the step under way", () => {
  const bed = new Bed();
  const { ladder, a, b } = bed;
  b.onAsk = () => ladder.remove(a);
  ladder.advance(SystemState.initialized);
  equal(bed.said, "b?1 b=1");
});

test("ladder: what somebody throws is no objection, and keeps nobody else from hearing", () => {
  const bed = new Bed();
  const { ladder, b } = bed;
  b.onAsk = b.onEnter = () => {
    throw new Error("on purpose");
  };
  ladder.advance(SystemState.initialized);
  equal(bed.said, "b?1 a?1 b=1 a=1");
});

test("ladder: a job is done once, in a later turn, when the state is reached or above", async () => {
  const bed = new Bed();
  const { ladder, log } = bed;
  ladder.remove(bed.a);
  ladder.remove(bed.b);
  ladder.attach(SystemState.dhcp, () => log.push("dhcp"));
  ladder.attach(SystemState.initialized, () => {
    log.push("initialized");
    ladder.attach(SystemState.initialized, () => log.push("again"));
    log.push("later");
  });
  ladder.attach(SystemState.policyInvalid, () => log.push("invalid"));
  await rest();
  equal(bed.said, "");
  ladder.advance(SystemState.coldplug);
  equal(bed.said, "", "not at once");
  await rest();
  equal(bed.said, "initialized later again");
  // A state that is left again before the job has had its turn does not count.
  ladder.advance(SystemState.dhcp);
  ladder.jump(SystemState.policyInvalid);
  await rest();
  equal(bed.said, "invalid");
  ladder.jump(SystemState.initialized);
  ladder.advance();
  await rest();
  equal(bed.said, "dhcp");
});

test("ladder: the bus carries the names of the states", async () => {
  const bus = new Bus({ context });
  const ladder = new Ladder({ scheduler, bus });
  const heard: unknown[] = [];
  bus.join(BusClass.systemState, { heard: (_kind, message) => heard.push(message["state"]) });
  ladder.advance();
  await rest();
  equal(
    heard.join(" "),
    "INITIALIZED IFACE_COLDPLUG DHCP CPD_PRE_TIME TIME_VALID CPD_POST_TIME POLICY_VALID REGISTERED AUTH1 AUTH2 ONE_TIME_UPDATES OPERATIONAL",
  );
  equal(systemStateName(SystemState.policyInvalid), "POLICY_INVALID");
});
