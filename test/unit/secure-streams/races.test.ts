/** What may happen to a trust store while it comes, is held, or goes. Those of connections that are being made are in the system's tests. */
import { Chip } from "lws/platform/chip";
import type { TrustStore } from "lws/secure-streams/trust";
import { after, equal, throws } from "../harness";
import { tidy } from "./trust-bed";

tidy("race, two streams that are created in one turn: the first builds, the second joins", (bed) => {
  const [first, second] = [bed.create("a"), bed.create("twin")];
  equal(bed.facts, "1 0");
  equal(bed.reads, 1, "each certificate is read once");
  equal((first.store as TrustStore) === second.store, true);
});

tidy(
  "race, a stream that waits for its next attempt keeps the store while others leave, and does not rebuild it",
  async (bed) => {
    const [waiting, other] = [bed.create("again"), bed.create("a")];
    const store = waiting.store as TrustStore;
    bed.adapter.failing = 1;
    waiting.connect();
    equal(bed.user.said.endsWith("CONNECTING UNREACHABLE"), true, "it waits");
    other.destroy();
    equal(`${bed.facts} ${store.holds}`, "1 0 1");
    await after(20);
    equal(bed.link.stream === waiting, true, "the attempt was made");
    equal(bed.trust.find("fleet") === store && waiting.store === store, true);
    equal(bed.reads, 1);
  },
);

tidy(
  "race, who is created by the end of a connection that its store's end has closed gets an instance of its own",
  async (bed) => {
    const stream = bed.create("a");
    const old = stream.store as TrustStore;
    bed.connect(old.vhost);
    let made: TrustStore | undefined;
    bed.role.onEnding = () => {
      bed.role.onEnding = undefined;
      made = bed.create("a").store;
    };
    stream.destroy();
    equal(made, undefined, "not from within");
    await after(5);
    equal(made !== undefined && made !== old && made.vhost !== old.vhost, true);
    equal(bed.trust.find("fleet") === made && made?.holds === 1, true);
    equal(bed.facts, "1 0", "the old one is gone");
  },
);

tidy(
  "race, a stream that is destroyed while the connections of another store end: each of them ends once",
  async (bed) => {
    const [a, b] = [bed.create("a"), bed.create("b")];
    const [fleet, other] = [a.store as TrustStore, b.store as TrustStore];
    // By turns, so that whoever walks over those of the one passes those of the other.
    for (let i = 0; i < 6; i++) bed.connect(i % 2 ? other.vhost : fleet.vhost);
    bed.role.onEnding = () => b.destroy();
    a.destroy();
    equal(bed.facts, "1 1");
    await after(5);
    equal(bed.role.closed, 6);
    equal(bed.facts, "0 0");
    equal(bed.context.connections, 0);
  },
);

tidy("race, a store that is held again while the end of its last connection is told", async (bed) => {
  for (let i = 0; i < 20; i++) {
    const stream = bed.create("a");
    bed.connect((stream.store as TrustStore).vhost);
    bed.role.onEnding = () => {
      bed.role.onEnding = undefined;
      bed.create("a").destroy();
    };
    stream.destroy();
    await after(4);
    equal(bed.facts, "0 0", `round ${i}`);
  }
});

tidy("race, all streams are closed while a store is built: it is given up, and nobody is created", (bed) => {
  bed.onRead = () => bed.streams.close();
  throws(() => bed.create("a"), "STREAM_REFUSED");
  equal(bed.facts, "0 1");
  equal(bed.streams.length, 0);
  equal(bed.user.said, "", "no state is reported");
});

tidy("race, native memory that a draining store has not given back yet is not counted on", async (bed) => {
  const { native } = Chip.heap();
  const stream = bed.create("b");
  bed.connect((stream.store as TrustStore).vhost);
  stream.destroy();
  const next = bed.create("b");
  equal(bed.facts, "1 1");
  await after(5);
  next.destroy();
  await after(5);
  equal(Chip.heap().native, native);
});
