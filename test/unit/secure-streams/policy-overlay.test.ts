/** What lies over a policy changes single keys of it. */
import type { Policy } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";
import { readPolicy } from "lws/secure-streams/policy-dynamic";
import { overlay } from "lws/secure-streams/policy-overlay";
import { equal, test, throws } from "../harness";
import { Bed, brief, TestPolicy } from "./bed";

const tls = StreamFlag.tls;
const opportunistic = StreamFlag.opportunistic;
const nailedUp = StreamFlag.nailedUp;
const under = new TestPolicy(
  {
    a: { flags: tls | opportunistic, trustStore: "fleet", metadata: ["id", ""], retry: brief(3) },
    b: { protocol: "h1", method: "GET", url: "x" },
  },
  { fleet: ["root.pem"], other: ["clients.pem"] },
);
const over = (s: string, more = "") => overlay(under, `{${more}"s":${s}}`);

function differs(policy: Policy, name: string): string {
  const [base, now] = [under.stream(name), policy.stream(name)];
  const parts: string[] = [];
  for (const [key, value] of Object.entries(now ?? {})) {
    const text = JSON.stringify(value);
    if (text !== JSON.stringify((base as never)?.[key])) parts.push(`${key} ${text}`);
  }
  return parts.join();
}

test("overlay: a key is replaced, the others stay", () => {
  equal(differs(over('[{"a":{"endpoint":"${id}.lan"}}]'), "a"), 'endpoint "${id}.lan"');
  equal(differs(over('[{"a":{"endpoint":"w.lan"}}]'), "b"), "", "other stream types do");
  equal(differs(over('[{"a":{"opportunistic":false,"nailed_up":true}}]'), "a"), `flags ${tls | nailedUp}`);
  equal(differs(over('[{"a":{"tls_trust_store":"other"}}]'), "a"), 'trustStore "other"');
  equal(differs(over('[{"b":{"rideshare":"a"}}]'), "b"), 'rideshare "a"');
  const retry = '"retry":[{"once":{"backoff":[1]}}],';
  equal(differs(over('[{"a":{"retry":"once"}}]', retry), "a").includes('"backoff":[1]'), true);
  equal(over("[]").store("fleet"), under.stores["fleet"]);
  equal(over("[]").release, "1");
});

test("overlay: a stream type is added", () => {
  const policy = over('[{"c":{"endpoint":"h.lan","port":1,"protocol":"raw","tls":true,"tls_trust_store":"fleet"}}]');
  equal(policy.stream("c")?.trustStore, "fleet");
  equal(under.stream("c"), undefined);
});

test("overlay: what comes of it has to be right", () => {
  for (const [text, path] of [
    ['[{"a":{"nailed_up":true}}]', "s[0].a.nailed_up"],
    ['[{"a":{"tls":false}}]', "s[0].a"],
    ['[{"a":{"endpoint":"${no}"}}]', "s[0].a.endpoint"],
    ['[{"a":{"http_url":"/"}}]', "s[0].a.http_url"],
    ['[{"a":{"tls_trust_store":"no"}}]', "s[0].a.tls_trust_store"],
    ['[{"a":{"retry":"slow"}}]', "s[0].a.retry"],
    ['[{"a":{}},{"a":{}}]', "s[1].a"],
    ['[{"c":{"port":1}}]', "s[0].c"],
    ["{}", "s"],
  ] as const) {
    throws(() => over(text), path);
  }
  throws(() => over("[]", '"certs":[],'), "certs");
  throws(() => over("[]", '"trust_stores":[],'), "trust_stores");
});

test("overlay: over one that was read, and over another overlay", () => {
  const read = readPolicy('{"s":[{"a":{"endpoint":"h.lan","port":1,"protocol":"raw"}},{"k":{"local_sink":true}}]}');
  const first = overlay(read, '{"s":[{"a":{"port":2}}]}');
  const second = overlay(first, '{"s":[{"a":{"endpoint":"w.lan"}}]}');
  equal(`${second.stream("a")?.endpoint} ${second.stream("a")?.port} ${read.stream("a")?.port}`, "w.lan 2 1");
  const net = overlay(read, '{"s":[{"k":{"local_sink":false,"endpoint":"h.lan","port":1,"protocol":"raw"}}]}');
  equal(net.stream("k")?.protocol, "raw");
  throws(() => overlay(read, '{"s":[{"k":{"local_sink":false}}]}'), "s[0].k");
});

test("overlay: streams that are created then have it", () => {
  const bed = new Bed({ a: {} });
  const before = bed.create("a");
  bed.streams.replace(overlay(bed.streams.policy, '{"s":[{"a":{"port":9}}]}'));
  const stream = bed.create("a");
  stream.connect();
  equal(bed.link.target.port, 9);
  equal(before.type.port, 7);
  bed.streams.close();
});
