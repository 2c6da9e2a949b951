/** Streams that are accepted, over links that a case drives: what they hear, and what becomes of them with the stream that listens. */
import { Part, Ret } from "lws/secure-streams/handlers";
import { StreamState } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { equal, test, throws } from "../harness";
import { Recorder, turns } from "./bed";
import { Arrival, Place } from "./place";

test("accepted: from its beginning to its end", () => {
  const place = new Place();
  const { user } = place;
  equal(user.said, "CREATING");
  const { link, stream } = place.arrive();
  equal(user.said, "CREATING CONNECTING");
  equal(stream.user as string, "user 1");
  equal(stream.listener === place.listener, true);
  equal(stream.requestTx(9), Ret.ok);
  equal(link.calls.join(), "tx");
  equal(stream.connect(), Ret.dontSend);
  equal(stream.establish(link), true);
  equal(stream.establish(link), true, "it is told once");
  stream.setRequest(["/x", "text/html"]);
  equal(stream.ack(), false, "it is not told of yet");
  stream.isAsked = true;
  equal(stream.tell(link, StreamState.serverTxn), true);
  equal(stream.getMeta("path"), "/x");
  equal(stream.setMeta("mime", "text/plain"), true);
  equal(stream.values?.[1], "text/plain", "the answer's");
  equal(stream.ack(201), true);
  equal(stream.status, 201);
  stream.endRequest();
  equal(stream.getMeta("path"), undefined);
  equal(stream.wantsTx, false);
  equal(stream.status, 0);
  stream.tell(link, StreamState.serverTxn);
  stream.ended(link);
  equal(user.said, "CONNECTED SERVER_TXN SERVER_TXN DISCONNECTED DESTROYING");
  equal(link.calls.includes("close"), false, "it was the peer's end");
  throws(() => stream.requestTx(), "STREAM_GONE");
  equal(place.listener.length, 0);
  place.listener.destroy();
  equal(user.said, "DESTROYING");
  equal(place.ended, 1);
  equal(place.streams.length, 0);
});

test("accepted: what never was connected is not disconnected", () => {
  const place = new Place();
  const { link, stream } = place.arrive();
  stream.ended(link);
  equal(place.user.said, "CREATING CREATING CONNECTING DESTROYING");
  place.listener.destroy();
});

test("accepted: users may want to be rid of it in any state", () => {
  for (const [what, ret] of [
    ["CREATING", Ret.destroy],
    ["CONNECTING", Ret.disconnect],
    ["CONNECTED", Ret.destroy],
    ["SERVER_TXN", Ret.disconnect],
  ] as const) {
    const place = new Place();
    place.user.on(what, () => ret);
    const { link, stream } = place.arrive();
    if (stream?.establish(link)) stream.tell(link, StreamState.serverTxn);
    equal(link.calls.filter((call) => call === "close").length, 1, what);
    equal(place.user.said.endsWith("DESTROYING"), true, what);
    equal(place.listener.length, 0, what);
    place.listener.destroy();
  }
});

test("accepted: time goes on and so does the connection", async () => {
  const place = new Place();
  const { link, stream } = place.arrive();
  stream.establish(link);
  stream.startTimeout(1);
  await turns(5);
  stream.tell(link, StreamState.serverTxn);
  stream.startTimeout(1);
  await turns(5);
  stream.tell(link, StreamState.serverUpgrade);
  equal(place.user.said, "CREATING CREATING CONNECTING CONNECTED TIMEOUT SERVER_TXN TIMEOUT SERVER_UPGRADE");
  place.listener.destroy();
});

test("accepted: a status that is none is refused", () => {
  const place = new Place();
  const { stream } = place.arrive();
  stream.isAsked = true;
  for (const status of [1, 100, 199, 600, 200.5, Number.NaN]) throws(() => stream.ack(status), "STREAM_BAD_VALUE");
  equal(stream.ack(), true);
  equal(stream.status, 200);
  equal(place.listener.ack(200), false);
  place.listener.destroy();
});

test("accepted: what there is no credit for waits, in its order and with its bounds", async () => {
  const place = new Place(5);
  const { link, stream } = place.arrive();
  stream.establish(link);
  equal(place.user.said, "CREATING CREATING CONNECTING CONNECTED");
  equal(place.send(stream, link, "0123456789", Part.som | Part.eom), true);
  equal(place.user.said, "rx(01234,1)");
  equal(link.calls.join(), "hold");
  await turns(5);
  equal(place.user.said, "");
  equal(stream.isHolding, true);
  stream.addRxCredit(2);
  await turns(5);
  equal(place.user.said, "rx(56,0)");
  stream.addRxCredit(5);
  await turns(5);
  equal(place.user.said, "rx(789,2)");
  equal(stream.isHolding, false);
  equal(stream.rxCredit(), 2);
  equal(link.calls.pop(), "flow");
  place.send(stream, link, "ab", Part.som);
  place.send(stream, link, "cd", 0);
  place.send(stream, link, "", Part.eom);
  equal(place.user.said, "rx(ab,1)");
  stream.addRxCredit(9);
  await turns(5);
  equal(place.user.said, "rx(cd,2)");
  place.listener.destroy();
});

test("listening: it says nothing between its beginning and its end", () => {
  const place = new Place();
  const { listener, user } = place;
  equal(listener.requestTx(), Ret.dontSend);
  equal(listener.connect(), Ret.dontSend);
  equal(user.said, "CREATING");
  listener.destroy();
  listener.destroy();
  equal(user.said, "DESTROYING");
  equal(listener.accept(new Arrival()), undefined);
  equal(place.ended, 1);
});

test("listening: what it has accepted is visited, whatever comes and goes meanwhile", () => {
  const place = new Place();
  const { listener } = place;
  const streams = [place.arrive().stream, place.arrive().stream, place.arrive().stream];
  const visited: unknown[] = [];
  listener.forEachClient((client: Stream) => {
    visited.push(client.user);
    if (client === streams[0]) {
      streams[1]?.destroy();
      client.destroy();
      place.arrive();
    }
  });
  equal(visited.join(), "user 1,user 3");
  equal(listener.length, 2);
  listener.destroy();
  equal(listener.length, 0);
  equal(place.streams.length, 0);
});

test("listening: its end is the end of all, but not from inside of one of them", () => {
  const place = new Place();
  const { listener, user } = place;
  const [first, second] = [place.arrive(), place.arrive()];
  let error = "";
  user.on("CONNECTED", () => {
    try {
      listener.destroy();
    } catch (thrown) {
      error = (thrown as { code: string }).code;
    }
    return Ret.ok;
  });
  first.stream.establish(first.link);
  equal(error, "STREAM_IN_CALLBACK");
  equal(place.ended, 0);
  equal(user.said, "CREATING CREATING CONNECTING CREATING CONNECTING CONNECTED");
  listener.destroy();
  equal(user.said, "DISCONNECTED DESTROYING DESTROYING DESTROYING");
  equal(second.link.calls.join(), "close");
});

test("listening: callbacks that are replaced are those of whom it accepts from then on", () => {
  const place = new Place();
  const other = new Recorder();
  place.listener.setHandlers({ state: (stream, state, ordinal) => other.state(stream, state, ordinal) });
  place.arrive();
  equal(place.user.said, "CREATING");
  equal(other.said, "CREATING CONNECTING");
  place.streams.close();
  equal(place.ended, 1);
});
