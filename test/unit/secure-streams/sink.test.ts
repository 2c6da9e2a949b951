/** Local sinks: pairs of streams without any network. */
import type { Accepted } from "lws/secure-streams/accepted";
import { Part, Ret } from "lws/secure-streams/handlers";
import { StreamFlag } from "lws/secure-streams/policy";
import { Sinks } from "lws/secure-streams/sink";
import type { Stream } from "lws/secure-streams/stream";
import { type CreateOptions, Streams } from "lws/secure-streams/streams";
import { equal, test, throws } from "../harness";
import { shared as context, Recorder, TestPolicy, turns } from "./bed";

class House {
  readonly sinkUser = new Recorder();
  readonly sourceUser = new Recorder();
  readonly streams: Streams;
  /** What each side writes. */
  texts: string[] = [];

  constructor() {
    const type = { protocol: "sink" as const, flags: StreamFlag.localSink };
    this.streams = new Streams({
      context,
      policy: new TestPolicy({ log: type, other: type }),
      adapters: {},
      servers: { sink: new Sinks() },
    });
    for (const user of [this.sinkUser, this.sourceUser]) {
      user.tx = (stream, ordinal, room) => {
        user.log.push(`tx(${ordinal})`);
        const text = this.texts.shift() ?? "";
        room.put(text);
        room.flags = Part.som | Part.eom;
        if (this.texts.length > 0) stream.requestTx();
        return Ret.ok;
      };
    }
  }

  sink(options: Partial<CreateOptions<unknown>> = {}): Stream {
    return this.streams.create<unknown>("log", this.sinkUser, { user: undefined, sink: true, ...options });
  }
  source(credit = 0): Stream {
    return this.streams.create<unknown>("log", this.sourceUser, { user: undefined, initialRxCredit: credit });
  }
  /** The only stream that the sink has accepted. */
  accepted(sink: Stream): Accepted {
    let found: Stream | undefined;
    sink.forEachClient((client) => {
      found = client;
    });
    return found as Accepted;
  }
  get said(): string {
    return `${this.sinkUser.said} | ${this.sourceUser.said}`;
  }
}

const PAIRED = "CREATING CONNECTING CONNECTED";

test("sink: there is none at first, then one, and no second", () => {
  const house = new House();
  throws(() => house.source(), "STREAM_NO_SINK");
  const sink = house.sink();
  throws(() => house.sink(), "STREAM_TAKEN");
  throws(() => house.streams.create("other", house.sourceUser, { user: undefined }), "STREAM_NO_SINK");
  equal(house.said, "CREATING | ");
  sink.destroy();
  throws(() => house.source(), "STREAM_NO_SINK");
  equal(house.streams.length, 0);
});

test("sink: it is asked, and a pair stands at once", () => {
  const house = new House();
  const counts: number[] = [];
  const sink = house.sink();
  let asked: Stream | undefined;
  house.sinkUser.state = (stream, state, ordinal, source) => {
    if (source) {
      asked = source;
      counts.push(ordinal);
    }
    return Recorder.prototype.state.call(house.sinkUser, stream, state, ordinal);
  };
  const source = house.source();
  equal(asked === source, true);
  equal(house.said, `CREATING SINK_JOIN ${PAIRED} | ${PAIRED}`);
  equal(house.accepted(sink).source === source, true);
  house.source();
  equal(counts.join(), "0,1");
  equal(house.streams.length, 5);
  house.streams.close();
  equal(house.streams.length, 0);
});

test("sink: it may refuse, whatever it says instead of yes", () => {
  for (const ret of [Ret.dontSend, Ret.disconnect, Ret.destroy]) {
    const house = new House();
    const sink = house.sink();
    house.sinkUser.on("SINK_JOIN", () => ret);
    throws(() => house.source(), "STREAM_REFUSED");
    equal(house.said, "CREATING SINK_JOIN | ");
    equal(house.streams.length, 1, "the sink itself goes on");
    sink.destroy();
  }
});

