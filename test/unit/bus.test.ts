/** Messages between parts of a system. */
import { Context } from "lws/core/context";
import { Alarm } from "lws/core/scheduler";
import { Bus, BusClass, type BusOptions, type BusPeer, type Message } from "lws/system/bus";
import { equal, test } from "./harness";

const context = new Context({ rxBuffer: 64, txBuffer: 64 });

/** Writes down what it hears. */
class Peer implements BusPeer {
  act: (() => void) | undefined = undefined;
  constructor(
    readonly log: string[],
    readonly name: string,
  ) {}
  heard(kind: number, message: Message): void {
    this.log.push(`${this.name}${kind}:${message["n"]}`);
    this.act?.();
  }
}

class Bed {
  readonly log: string[] = [];
  readonly bus: Bus;
  readonly a = new Peer(this.log, "a");
  readonly b = new Peer(this.log, "b");
  readonly c = new Peer(this.log, "c");

  constructor(options: Partial<BusOptions> = {}) {
    this.bus = new Bus({ context, ...options });
  }
  get said(): string {
    return this.log.splice(0).join(" ");
  }
}

/** Resolves when what is due has had its turn, and what follows from that, too. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 6; turn++)
    await new Promise<void>((resolve) => context.scheduler.schedule(new Alarm(() => resolve()), 1));
}

test("bus: in order, to all who want the class, the sender too, and not before the next turn", async () => {
  const { bus, a, b, c, log } = new Bed();
  bus.join(BusClass.network | BusClass.user, a);
  bus.join(BusClass.network, b);
  bus.join(BusClass.metrics, c);
  equal(bus.send(BusClass.network, { n: 1 }), true);
  equal(bus.send(BusClass.user, { n: 2 }), true);
  equal(bus.send(BusClass.network, { n: 3 }), true);
  equal(log.length, 0, "at once");
  await rest();
  equal(log.splice(0).join(" "), "a4:1 b4:1 a16777216:2 a4:3 b4:3");
});

test("bus: what nobody wants is refused at once", async () => {
  const bed = new Bed();
  const { bus, a, b } = bed;
  equal(bus.send(BusClass.network, { n: 1 }), false, "nobody is there");
  bus.join(BusClass.metrics, a);
  equal(bus.send(BusClass.network, { n: 2 }), false, "nobody wants it");
  // The highest class is the sign bit of a number.
  bus.join(BusClass.user << 7, b);
  equal(bus.send(BusClass.user << 7, { n: 3 }), true);
  await rest();
  equal(bed.said, `b${BusClass.user << 7}:3`);
});

test("bus: whoever joins hears only what is sent from then on", async () => {
  const bed = new Bed();
  const { bus, a, b } = bed;
  bus.join(BusClass.user, a);
  bus.send(BusClass.user, { n: 1 });
  bus.join(BusClass.user, b);
  bus.send(BusClass.user, { n: 2 });
  a.act = () => bus.join(BusClass.user, bed.c);
  await rest();
  equal(bed.said, "a16777216:1 a16777216:2 b16777216:2");
});

test("bus: what is sent while messages are told waits for the turn after", async () => {
  const bed = new Bed();
  const { bus, a, b } = bed;
  let left = 2;
  let depth = 0;
  a.act = () => {
    equal(++depth, 1, "depth");
    if (left-- > 0) bus.send(BusClass.user, { n: 10 + left });
    depth--;
  };
  bus.join(BusClass.user, a);
  bus.join(BusClass.user, b);
  bus.send(BusClass.user, { n: 1 });
  await rest();
  equal(bed.said, [1, 11, 10].map((n) => `a16777216:${n} b16777216:${n}`).join(" "));
});

test("bus: leaving is allowed at any time, and takes effect at once", async () => {
  const bed = new Bed();
  const { bus, a, b, c } = bed;
  for (const peer of [a, b, c]) bus.join(BusClass.user, peer);
  a.act = () => {
    bus.leave(a);
    bus.leave(b);
    bus.leave(b);
  };
  bus.send(BusClass.user, { n: 1 });
  bus.send(BusClass.user, { n: 2 });
  await rest();
  equal(bed.said, "a16777216:1 c16777216:1 c16777216:2");
  bus.send(BusClass.user, { n: 3 });
  bus.leave(c);
  await rest();
  equal(bed.said, "");
  equal(bus.send(BusClass.user, { n: 4 }), false);
});

test("bus: twenty messages wait at most, and places are given back", async () => {
  const bed = new Bed();
  const { bus, a } = bed;
  bus.join(BusClass.user, a);
  for (let n = 0; n < 20; n++) equal(bus.send(BusClass.user, { n }), true, `${n}`);
  equal(bus.send(BusClass.user, { n: 20 }), false);
  await rest();
  equal(bed.log.length, 20);
  equal(bus.send(BusClass.user, { n: 21 }), true);
  await rest();
  equal(bed.log.length, 21);
});

test("bus: 384 bytes of JSON at most", () => {
  const { bus, a } = new Bed();
  bus.join(BusClass.user, a);
  // {"t":"…"} has 8 characters around the text.
  equal(bus.send(BusClass.user, { t: "x".repeat(376) }), true);
  equal(bus.send(BusClass.user, { t: "x".repeat(377) }), false);
  equal(bus.send(BusClass.user, { t: "é".repeat(189) }), false, "bytes, not characters");
});

test("bus: what has waited too long is dropped", async () => {
  const bed = new Bed({ ageLimit: 20 });
  const { bus, a } = bed;
  bus.join(BusClass.user, a);
  bus.send(BusClass.user, { n: 1 });
  // Nothing gets a turn meanwhile.
  const until = Date.now() + 60;
  while (Date.now() < until);
  bus.send(BusClass.user, { n: 2 });
  await rest();
  equal(bed.said, "a16777216:2");
});

test("bus: a message is what it was when it was sent, and what a peer throws concerns nobody else", async () => {
  const bed = new Bed();
  const { bus, a, b } = bed;
  const message = { n: 1 };
  a.act = () => {
    throw new Error("on purpose");
  };
  bus.join(BusClass.user, a);
  bus.join(BusClass.user, b);
  bus.send(BusClass.user, message);
  message.n = 2;
  await rest();
  equal(bed.said, "a16777216:1 b16777216:1");
});

test("bus: joining again changes what is wanted", async () => {
  const bed = new Bed();
  const { bus, a } = bed;
  bus.join(BusClass.user, a);
  bus.join(BusClass.metrics, a);
  equal(bus.send(BusClass.user, { n: 1 }), false);
  equal(bus.send(BusClass.metrics, { n: 2 }), true);
  await rest();
  equal(bed.said, "a8:2");
});
