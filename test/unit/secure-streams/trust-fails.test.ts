/** Trust stores that can't be built, and when the memory of those that were is back. */
import { Chip } from "lws/platform/chip";
import { Inflate } from "lws/platform/deflate";
import { Ret } from "lws/secure-streams/handlers";
import { after, equal, test, throws } from "../harness";
import { TrustBed, tidy } from "./trust-bed";

for (const [name, code] of [
  // The first certificate is bad; a later one is.
  ["bad", "CERT_"],
  ["worse", "CERT_"],
  ["absent", "TRUST_STORE_UNKNOWN"],
  ["lost", ""],
  ["trusting", "TRUST_STORE_UNKNOWN"],
  ["card", "STREAM_UNSUPPORTED"],
] as const) {
  tidy(`failure, ${name}: nothing is left of what can't be built, and others are as they were`, (bed) => {
    const other = bed.create("a");
    bed.user.log.length = 0;
    const native = Chip.heap().native;
    for (let i = 0; i < 3; i++) {
      throws(() => bed.create(name), code);
      equal(bed.facts, "1 0");
      equal(bed.trust.find("fleet")?.holds, 1);
      equal(Chip.heap().native, native);
    }
    equal(bed.user.said, "", "no state is reported");
    equal(bed.streams.length, 1);
    other.destroy();
  });
}

tidy("who is refused when it has been created gives back what it held", (bed) => {
  bed.user.on("CREATING", () => Ret.destroy);
  throws(() => bed.create("a"), "STREAM_REFUSED");
  equal(bed.facts, "0 1");
});

tidy("race, memory that runs out while one is built: an error, all of it back, and later another try", (bed) => {
  const taken: Inflate[] = [];
  const base = Chip.heap().native;
  let failed = 0;
  for (let left = 1500; left < 6000; left += 250) {
    for (let bits = 15; bits >= 8; ) {
      const { native, nativeLimit } = Chip.heap();
      if (nativeLimit - native < left + 1400 + (1 << bits)) bits--;
      else taken.push(new Inflate(bits));
    }
    const full = Chip.heap().native;
    try {
      bed.create("b").destroy();
    } catch (error) {
      equal((error as Error).message, "TLS_NO_MEMORY");
      failed++;
      equal(Chip.heap().native, full, "native heap");
    }
    for (const each of taken.splice(0)) each.close();
  }
  equal(failed > 0, true);
  equal(Chip.heap().native >= base, true);
  bed.create("b").destroy();
});

test("trust: one that lingers is joined, or goes when its time is over, or memory is short", async () => {
  const base = Chip.heap().native;
  const bed = new TrustBed(20);
  const { trust } = bed.streams;
  bed.create("a").destroy();
  const store = trust.find("fleet");
  equal(store?.holds, 0);
  const again = bed.create("a");
  equal(trust.find("fleet") === store, true);
  await after(40);
  equal(trust.length, 1, "it is held");
  again.destroy();
  await after(60);
  equal(trust.length, 0, "its time is over");
  bed.create("a").destroy();
  bed.create("b");
  equal(trust.length, 2);
  trust.trim();
  equal(trust.length, 1, "memory is short");
  bed.create("a").destroy();
  equal(trust.length, 2);
  bed.streams.close();
  equal(trust.length, 0);
  await after(5);
  equal(trust.draining, 0);
  equal(Chip.heap().native, base);
  equal(bed.context.scheduler.length, 0);
});

test("trust: two manners of speaking are two clients of one store", async () => {
  const base = Chip.heap().native;
  const bed = new TrustBed();
  const none = { alpn: "", card: -1 };
  const store = bed.trust.hold("fleet", none, "test");
  const one = Chip.heap().native;
  equal(store.client({ alpn: "http/1.1", card: -1 }), undefined);
  bed.trust.hold("fleet", { alpn: "http/1.1", card: -1 }, "test");
  equal(store.holds, 2);
  equal(store.client(none) === store.client({ alpn: "http/1.1", card: -1 }), false);
  equal(Chip.heap().native > one, true);
  throws(() => bed.trust.hold("fleet", { alpn: "", card: 0 }, "test"), "STREAM_UNSUPPORTED");
  equal(store.holds, 2);
  bed.trust.release(store);
  bed.trust.release(store);
  await after(5);
  equal(Chip.heap().native, base);
});