test("sink: either side may refuse what it is made", async () => {
  for (const what of ["CREATING", "CONNECTING", "CONNECTED"]) {
    for (const side of ["source", "sink"]) {
      const house = new House();
      const sink = house.sink();
      (side === "sink" ? house.sinkUser : house.sourceUser).on(what, () => Ret.destroy);
      if (side === "sink" && what === "CONNECTED") house.source();
      else throws(() => house.source(), "STREAM_REFUSED");
      await turns(5);
      equal(house.streams.length, 1, `${side} ${what}`);
      equal(sink.alive, true);
      sink.destroy();
    }
  }
});

test("sink: what one side writes comes to the other in a later turn, there and back", async () => {
  const house = new House();
  const sink = house.sink();
  const source = house.source();
  house.texts = ["hello", "x".repeat(1381)];
  equal(house.said, `CREATING SINK_JOIN ${PAIRED} | ${PAIRED}`);
  source.requestTx();
  equal(house.said, " | ");
  await turns(10);
  equal(house.said, "rx(hello,3) rx(,3) | tx(0) tx(1)", "a text that does not fit is not put");
  house.texts = ["y".repeat(1380)];
  house.accepted(sink).requestTx();
  await turns(10);
  equal(house.said, `tx(0) | rx(${"y".repeat(1380)},3)`);
  house.streams.close();
});

test("sink: a write in a callback, and no more than one piece waits", async () => {
  const house = new House();
  house.sink({ initialRxCredit: 4 });
  house.texts = ["ab", "cdef", "gh"];
  house.sourceUser.on("CREATING", (stream) => {
    stream.requestTx();
    return Ret.ok;
  });
  house.source();
  await turns(15);
  equal(house.said, `CREATING SINK_JOIN ${PAIRED} rx(ab,3) rx(cd,1) | ${PAIRED} tx(0) tx(1)`);
  let accepted: Stream | undefined;
  house.sinkUser.on("rx", (stream) => {
    accepted = stream;
    return Ret.ok;
  });
  for (const stream of [house.source()]) stream.destroy();
  await turns(5);
  equal(accepted, undefined);
  equal(house.said.endsWith("tx(2)"), false);
  house.streams.close();
});

test("sink: credit lets the rest come", async () => {
  const house = new House();
  const sink = house.sink({ initialRxCredit: 3 });
  const source = house.source();
  house.texts = ["abcdef", "gh"];
  source.requestTx();
  await turns(10);
  equal(house.said, `CREATING SINK_JOIN ${PAIRED} rx(abc,1) | ${PAIRED} tx(0)`);
  house.accepted(sink).addRxCredit(2);
  await turns(10);
  equal(house.said, "rx(de,0) | ");
  house.accepted(sink).addRxCredit(100);
  await turns(10);
  equal(house.said, "rx(f,2) rx(gh,3) | tx(1)");
  house.streams.close();
});

test("sink: the end of one is the end of the other, and what was written still comes", async () => {
  const house = new House();
  const sink = house.sink();
  const source = house.source();
  house.texts = ["last"];
  house.sourceUser.on("tx", () => Ret.ok);
  source.requestTx();
  await turns(1);
  for (let turn = 0; turn < 20 && !house.sourceUser.log.includes("tx(0)"); turn++) await turns(1);
  source.destroy();
  await turns(10);
  equal(
    house.said,
    `CREATING SINK_JOIN ${PAIRED} rx(last,3) DISCONNECTED DESTROYING SINK_PART | ${PAIRED} tx(0) DISCONNECTED DESTROYING`,
  );
  const next = house.source();
  house.accepted(sink).destroy();
  equal(next.alive, true, "its turn comes later");
  await turns(10);
  equal(house.said, `SINK_JOIN ${PAIRED} DISCONNECTED DESTROYING SINK_PART | ${PAIRED} DISCONNECTED DESTROYING`);
  house.sinkUser.on("rx", () => Ret.disconnect);
  house.texts = ["a"];
  house.source().requestTx();
  await turns(10);
  equal(
    house.said,
    `SINK_JOIN ${PAIRED} rx(a,3) DISCONNECTED DESTROYING SINK_PART | ${PAIRED} tx(0) DISCONNECTED DESTROYING`,
  );
  equal(house.streams.length, 1);
  house.source();
  sink.destroy();
  await turns(10);
  equal(house.said, `SINK_JOIN ${PAIRED} DISCONNECTED DESTROYING DESTROYING | ${PAIRED} DISCONNECTED DESTROYING`);
  equal(house.streams.length, 0);
});
