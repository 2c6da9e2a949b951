/** Streams over a connection that a case drives: what their users hear, and when. */
import { Ret } from "lws/secure-streams/handlers";
import { StreamFlag } from "lws/secure-streams/policy";
import { StreamState } from "lws/secure-streams/states";
import { after, equal, test, throws } from "../harness";
import { Bed, brief } from "./bed";

test("stream: it is created, polled, connected, written, read, ended and destroyed", async () => {
  const bed = new Bed({ a: { retry: brief(3) } });
  const { user, streams } = bed;
  const stream = bed.create("a");
  equal(user.said, "CREATING");
  equal(bed.adapter.links.length, 0);
  equal(stream.requestTx(7), Ret.ok);
  equal(user.said, "POLL CONNECTING");
  equal(stream.txLength, 7);
  equal(stream.requestTx(), Ret.ok);
  equal(bed.link.calls.join(), "tx", "it is remembered on the way");
  equal(bed.link.up(), true);
  equal(user.said, "CONNECTED");
  equal(bed.link.calls.join(), "tx,tx");
  equal(bed.link.take(streams.room), "piece 0");
  equal(bed.link.take(streams.room), "piece 1");
  equal(stream.wantsTx, false);
  equal(user.said, "tx(0) tx(1)");
  equal(bed.link.send("hello"), true);
  equal(user.said, "rx(hello,3)");
  stream.confirmValid();
  equal(bed.link.calls.pop(), "valid");
  bed.link.lose();
  equal(user.said, "DISCONNECTED");
  await after(10);
  equal(user.said, "CONNECTING", "it was no end of a transaction");
  stream.destroy();
  equal(user.said, "DESTROYING");
  equal(bed.link.isClosed, true);
  equal(streams.length, 0);
  equal(streams.trust.length, 0);
});

test("stream: all of a type share one entry", () => {
  const bed = new Bed({ a: {}, b: {} });
  const first = bed.create("a");
  const second = bed.create("a");
  equal(first.type === second.type, true);
  bed.create("b");
  equal(bed.policy.made, 2);
  equal(bed.streams.length, 3);
  bed.streams.close();
  equal(bed.streams.length, 0);
  equal(bed.user.said, "CREATING CREATING CREATING DESTROYING DESTROYING DESTROYING");
  throws(() => bed.create("a"), "STREAM_REFUSED");
});

test("stream: what can't be created is not there", () => {
  const bed = new Bed({ a: {}, server: { flags: StreamFlag.server }, h2: { protocol: "h2" } });
  throws(() => bed.create("nothing"), "STREAM_UNKNOWN");
  throws(() => bed.create("server"), "STREAM_UNSUPPORTED");
  throws(() => bed.create("h2"), "STREAM_UNSUPPORTED");
  equal(bed.user.said, "");
  bed.user.on("CREATING", () => Ret.destroy);
  throws(() => bed.create("a"), "STREAM_REFUSED");
  equal(bed.user.said, "CREATING DESTROYING");
  bed.user.on("CREATING", () => Ret.disconnect);
  const stream = bed.create("a");
  equal(bed.user.said, "CREATING", "there is nothing to disconnect");
  stream.destroy();
  equal(bed.streams.length + bed.streams.trust.length, 0);
});

test("stream: after its end nothing of it can be used", () => {
  const bed = new Bed({ a: { metadata: ["x", ""] } });
  const stream = bed.create("a");
  stream.destroy();
  stream.destroy();
  equal(bed.user.said, "CREATING DESTROYING");
  throws(() => stream.connect(), "STREAM_GONE");
  throws(() => stream.requestTx(), "STREAM_GONE");
  throws(() => stream.setMeta("x", ""), "STREAM_GONE");
  throws(() => stream.getMeta("x"), "STREAM_GONE");
  throws(() => stream.startTimeout(1), "STREAM_GONE");
  throws(() => stream.addRxCredit(1), "STREAM_GONE");
  throws(() => stream.confirmValid(), "STREAM_GONE");
  throws(() => stream.setHandlers({}), "STREAM_GONE");
});

test("stream: what a callback asks for is done when it has returned", async () => {
  const bed = new Bed({ a: {} });
  bed.user.on("CREATING", (stream) => stream.requestTx());
  bed.user.on("CONNECTED", (stream) => stream.requestTx());
  bed.user.on("DESTROYING", (stream) => stream.connect());
  const stream = bed.create("a");
  equal(bed.user.said, "CREATING");
  await after(5);
  equal(bed.user.said, "POLL CONNECTING");
  bed.link.up();
  equal(bed.link.calls.join(), "tx,tx");
  bed.user.on("rx", (each) => {
    throws(() => each.destroy(), "STREAM_IN_CALLBACK");
    throws(() => bed.streams.close(), "STREAM_IN_CALLBACK");
    return Ret.destroy;
  });
  equal(bed.link.send("x"), false);
  equal(bed.user.said, "CONNECTED rx(x,3) DISCONNECTED DESTROYING");
  equal(bed.link.isClosed, true);
  throws(() => stream.connect(), "STREAM_GONE");
  await after(5);
  equal(bed.adapter.links.length, 1);
  equal(bed.context.scheduler.length, 0);
});

test("stream: what one throws is logged and costs the connection", async () => {
  const bed = new Bed({ a: { retry: brief(9) } });
  const boom = () => {
    throw new Error("meant to be thrown");
  };
  const stream = bed.create("a");
  for (const what of ["CONNECTED", "rx", "tx"]) {
    bed.user.on(what, boom);
    stream.connect();
    bed.link.up();
    if (what === "rx") bed.link.send("x");
    if (what === "tx") equal(bed.link.take(bed.streams.room), undefined);
    equal(bed.link.isClosed, true, what);
    equal(bed.user.said.endsWith("DISCONNECTED"), true, what);
    bed.user.on(what, () => Ret.ok);
    await after(5);
    bed.user.log.length = 0;
    bed.link.lose();
  }
  bed.user.on("DISCONNECTED", boom).on("DESTROYING", boom);
  stream.connect();
  bed.link.up();
  bed.user.log.length = 0;
  stream.destroy();
  equal(bed.user.said, "DISCONNECTED DESTROYING");
  equal(bed.streams.length, 0);
});

test("stream: an event that is told to all", () => {
  const bed = new Bed({ a: {} });
  const first = bed.create("a");
  bed.create("a");
  bed.user.log.length = 0;
  let count = 0;
  bed.user.on("EVENT_WAIT_CANCELLED", (stream) => {
    // The first that hears of it destroys the other.
    if (count++ === 0 && stream !== first) first.destroy();
    return Ret.destroy;
  });
  bed.streams.wake();
  equal(bed.user.log.filter((each) => each === "EVENT_WAIT_CANCELLED").length, 1);
  equal(bed.streams.length, 1, "what it returns means nothing");
  bed.streams.close();
});

test("stream: callbacks can be replaced, one by one", () => {
  const bed = new Bed({ a: {} });
  const stream = bed.create("a");
  stream.connect();
  bed.link.up();
  bed.user.log.length = 0;
  let heard = "";
  stream.setHandlers({
    rx(_stream, _bytes, from, to) {
      heard += to - from;
      return Ret.ok;
    },
  });
  bed.link.send("four");
  equal(heard, "4");
  stream.setHandlers({
    state(_stream, state) {
      heard += ` ${state}`;
      return Ret.ok;
    },
  });
  equal(bed.link.take(bed.streams.room), "piece 0");
  stream.destroy();
  equal(heard, `4 ${StreamState.disconnected} ${StreamState.destroying}`);
  equal(bed.user.said, "tx(0)");
});
