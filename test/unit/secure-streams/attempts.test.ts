/** Which streams dial, which dial again, how often, and what is said about it. */
import { Ret } from "lws/secure-streams/handlers";
import { StreamFlag, type StreamProtocol } from "lws/secure-streams/policy";
import type { Stream } from "lws/secure-streams/stream";
import { after, equal, test } from "../harness";
import { Bed, brief } from "./bed";

/** What a stream of each kind does when it is created, first written to, and dropped before and after its transaction. */
const kinds: [number, StreamProtocol, boolean, boolean, boolean][] = [
  [0, "h1", false, true, false],
  [0, "raw", false, true, false],
  [0, "mqtt", false, true, false],
  [0, "ws", false, true, true],
  [StreamFlag.opportunistic, "h1", false, false, false],
  [StreamFlag.opportunistic, "ws", false, false, false],
  [StreamFlag.nailedUp, "h1", true, true, true],
  [StreamFlag.nailedUp, "raw", true, true, true],
];

for (const [flags, protocol, dials, before, later] of kinds) {
  test(`attempts: ${protocol}, flags ${flags}`, async () => {
    const bed = new Bed({ a: { flags, protocol, retry: brief(3, [1]) } });
    const { user, adapter } = bed;
    const stream = bed.create("a");
    equal(user.said, "CREATING");
    await after(10);
    equal(user.said, dials ? "CONNECTING" : "");
    stream.requestTx();
    equal(user.said, dials ? "" : "POLL CONNECTING");
    bed.link.up();
    bed.link.lose();
    equal(user.said, "CONNECTED DISCONNECTED");
    await after(15);
    equal(user.said, before ? "CONNECTING" : "", "before its transaction");
    if (!before) stream.connect();
    bed.link.up();
    equal(bed.link.stream.acknowledge(bed.link, true), true);
    user.log.length = 0;
    bed.link.lose();
    equal(user.said, "DISCONNECTED");
    await after(15);
    equal(user.said, later ? "CONNECTING" : "", "after its transaction");
    equal(adapter.links.length, 3 - (later ? 0 : 1));
    bed.streams.close();
  });
}

/** Fails every attempt at once, or when it is under way. */
async function fail(bed: Bed, stream: Stream, atOnce: boolean, wait: number): Promise<void> {
  bed.adapter.failing = atOnce ? 1000 : 0;
  stream.connect();
  for (let i = 0; i < wait; i++) {
    if (!atOnce && bed.adapter.open > 0) bed.link.lose();
    await after(3);
  }
}

for (const atOnce of [false, true]) {
  for (const conceal of [-1, 0, 1, 5]) {
    test(`attempts: conceal ${conceal}, failing ${atOnce ? "at once" : "on the way"}`, async () => {
      const bed = new Bed({ a: conceal < 0 ? {} : { retry: brief(conceal, [1]) } });
      const { user } = bed;
      const stream = bed.create("a");
      const many = Math.max(conceal, 0) + 1;
      const series = `${"CONNECTING UNREACHABLE ".repeat(many)}ALL_RETRIES_FAILED`;
      await fail(bed, stream, atOnce, many + 4);
      equal(user.said, `CREATING ${series}`);
      equal(stream.requestTx(), atOnce ? Ret.dontSend : Ret.ok);
      if (!atOnce) bed.link.lose();
      await after(10);
      equal(user.said, "POLL CONNECTING UNREACHABLE ALL_RETRIES_FAILED", "a write grants one attempt");
      await fail(bed, stream, atOnce, many + 4);
      equal(user.said, series, "connecting grants a series");
      bed.streams.close();
    });
  }
}

test("attempts: a success grants a new series, and so does being told to wait", async () => {
  const bed = new Bed({ a: { retry: brief(2, [1]) } });
  const { user } = bed;
  const stream = bed.create("a");
  stream.connect();
  // A connection that is lost is a failure as well, the first of a series.
  for (let i = 0; i < 3; i++) {
    bed.link.lose();
    await after(8);
    bed.link.up();
    bed.link.lose();
    await after(8);
  }
  equal(user.said.includes("ALL_RETRIES"), false);
  user.log.length = 0;
  stream.connect();
  bed.link.lose(30, 1);
  equal(user.said, "UNREACHABLE/1");
  await after(15);
  equal(user.said, "", "the server wants more time than the scheme");
  await after(30);
  equal(user.said, "CONNECTING");
  bed.streams.close();
});

test("attempts: a lost connection without a scheme is the last", async () => {
  const bed = new Bed({ a: {} });
  const stream = bed.create("a");
  stream.connect();
  bed.link.up();
  bed.link.lose();
  equal(bed.user.said, "CREATING CONNECTING CONNECTED DISCONNECTED ALL_RETRIES_FAILED");
  stream.requestTx();
  equal(bed.user.said, "POLL CONNECTING");
  bed.streams.close();
  equal(bed.user.said, "DESTROYING");
});

test("attempts: what is asked for during the wait", async () => {
  const bed = new Bed({ a: { retry: brief(9, [20]) } });
  const { user } = bed;
  const stream = bed.create("a");
  stream.connect();
  bed.link.lose();
  user.log.length = 0;
  equal(stream.requestTx(), Ret.ok);
  await after(5);
  equal(user.said, "", "a write waits");
  await after(30);
  equal(user.said, "CONNECTING");
  bed.link.up();
  equal(bed.link.calls.join(), "tx");
  bed.link.lose();
  user.log.length = 0;
  equal(stream.connect(), Ret.ok);
  equal(user.said, "CONNECTING", "connecting does not");
  await after(40);
  equal(bed.adapter.open, 1, "and there is no second attempt");
  bed.streams.close();
});

test("attempts: users who ask again in every callback do not keep the loop from going on", async () => {
  const bed = new Bed({ a: {} });
  const { user, adapter } = bed;
  user.on("UNREACHABLE", (stream) => stream.requestTx());
  user.on("ALL_RETRIES_FAILED", (stream) => stream.connect());
  adapter.failing = 20;
  bed.create("a").connect();
  equal(adapter.failing, 19, "one attempt in a turn");
  await after(200);
  equal(adapter.failing, 0);
  equal(adapter.open, 1);
  bed.streams.close();
});

test("attempts: connecting, disconnecting and destroying in any state", async () => {
  for (const state of [
    "CREATING",
    "POLL",
    "CONNECTING",
    "CONNECTED",
    "DISCONNECTED",
    "UNREACHABLE",
    "ALL_RETRIES_FAILED",
  ]) {
    for (const ret of [Ret.disconnect, Ret.destroy]) {
      const bed = new Bed({ a: { retry: brief(0) } });
      const { user, adapter, streams } = bed;
      user.on(state, () => {
        user.on(state, () => Ret.ok);
        return ret;
      });
      try {
        const stream = bed.create("a");
        if (state === "UNREACHABLE" || state === "ALL_RETRIES_FAILED") adapter.failing = 1;
        stream.requestTx();
        if (adapter.open > 0) bed.link.up();
        if (adapter.open > 0) bed.link.lose();
      } catch {}
      const said = user.said;
      const ups = said.split(" ").filter((each) => each === "CONNECTED").length;
      const downs = said.split(" ").filter((each) => each === "DISCONNECTED").length;
      equal(ups, downs, `${state} ${ret}: ${said}`);
      equal(said.endsWith("DESTROYING"), ret === Ret.destroy, `${state} ${ret}: ${said}`);
      equal(streams.length, ret === Ret.destroy ? 0 : 1, `${state} ${ret}`);
      streams.close();
      equal(adapter.open, 0, state);
    }
  }
});
