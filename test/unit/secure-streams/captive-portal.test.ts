/** Whether there is internet, and what waits for that. */
import type { NetworkAddress } from "lws/platform/sockets";
import { CaptivePortalDetect, type CaptivePortalOptions } from "lws/secure-streams/captive-portal";
import { StreamFlag, type StreamType } from "lws/secure-streams/policy";
import { Bus, BusClass, type Message } from "lws/system/bus";
import { Ladder, SystemState } from "lws/system/ladder";
import { after, equal, test } from "../harness";
import { Bed, brief } from "./bed";

const flags = StreamFlag.opportunistic | StreamFlag.failRedirect;
const type: Partial<StreamType> = {
  ...{ protocol: "h1", flags, endpoint: "${server}", port: 80, url: "${path}", responses: [511, 1511], expect: 204 },
  metadata: ["server", "", "path", ""],
};

class PortalBed extends Bed {
  readonly bus = new Bus({ context: this.context });
  readonly ladder = new Ladder({ scheduler: this.context.scheduler });
  readonly network: { address: NetworkAddress | undefined } = { address: undefined };
  readonly heard: string[] = [];
  readonly portal: CaptivePortalDetect;
  changes = 0;

  constructor(options: Partial<CaptivePortalOptions> = {}, types = { captive_portal_detect: type }) {
    super(types);
    this.bus.join(BusClass.network, { heard: (_kind, message) => this.hear(message) });
    const url = () => "http://portal.example:8080/online";
    this.portal = new CaptivePortalDetect({ unit: this, streams: () => this.streams, url, ...options });
  }
  private hear(message: Message): void {
    if (message["type"] === "cpd") this.heard.push(`${message["result"]}`);
  }
  get said(): string {
    return this.heard.splice(0).join(" ");
  }
  changed(): void {
    this.changes++;
    this.ladder.advance();
  }
  /** The network has this router, or ("") is gone. */
  route(gateway: string): void {
    this.network.address = gateway === "" ? undefined : { address: "10.0.0.5", mask: "", gateway, dns: "" };
    this.bus.send(BusClass.network, { type: "route", gateway });
    if (gateway !== "") this.ladder.advance();
  }
  /** The server has answered. */
  answer(status: number): void {
    const { link } = this;
    const { stream } = link;
    stream.status = status;
    if (status >= 300 && status < 400) {
      link.lose();
      return;
    }
    if (status === 511 && !stream.tell(link, 1511)) return;
    if (link.up() && stream.acknowledge(link, status === 204)) link.lose();
  }
  end(): void {
    this.portal.close();
    this.streams.close();
    equal(this.adapter.open, 0, "connections");
  }
}

for (const [what, status, verdict, state] of [
  ["the expected answer", 204, "ok", SystemState.operational],
  ["a redirect", 302, "captive", SystemState.cpdPreTime],
  ["511", 511, "captive", SystemState.cpdPreTime],
  ["another answer", 200, "no internet", SystemState.operational],
] as const) {
  test(`portal: ${what} means ${verdict}`, async () => {
    const bed = new PortalBed();
    const { ladder, adapter, portal } = bed;
    bed.route("10.0.0.1");
    equal(ladder.state, SystemState.cpdPreTime, "nothing goes on without a verdict");
    equal(adapter.links.length, 1);
    const { host, port, path, secure } = bed.link.target;
    equal(`${host} ${port} ${path} ${secure}`, "portal.example 8080 /online false");
    bed.answer(status);
    equal(portal.verdict, verdict);
    equal(ladder.state, state);
    equal(bed.changes, 1);
    equal(bed.streams.length, 0);
    await after(5);
    equal(bed.said, verdict);
    equal(adapter.links.length, 1, "one detection");
    bed.end();
  });
}

