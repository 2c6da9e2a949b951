/** One stream for each way in which a connection can go wrong, and what its user has to hear then: PASS or FAIL for each. */

import { online } from "examples/online";
import type { Resolver } from "lws/client/dns/resolver";
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { H1Streams } from "lws/secure-streams/h1";
import { Ret, type StreamHandlers } from "lws/secure-streams/handlers";
import { MqttStreams } from "lws/secure-streams/mqtt";
import { RawStreams } from "lws/secure-streams/raw";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { WsStreams } from "lws/secure-streams/ws";
import { policy } from "./policy";

const FAILED = "CONNECTING UNREACHABLE ALL_RETRIES_FAILED";
/** The policy conceals two failures. */
const THRICE = "CONNECTING UNREACHABLE CONNECTING UNREACHABLE CONNECTING UNREACHABLE ALL_RETRIES_FAILED";

/** Names of stream types, and what is heard between CREATING and DESTROYING, by turns. */
const cases: readonly string[] = [
  ...["good", "CONNECTING CONNECTED QOS_ACK_REMOTE DISCONNECTED"],
  ...["expired", FAILED, "stranger", FAILED, "wrong_name", FAILED],
  ...["no_tls_there", FAILED, "tls_there", FAILED],
  ...["no_such_name", FAILED, "refused", FAILED, "concealed", THRICE, "busy", THRICE],
  ...["silent", FAILED, "timeout", "CONNECTING CONNECTED TIMEOUT DISCONNECTED"],
  ...["redirected", FAILED, "redirected_for_ever", FAILED],
  ...["not_found", "CONNECTING CONNECTED QOS_NACK_REMOTE DISCONNECTED"],
  ...["no_upgrade", FAILED, "no_broker", FAILED],
];

class Case implements StreamHandlers {
  private readonly heard: string[] = [];

  constructor(
    private readonly expected: string,
    private readonly over: (isGood: boolean) => void,
  ) {}

  state(stream: Stream, state: number): Ret {
    if (state === StreamState.creating) {
      stream.connect();
      stream.startTimeout();
      return Ret.ok;
    }
    if (state === StreamState.destroying) {
      const heard = this.heard.join(" ");
      log.notice("testsfail", `${heard === this.expected ? "PASS" : "FAIL"} ${stream.type.name}: ${heard}`);
      this.over(heard === this.expected);
      return Ret.ok;
    }
    this.heard.push(stateName(state));
    if (state === StreamState.timeout) return Ret.disconnect;
    return state === StreamState.disconnected || state === StreamState.allRetriesFailed ? Ret.destroy : Ret.ok;
  }
}

export default function start(context: Context): void {
  online(context, (resolver: Resolver) => {
    const options = { resolver, connectTimeout: 2000, answerTimeout: 500 };
    const adapters = {
      h1: new H1Streams(options),
      ws: new WsStreams(options),
      mqtt: new MqttStreams(options),
      raw: new RawStreams(options),
    };
    const streams = new Streams({ context, policy, adapters });
    const many = cases.length / 2;
    let [at, good] = [0, 0];
    const next = () => {
      const [name, expected] = cases.slice(2 * at++);
      if (name === undefined || expected === undefined) log.notice("testsfail", `${good} of ${many} as expected`);
      else streams.create(name, new Case(expected, over), { user: undefined });
    };
    const over = (isGood: boolean) => {
      if (isGood) good++;
      next();
    };
    next();
  });
}
