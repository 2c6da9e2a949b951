/** The system waits for its policy, and for no longer than it has to. */
import Resource from "Resource";
import { FetchPolicy } from "lws/secure-streams/fetch-policy";
import { Part } from "lws/secure-streams/handlers";
import { StreamFlag } from "lws/secure-streams/policy";
import { Bus, BusClass, type BusPeer, type Message } from "lws/system/bus";
import { Ladder, SystemState } from "lws/system/ladder";
import { after, equal, test } from "../harness";
import { Bed, brief, type FakeLink, type Types } from "./bed";

const flags = StreamFlag.tls;
const types: Types = {
  fetch_policy: { protocol: "h1", flags, trustStore: "home", retry: brief(1, [1]), method: "GET", url: "x" },
};
const text = (release: string, product = "bed") => `{"release":"${release}","product":"${product}","s":[]}`;

class FetchBed extends Bed implements BusPeer {
  readonly bus = new Bus({ context: this.context });
  readonly ladder = new Ladder({ scheduler: this.context.scheduler });
  readonly fetch: FetchPolicy;
  told = "";

  constructor(more: Types = {}, store = "root.pem") {
    super({ ...types, ...more }, (name) => new Resource(`www/${name}`), { home: [store] });
    const { ladder, streams, bus } = this;
    this.fetch = new FetchPolicy({ ladder, streams, bus, limits: { text: 200 } });
    bus.join(BusClass.systemState, this);
    ladder.advance();
  }

  heard(_kind: number, { policy, release, error }: Message): void {
    this.told += `${policy} ${release ?? error} `;
  }
  /** Where the system is, whose policy it has, and how many streams there are. */
  get facts(): string {
    const { ladder, streams } = this;
    const place =
      ladder.state === SystemState.policyValid ? "waits" : SystemState.operational === ladder.state ? "up" : "?";
    return `${place} ${streams.policy.release} ${streams.length}`;
  }
  /** The whole of an answer, but for the verdict. */
  answer(policy: string): FakeLink {
    const { link } = this;
    link.up();
    link.send(policy.slice(0, 9), Part.som);
    link.send(policy.slice(9), 0);
    link.send("", Part.eom);
    return link;
  }
  /** Waits until the system is in operation, and the bus has told why. */
  async risen(): Promise<void> {
    for (let i = 0; i < 300 && this.ladder.state !== SystemState.operational; i++) await after(2);
    await after(5);
  }
  /** Waits for the try of this number. */
  async tried(count: number): Promise<void> {
    for (let i = 0; i < 200 && this.adapter.links.length < count; i++) await after(2);
  }
  async end(): Promise<void> {
    this.fetch.close();
    this.streams.close();
    for (let i = 0; i < 100 && this.context.scheduler.length > 0; i++) await after(2);
    equal(this.context.scheduler.length, 0);
  }
}

test("fetch_policy: the system waits, and goes on when the new policy is there", async () => {
  const bed = new FetchBed();
  equal(bed.facts, "waits 1 0");
  await bed.tried(1);
  equal(bed.facts, "waits 1 1", "it is asked for");
  const link = bed.answer(text("2"));
  equal(bed.facts, "waits 1 1", "the server has not said that all was well");
  link.stream.acknowledge(link, true);
  equal(bed.facts, "waits 1 0", "the stream is gone first");
  await bed.risen();
  equal(bed.facts, "up 2 0");
  equal(bed.told, "updated 2 ");
  bed.ladder.jump(SystemState.dhcp);
  bed.ladder.advance();
  equal(bed.facts, "up 2 0", "once is enough");
  await bed.end();
});

test("fetch_policy: what is complete, and not good, is nothing", async () => {
  const bed = new FetchBed();
  for (let i = 0; i < 3; i++) {
    await bed.tried(i + 1);
    const link = bed.answer(text("2"));
    if (i === 0) link.lose();
    else link.stream.acknowledge(link, false);
  }
  await bed.risen();
  equal(bed.facts, "up 1 0");
  equal(bed.told, "kept POLICY_UNAVAILABLE ");
  equal(bed.adapter.links.length, 3);
  bed.ladder.jump(SystemState.dhcp);
  bed.ladder.advance();
  equal(bed.facts, "waits 1 0", "another network is another chance");
  await bed.tried(4);
  const link = bed.answer(text("3"));
  link.stream.acknowledge(link, true);
  await bed.risen();
  equal(bed.facts, "up 3 0");
  await bed.end();
});

test("fetch_policy: what is no policy is not waited for without end", async () => {
  const bed = new FetchBed();
  await bed.tried(1);
  bed.link.up();
  equal(bed.link.send("<html>", Part.som), true, "it may be a page that says what is wrong");
  equal(bed.link.send(" ".repeat(200), 0), false);
  equal(bed.fetch.error, "POLICY_SYNTAX");
  await bed.tried(2);
  const link = bed.answer(text("2", "other"));
  link.stream.acknowledge(link, true);
  equal(bed.fetch.error, undefined, "it is not looked into at once");
  for (let i = 0; i < 300 && !bed.fetch.error; i++) await after(1);
  equal(bed.fetch.error, "POLICY_PRODUCT");
  await bed.tried(3);
  bed.link.up();
  bed.link.stream.acknowledge(bed.link, true);
  await bed.risen();
  equal(`${bed.facts} ${bed.told}`, "up 1 0 kept POLICY_SYNTAX ");
  await bed.end();
});

test("fetch_policy: a server that says nothing", async () => {
  const bed = new FetchBed({ fetch_policy: { ...types["fetch_policy"], timeout: 3 } });
  await bed.risen();
  equal(`${bed.facts} ${bed.told}`, "up 1 0 kept POLICY_UNAVAILABLE ");
  equal(bed.adapter.links.length, 3);
  equal(bed.adapter.open, 0);
  await bed.end();
});

test("fetch_policy: a stream that can't be made", async () => {
  const bed = new FetchBed({}, "about.txt");
  await bed.risen();
  equal(bed.facts, "up 1 0");
  equal(bed.adapter.links.length, 0);
  await bed.end();
});

test("fetch_policy: nobody who is not trusted is asked, and nobody where there is none to ask", async () => {
  const bed = new FetchBed({ fetch_policy: { protocol: "h1", method: "GET", url: "x" } });
  await bed.risen();
  equal(`${bed.facts} ${bed.told}`, "up 1 0 kept POLICY_SOURCE ");
  await bed.end();
});

test("fetch_policy: whoever ends it ends it at any point", async () => {
  for (const point of ["first", "trying", "answered", "installing", "waiting"]) {
    const bed = new FetchBed();
    if (point !== "first") await bed.tried(1);
    if (point === "answered") bed.answer(text("2"));
    if (point === "installing") {
      const link = bed.answer(text("2"));
      link.stream.acknowledge(link, true);
    }
    if (point === "waiting") bed.link.lose();
    bed.fetch.close();
    await after(5);
    equal(bed.facts, "waits 1 0", point);
    bed.ladder.advance();
    equal(bed.facts, "up 1 0", point);
    equal(bed.told, "", point);
    await bed.end();
  }
});

test("fetch_policy: all streams are closed while it is at it", async () => {
  const bed = new FetchBed();
  await bed.tried(1);
  bed.streams.close();
  await bed.risen();
  equal(bed.facts, "up 1 0");
  await bed.end();
});
