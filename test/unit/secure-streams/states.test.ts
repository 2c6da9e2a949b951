/** Which state may follow which, against the table as people read it. */
import { isUnchecked, mayFollow, StreamState, stateName } from "lws/secure-streams/states";
import { equal, test } from "../harness";
import { lastState, legal } from "./legal";

test("states: each pair is legal exactly where the table has it", () => {
  for (const mqtt of [false, true]) {
    for (let last = StreamState.none; last <= lastState; last++) {
      const allowed = legal(last, mqtt);
      for (let next = StreamState.none; next <= lastState; next++) {
        const isAllowed = allowed.includes(stateName(next));
        equal(mayFollow(last, next, mqtt), isAllowed, `${stateName(last)} ${stateName(next)} ${mqtt}`);
      }
    }
  }
});

test("states: the table has as many pairs as it should", () => {
  let [plain, mqtt] = [0, 0];
  for (let last = StreamState.none; last <= lastState; last++) {
    plain += legal(last, false).length;
    mqtt += legal(last, true).length;
  }
  equal(plain, 91);
  equal(mqtt, 95);
});

test("states: those of the user and of the system pass at any time, others never", () => {
  for (let state = StreamState.none; state <= lastState; state++) {
    const passes = ["EVENT_WAIT_CANCELLED", "UPSTREAM_LINK_RETRY", "SINK_JOIN", "SINK_PART"].includes(stateName(state));
    equal(isUnchecked(state), passes, stateName(state));
  }
  equal(isUnchecked(1000), true);
  equal(isUnchecked(65535), true);
  equal(isUnchecked(999), false);
  equal(mayFollow(StreamState.connected, 999), false);
  equal(mayFollow(StreamState.connected, 37), false, "37 is 5 more than a shift can tell");
  equal(stateName(1409), "user state 1409");
});
