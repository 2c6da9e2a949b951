/** Time that a user gives to a stream, and bytes that it lets come. */
import { Ret } from "lws/secure-streams/handlers";
import { after, equal, test } from "../harness";
import { Bed, brief } from "./bed";

test("stream: time runs out where it was given", async () => {
  const bed = new Bed({ a: { timeout: 5 }, b: {} });
  const stream = bed.create("a");
  stream.startTimeout();
  await after(15);
  equal(bed.user.said, "CREATING TIMEOUT");
  stream.startTimeout(5);
  stream.cancelTimeout();
  await after(15);
  equal(bed.user.said, "");
  stream.connect();
  stream.startTimeout(5);
  stream.startTimeout(1000);
  bed.link.up();
  await after(15);
  equal(bed.user.said, "CONNECTING CONNECTED", "a later call takes the place of the first");
  bed.user.on("TIMEOUT", () => Ret.disconnect);
  stream.startTimeout(5);
  await after(15);
  equal(bed.user.said, "TIMEOUT DISCONNECTED ALL_RETRIES_FAILED");
  stream.startTimeout(1000);
  equal(bed.context.scheduler.length, 1);
  stream.destroy();
  await after(5);
  equal(bed.context.scheduler.length, 0);
  const other = bed.create("b");
  other.startTimeout();
  equal(bed.context.scheduler.length, 0, "no time in the policy, none given");
  bed.user.on("TIMEOUT", () => Ret.destroy);
  other.startTimeout(1);
  await after(10);
  equal(bed.user.said.endsWith("TIMEOUT DESTROYING"), true);
  bed.streams.close();
});

test("stream: a connection that ends takes the time along, one that is tried again does not", async () => {
  // What the case before has closed is over by then.
  await after(5);
  const bed = new Bed({ a: { retry: brief(2, [1000]) } });
  const stream = bed.create("a");
  stream.startTimeout(5000);
  stream.connect();
  bed.link.lose();
  equal(bed.context.scheduler.length, 2, "the wait, and the time");
  stream.connect();
  bed.link.up();
  equal(bed.context.scheduler.length, 1);
  bed.link.lose();
  equal(bed.context.scheduler.length, 1, "the wait");
  stream.destroy();
  await after(5);
  equal(bed.context.scheduler.length, 0);
});

test("stream: no more comes than there is credit for", () => {
  const bed = new Bed({ a: { retry: brief(3) } });
  const stream = bed.create("a", 5);
  equal(stream.rxCredit(), 5);
  stream.connect();
  bed.link.up();
  equal(stream.rxRoom(100), 5);
  bed.link.send("abc");
  equal(stream.rxCredit(), 2);
  equal(bed.link.calls.join(), "");
  bed.link.send("de");
  equal(bed.link.calls.join(), "hold");
  stream.addRxCredit(0);
  equal(bed.link.calls.join(), "hold");
  stream.addRxCredit(10);
  equal(bed.link.calls.join(), "hold,flow");
  equal(stream.rxRoom(4), 4);
  bed.user.on("rx", (each) => {
    each.addRxCredit(3);
    return Ret.ok;
  });
  bed.link.send("0123456789");
  equal(stream.rxCredit(), 3);
  equal(bed.link.calls.join(), "hold,flow", "credit that is given in time stops nothing");
  bed.link.lose();
  const free = bed.create("a");
  equal(free.rxCredit(), 0);
  equal(free.rxRoom(100), 100);
  free.addRxCredit(10);
  equal(free.rxRoom(100), 100);
  bed.streams.close();
});
