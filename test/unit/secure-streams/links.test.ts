/** What stream types need beside their protocol, and what measures them. */

import { Milestone } from "lws/client/connect";
import { CookieJar } from "lws/client/cookies";
import type { Resolver } from "lws/client/resolver";
import { H1Streams } from "lws/secure-streams/h1";
import { Perf } from "lws/secure-streams/perf";
import { StreamFlag, type StreamType } from "lws/secure-streams/policy";
import { WsStreams } from "lws/secure-streams/ws";
import { equal, test, throws } from "../harness";

const resolver = {} as Resolver;
const type: StreamType = { name: "a", protocol: "h1", flags: StreamFlag.cookies };

test("links: cookies need somebody who keeps them", () => {
  throws(() => new H1Streams({ resolver }).check(type), "STREAM_UNSUPPORTED");
  throws(() => new WsStreams({ resolver }).check(type), "STREAM_UNSUPPORTED");
  const cookies = new CookieJar();
  new H1Streams({ resolver, cookies }).check(type);
  new WsStreams({ resolver, cookies }).check(type);
  new H1Streams({ resolver }).check({ ...type, flags: 0 });
});

test("links: times are JSON of less than 500 bytes, whatever has been measured", () => {
  equal(new Perf().text, "{}");
  const perf = new Perf();
  const addresses = Array.from({ length: 40 }, (_, i) => `192.168.100.${100 + i}`).join(" ");
  perf.passed(Milestone.resolved, addresses);
  perf.passed(Milestone.opened, "192.168.100.139");
  perf.passed(Milestone.secured, "192.168.100.139");
  perf.answered(200);
  const { text } = perf;
  equal(text.length < 400, true, text);
  const { peer, dns, http } = JSON.parse(text) as { peer: string; dns: string[]; http: number };
  equal(`${peer} ${dns.length} ${http}`, "192.168.100.139 8 200");
});
