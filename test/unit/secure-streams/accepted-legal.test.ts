/** Accepted streams that are driven at random: their users hear nothing that is not legal, and nothing is left. */
import type { Accepted } from "lws/secure-streams/accepted";
import { Part, Ret } from "lws/secure-streams/handlers";
import { StreamState } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { equal, test } from "../harness";
import { turns } from "./bed";
import { wrong } from "./legal";
import { type Arrival, Place } from "./place";

let seed = 1;
function below(limit: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return (seed >>> 8) % limit;
}

interface Visit {
  link: Arrival;
  stream: Accepted;
}

/** One thing that a user, a peer or time may do. */
function act(place: Place, visits: Visit[]): void {
  const { link, stream } = visits[below(visits.length)] ?? place.arrive();
  const isThere = stream?.alive ?? false;
  switch (below(isThere ? 13 : 1)) {
    case 0: {
      const visit = place.arrive();
      if (visit.stream) visits.push(visit);
      break;
    }
    case 1:
    case 2:
      stream.establish(link);
      break;
    case 3:
    case 4:
      if (stream.establish(link)) stream.tell(link, StreamState.serverTxn);
      break;
    case 5:
      if (stream.establish(link)) stream.tell(link, StreamState.serverUpgrade);
      break;
    case 6:
      if (stream.establish(link)) place.send(stream, link, "abc".slice(below(4)), below(2) === 0 ? Part.eom : 0);
      break;
    case 7:
      stream.endRequest();
      break;
    case 8:
      stream.startTimeout(1 + below(3));
      break;
    case 9:
      stream.addRxCredit(below(4));
      break;
    case 10:
      stream.requestTx();
      break;
    case 11:
      if (below(3) === 0) stream.ended(link);
      break;
    default:
      if (below(3) === 0) stream.destroy();
  }
}

for (let round = 0; round < 4; round++) {
  test(`accepted: streams driven at random, ${round}`, async () => {
    for (let lives = 0; lives < 5; lives++) {
      seed = 1000 * round + lives;
      const place = new Place(below(3));
      const heard = new Map<Stream, string[]>();
      const { user } = place;
      const { state, rx } = user;
      const note = (stream: Stream) => {
        const all = heard.get(stream) ?? [];
        heard.set(stream, all);
        all.push(user.log[user.log.length - 1] as string);
      };
      user.state = (stream, number, ordinal) => {
        const ret = state.call(user, stream, number, ordinal);
        note(stream);
        return stream === (place.listener as Stream) ? Ret.ok : ret;
      };
      user.rx = (stream, bytes, from, to, flags) => {
        const ret = rx.call(user, stream, bytes, from, to, flags);
        note(stream);
        return ret;
      };
      for (const what of ["CREATING", "CONNECTING", "CONNECTED", "SERVER_TXN", "SERVER_UPGRADE", "TIMEOUT", "rx"]) {
        user.on(what, (stream) => {
          if (below(6) === 0) stream.requestTx();
          return ([Ret.disconnect, Ret.destroy, Ret.dontSend] as const)[below(60)] ?? Ret.ok;
        });
      }
      const visits: Visit[] = [];
      for (let step = 0; step < 120; step++) {
        act(place, visits);
        if (below(8) === 0) await turns(below(3));
      }
      place.listener.destroy();
      await turns(3);
      for (const all of heard.values()) {
        equal(wrong(all, false), "", all.join(" "));
        equal(all[all.length - 1], "DESTROYING");
      }
      equal(heard.size > 3, true);
      equal(place.streams.length, 0, "what is left");
      equal(place.streams.scheduler.length, 0, "waits that are left");
    }
  });
}
