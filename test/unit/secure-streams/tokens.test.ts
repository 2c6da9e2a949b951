/** What streams show of who they are: fetched when there is none, and anew when it is refused or has run out. */
import type { AuthProvider, Readiness } from "lws/secure-streams/auth";
import { Part, Ret } from "lws/secure-streams/handlers";
import type { AuthScheme } from "lws/secure-streams/policy";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { Tokens } from "lws/secure-streams/tokens";
import { Blob, Blobs } from "lws/system/blobs";
import { after, equal, test } from "../harness";
import { Bed, brief, FakeAdapter, type FakeLink } from "./bed";

const blobs = new Blobs({ identity: { serial: "1", model: "m" }, namespace: "unit-tokens" });
const auth: AuthScheme = { name: "cloud", type: "bearer", stream: "token", blob: 2 };
const TYPES = {
  data: { protocol: "h1", auth, retry: brief(3, [10]) },
  other: { protocol: "h1", auth, retry: brief(3, [10]) },
  lost: { protocol: "h1", auth: { name: "lost", type: "bearer", blob: 3 }, retry: brief(1) },
  token: { protocol: "ws" },
} as const;

class TokenBed extends Bed {
  /** Goes where tokens are. */
  readonly desk = new FakeAdapter();
  readonly asking: Streams;

  constructor(provider?: AuthProvider) {
    super(TYPES);
    blobs.set(Blob.auth2, undefined);
    const { context, policy, adapter, desk } = this;
    const bearer = provider ?? new Tokens({ streams: () => this.asking, blobs, body: () => "grant" });
    this.asking = new Streams({ context, policy, adapters: { h1: adapter, ws: desk }, auth: { bearer } });
  }
  make(name: string): Stream {
    return this.asking.create(name, this.user, { user: this });
  }
  /** Whoever gives tokens gives this one. */
  give(text: string): void {
    const { last } = this.desk;
    last.up();
    last.send(text);
    last.stream.acknowledge(last, true);
  }
  /** Two streams may be connected at once here. */
  answer(link: FakeLink = this.link): void {
    link.up();
    link.stream.acknowledge(link, true);
    link.lose();
  }
}

test("tokens: the first stream that needs one has it fetched, and goes on with it", async () => {
  const bed = new TokenBed();
  const { user, desk, adapter, asking } = bed;
  const stream = bed.make("data");
  stream.connect();
  equal(user.said, "CREATING CONNECTING");
  equal(adapter.links.length, 0, "nobody is dialled without a token");
  equal(desk.links.length, 1);
  equal(asking.length, 2);
  equal(desk.last.take(bed.asking.room), "grant");
  bed.give('{"access_token":"abc.def","token_type":"bearer","expires_in":3600}');
  equal(asking.length, 1, "the stream that has fetched it is over");
  equal(blobs.auth(2), "abc.def");
  equal(adapter.links.length, 1);
  bed.answer();
  equal(user.said, "CONNECTING CONNECTED QOS_ACK_REMOTE DISCONNECTED");
  stream.connect();
  equal(desk.links.length, 1, "it is kept");
  equal(adapter.links.length, 2);
  asking.close();
});

test("tokens: one that a server refuses is replaced", () => {
  const bed = new TokenBed();
  const { user, desk, asking } = bed;
  const stream = bed.make("data");
  stream.connect();
  bed.give("first\n");
  bed.link.up();
  user.on("AUTH_FAILED", (each) => {
    equal(each.connect(), Ret.ok);
    return Ret.disconnect;
  });
  user.said;
  bed.link.stream.refuse(bed.link);
  equal(user.said.startsWith("AUTH_FAILED DISCONNECTED"), true);
  stream.connect();
  equal(desk.links.length, 2, "a new one is asked for");
  bed.give("second");
  equal(blobs.auth(2), "second");
  bed.answer();
  asking.close();
});

test("tokens: several that wait share one request, and those that have gone meanwhile are left alone", async () => {
  const bed = new TokenBed();
  const { desk, adapter, asking } = bed;
  const a = bed.make("data");
  const b = bed.make("other");
  a.connect();
  b.connect();
  equal(desk.links.length, 1);
  a.destroy();
  bed.give("t");
  equal(adapter.links.length, 1);
  equal(adapter.last.stream, b);
  asking.close();
});

test("tokens: without one, attempts are made again as the scheme says, and then no more", async () => {
  const bed = new TokenBed();
  const { user, desk, asking } = bed;
  bed.make("data").connect();
  for (let i = 0; i < 4; i++) {
    // It is not said when the next attempt comes, only that it does.
    desk.last.up();
    desk.last.stream.acknowledge(desk.last, false);
    await after(25);
  }
  equal(user.said, `CREATING ${"CONNECTING ".repeat(4)}ALL_RETRIES_FAILED`);
  equal(asking.length, 1);
  asking.close();
});

test("tokens: nobody to ask, or one who says no, is AUTH_FAILED", async () => {
  const bed = new TokenBed();
  const { user, desk, asking } = bed;
  bed.make("lost").connect();
  await after(20);
  equal(user.said, "CREATING CONNECTING AUTH_FAILED CONNECTING AUTH_FAILED ALL_RETRIES_FAILED");
  const stream = bed.make("data");
  stream.connect();
  desk.last.stream.refuse(desk.last);
  user.said;
  await after(25);
  equal(user.said.startsWith("CONNECTING AUTH_FAILED"), true);
  asking.close();
});

test("tokens: what is no token is not taken", () => {
  for (const text of [
    "",
    " \n",
    "two words",
    "<html>Log in</html> ",
    "{}",
    '{"access_token":7}',
    '{"access_token":"a b"}',
    '{"access_token"',
    `${'{"a":'.repeat(900)}1${"}".repeat(900)}`,
    "x".repeat(2049),
  ]) {
    const bed = new TokenBed();
    bed.make("data").connect();
    bed.give(text);
    equal(blobs.auth(2), undefined, text.slice(0, 20));
    equal(bed.adapter.links.length, 0, text.slice(0, 20));
    bed.asking.close();
  }
});

test("tokens: one that has run out is replaced, and a short life is no loop", async () => {
  const bed = new TokenBed();
  const { desk, asking } = bed;
  const stream = bed.make("data");
  stream.connect();
  bed.give('{"access_token":"brief","expires_in":0.06}');
  bed.answer();
  stream.connect();
  equal(desk.links.length, 1, "it still counts");
  bed.answer();
  await after(50);
  stream.connect();
  equal(desk.links.length, 2);
  asking.close();
});

test("auth: what a provider throws costs the attempt", () => {
  const bed = new TokenBed({
    prepare(): Readiness {
      throw new Error("on purpose");
    },
  });
  bed.make("data").connect();
  equal(bed.user.said, "CREATING CONNECTING UNREACHABLE");
  bed.asking.close();
});

test("auth: a write that waits for its token is not forgotten", () => {
  const bed = new TokenBed();
  const stream = bed.make("data");
  stream.requestTx();
  bed.give("t");
  bed.link.up();
  equal(bed.link.calls.join(), "tx");
  equal(bed.link.send("x", Part.som), true);
  bed.asking.close();
});
