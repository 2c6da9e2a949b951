/** Every transition there is, on streams; and streams that are driven at random, whose users hear nothing that is not legal. */
import { Ret, type StreamHandlers } from "lws/secure-streams/handlers";
import { StreamFlag, type StreamProtocol } from "lws/secure-streams/policy";
import { StreamState, stateName } from "lws/secure-streams/states";
import { Stream } from "lws/secure-streams/stream";
import { after, equal, test } from "../harness";
import { Bed, brief } from "./bed";
import { legal, stateOf, wrong } from "./legal";

/** The shortest legal way from CREATING to `state`, both included. */
function wayTo(state: StreamState, mqtt: boolean): StreamState[] {
  const ways: StreamState[][] = [[StreamState.creating]];
  for (const way of ways) {
    const last = way[way.length - 1] as StreamState;
    if (last === state) return way;
    for (const name of legal(last, mqtt)) {
      const next = stateOf(name);
      if (next !== StreamState.destroying && !ways.some((each) => each.includes(next))) ways.push([...way, next]);
    }
  }
  return [];
}

/** A stream whose last reported state is `last`; undefined where there is no legal way there. */
function streamAt(bed: Bed, last: StreamState, mqtt: boolean): Stream | undefined {
  if (last === StreamState.none) {
    const { streams, adapter, user } = bed;
    return new Stream(streams, adapter, streams.typeOf("a"), user as StreamHandlers, undefined, 0);
  }
  const way = wayTo(last, mqtt);
  if (way.length === 0 && last !== StreamState.destroying) return undefined;
  const stream = bed.create("a");
  for (const state of way.slice(1)) equal(stream.report(state), true, stateName(state));
  if (last === StreamState.destroying) stream.destroy();
  else equal(stream.report(1409), true, "a state of the user's own is no step");
  return stream;
}

for (const protocol of ["raw", "mqtt"] as const) {
  test(`legal: ${protocol}: each legal transition is reported, each other one ends the stream`, () => {
    const isMqtt = protocol === "mqtt";
    const bed = new Bed({ a: { protocol } });
    // One that stays, so that the others share what its kind needs.
    bed.create("a");
    let [walked, refused, legalOnes] = [0, 0, 0];
    for (let last = StreamState.none; last < StreamState.eventWaitCancelled; last++) {
      const allowed = legal(last, isMqtt);
      legalOnes += allowed.length;
      for (let next = StreamState.creating; next < StreamState.eventWaitCancelled; next++) {
        const stream = streamAt(bed, last, isMqtt);
        if (!stream) throw new Error(`there is no way to ${stateName(last)}`);
        const isListed = last !== StreamState.none && last !== StreamState.destroying;
        const what = `${stateName(last)} ${stateName(next)}`;
        const isLegal = allowed.includes(stateName(next));
        bed.user.log.length = 0;
        if (next === StreamState.destroying) {
          // It comes by the end of the stream, once; one that has told nothing yet ends without a word.
          stream.destroy();
          equal(bed.user.said, isListed ? "DESTROYING" : "", what);
          equal(isLegal, last !== StreamState.destroying, what);
        } else {
          equal(stream.report(next), isLegal, what);
          // A stream that has told nothing, or everything, ends without a word.
          equal(bed.user.said, isLegal ? stateName(next) : isListed ? "DESTROYING" : "", what);
        }
        equal(bed.streams.length, isListed && isLegal && next !== StreamState.destroying ? 2 : 1, what);
        if (isLegal) walked++;
        else refused++;
        stream.destroy();
      }
    }
    bed.streams.close();
    equal(walked, legalOnes, "all of the table");
    equal(refused, 17 * 16 - walked);
  });
}

let seed = 1;
function below(limit: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return (seed >>> 8) % limit;
}

/** One thing that a user, a peer or time may do. */
function act(bed: Bed, stream: Stream): void {
  const { adapter } = bed;
  const { link } = bed;
  const isOpen = adapter.open > 0;
  switch (below(14)) {
    case 0:
      stream.connect();
      break;
    case 1:
    case 2:
      stream.requestTx(below(100));
      break;
    case 3:
    case 4:
    case 5:
      if (isOpen && !bed.isUp) {
        bed.isUp = true;
        link.up();
      }
      break;
    case 6:
      if (isOpen) link.lose(below(2), below(2));
      break;
    case 7:
      if (isOpen && bed.isUp) link.send("x", below(4));
      break;
    case 8:
      if (isOpen && bed.isUp) link.take(bed.streams.room, below(50));
      break;
    case 9:
      if (isOpen && bed.isUp && !bed.isAnswered) {
        bed.isAnswered = true;
        stream.acknowledge(link, below(2) === 0);
      }
      break;
    case 10:
      stream.startTimeout(1 + below(4));
      break;
    case 11:
      adapter.failing = below(3);
      break;
    case 12:
      stream.addRxCredit(below(5));
      break;
    default:
      if (below(40) === 0) stream.destroy();
  }
}

const protocols: readonly StreamProtocol[] = ["raw", "ws", "h1", "mqtt"];

for (let round = 0; round < 12; round++) {
  test(`legal: streams driven at random, ${round}`, async () => {
    for (let lives = 0; lives < 6; lives++) {
      seed = 1000 * round + lives;
      const protocol = protocols[below(4)] as StreamProtocol;
      const flags = [0, StreamFlag.opportunistic, StreamFlag.nailedUp][below(3)] as number;
      const bed = new Bed({ a: { protocol, flags, ...(below(4) > 0 && { retry: brief(below(4), [0, 1, 2]) }) } });
      const { user } = bed;
      const whims = [
        "CONNECTING",
        "CONNECTED",
        "DISCONNECTED",
        "UNREACHABLE",
        "ALL_RETRIES_FAILED",
        "POLL",
        "TIMEOUT",
        "rx",
        "tx",
      ];
      for (const what of whims) {
        user.on(what, (stream) => {
          if (what === "DISCONNECTED" || what === "UNREACHABLE") bed.isUp = bed.isAnswered = false;
          if (below(6) === 0) stream.requestTx();
          if (below(12) === 0) stream.connect();
          return ([Ret.disconnect, Ret.destroy, Ret.dontSend] as const)[below(60)] ?? Ret.ok;
        });
      }
      const stream = bed.create("a", below(3));
      for (let step = 0; step < 150 && stream.alive; step++) {
        act(bed, stream);
        if (below(8) === 0) await after(below(3));
      }
      stream.destroy();
      const heard = user.log;
      equal(wrong(heard, protocol === "mqtt"), "", heard.slice(-12).join(" "));
      equal(heard[heard.length - 1], "DESTROYING");
      equal(bed.streams.length + bed.streams.trust.length + bed.adapter.open, 0, "what is left");
      await after(5);
      equal(bed.context.scheduler.length, 0, "waits that are left");
    }
  });
}