test("portal: no connection, no answer in time, and one that breaks off mean no internet", async () => {
  const refused = new PortalBed();
  refused.route("10.0.0.1");
  refused.link.lose();
  equal(refused.portal.verdict, "no internet");
  const late = new PortalBed({ timeout: 30 });
  late.route("10.0.0.1");
  await after(15);
  equal(late.portal.verdict, undefined);
  await after(40);
  equal(late.portal.verdict, "no internet");
  const lost = new PortalBed();
  lost.route("10.0.0.1");
  lost.link.up();
  lost.link.lose();
  equal(lost.portal.verdict, "no internet");
  await after(5);
  for (const bed of [refused, late, lost]) {
    equal(bed.said, "no internet");
    bed.end();
  }
  // Whatever a scheme would repeat: the first verdict is the one of the detection.
  const stubborn = new PortalBed({}, { captive_portal_detect: { ...type, retry: brief(2) } });
  stubborn.route("10.0.0.1");
  stubborn.link.lose();
  await after(10);
  equal(stubborn.portal.verdict, undefined);
  stubborn.answer(204);
  equal(stubborn.portal.verdict, "ok");
  stubborn.end();
});

test("portal: the verdict is known before the stream is gone", () => {
  const bed = new PortalBed();
  bed.route("10.0.0.1");
  let left = -1;
  bed.changed = () => {
    left = bed.streams.length;
  };
  bed.answer(204);
  equal(left, 1);
  bed.end();
});

test("portal: one detection at a time; another router is another network, and has its own", async () => {
  const bed = new PortalBed();
  const { adapter, portal, bus } = bed;
  bed.route("10.0.0.1");
  bus.send(BusClass.network, { trigger: "cpdcheck" });
  await after(5);
  equal(adapter.links.length, 1);
  bed.route("10.9.9.1");
  await after(5);
  equal(adapter.links.length, 2);
  equal(adapter.open, 1, "the first is over, without a verdict");
  bed.answer(204);
  await after(5);
  equal(bed.said, "ok");
  bus.send(BusClass.network, { trigger: "cpdcheck" });
  await after(5);
  equal(adapter.links.length, 3, "somebody has asked");
  bed.link.lose();
  await after(5);
  equal(bed.said, "no internet");
  // DHCP has given the same again.
  bed.route("10.9.9.1");
  await after(5);
  equal(adapter.links.length, 4);
  bed.route("");
  await after(5);
  equal(portal.verdict, undefined);
  equal(adapter.open, 0);
  bus.send(BusClass.network, { trigger: "cpdcheck" });
  await after(5);
  equal(adapter.links.length, 4, "without a network nothing is asked");
  equal(bed.said, "");
  bed.end();
});

test("portal: behind a portal it is looked again, until somebody has logged in", async () => {
  const bed = new PortalBed({ again: 20 });
  const { adapter, ladder } = bed;
  bed.route("10.0.0.1");
  bed.answer(302);
  await after(40);
  equal(adapter.links.length, 2);
  bed.answer(302);
  await after(40);
  equal(adapter.links.length, 3);
  equal(ladder.state, SystemState.cpdPreTime);
  bed.answer(204);
  equal(ladder.state, SystemState.operational);
  await after(40);
  equal(adapter.links.length, 3);
  equal(bed.said, "captive captive ok");
  bed.end();
});

test("portal: where there is nothing to ask, nothing waits for it", async () => {
  const off = new PortalBed({ url: () => "" });
  off.route("10.0.0.1");
  equal(off.ladder.state, SystemState.operational);
  const unknown = new PortalBed({}, {} as { captive_portal_detect: typeof type });
  unknown.route("10.0.0.1");
  equal(unknown.ladder.state, SystemState.operational);
  const wrong = new PortalBed({ url: () => "http://no host/" });
  wrong.route("10.0.0.1");
  equal(wrong.ladder.state, SystemState.operational);
  equal(wrong.portal.verdict, "no internet");
  await after(5);
  equal(off.said + unknown.said, "");
  for (const bed of [off, unknown, wrong]) bed.end();
});

test("portal: one that is closed asks no more, and holds nothing up", async () => {
  const bed = new PortalBed();
  bed.route("10.0.0.1");
  bed.portal.close();
  equal(bed.adapter.open, 0);
  bed.ladder.advance();
  equal(bed.ladder.state, SystemState.operational);
  await after(5);
  equal(bed.said, "");
  bed.streams.close();
});
