/** A policy that takes the place of another: what goes on as it was, and what is new. */
import Resource from "Resource";
import { Chip } from "lws/platform/chip";
import { Ret } from "lws/secure-streams/handlers";
import { StreamFlag } from "lws/secure-streams/policy";
import type { TrustStore } from "lws/secure-streams/trust";
import { after, equal, test, throws } from "../harness";
import { Bed, TestPolicy, type Types } from "./bed";
import { tidy } from "./trust-bed";

const flags = StreamFlag.tls;
const same = ["root.pem"];
const others = ["root.pem", "clients.pem"];
const secure: Types = { a: { flags, trustStore: "fleet", port: 8 }, plain: {} };

tidy("another policy: streams keep their entry, new ones have another", (bed) => {
  const [first, plain] = [bed.create("a"), bed.create("plain")];
  const before = bed.streams.policy;
  const policy = new TestPolicy({ ...secure, fresh: {} }, { fleet: same });
  throws(() => bed.create("fresh"), "STREAM_UNKNOWN");
  bed.streams.replace(policy);
  equal(bed.streams.policy === policy, true);
  equal(first.type.port, 7);
  const second = bed.create("a");
  equal(second.type.port, 8);
  equal(bed.create("a").type === second.type, true, "it is shared by those of the new policy");
  equal(first.typeOf("a") === first.type, true, "what the old ones name is as it was");
  equal(second.typeOf("a") === second.type, true);
  equal(bed.create("fresh").type.name, "fresh");
  throws(() => bed.create("b"), "STREAM_UNKNOWN");
  plain.destroy();
  bed.streams.replace(before);
  equal(bed.create("a").type === first.type, true, "and back");
});

tidy("another policy with the same certificates: the store goes on", (bed) => {
  const first = bed.create("a");
  const plain = bed.create("plain");
  const store = bed.trust.find("fleet") as TrustStore;
  bed.streams.replace(new TestPolicy(secure, { fleet: same }));
  const native = Chip.heap().native;
  const second = bed.create("a");
  equal(bed.trust.find("fleet") === store, true);
  equal(store.holds, 2);
  equal(second.store === first.store, true);
  equal(bed.create("plain").store === plain.store, true);
  equal(Chip.heap().native, native);
});

for (const [what, stores] of [
  ["more certificates", { fleet: others }],
  ["other certificates", { fleet: ["clients.pem"] }],
] as const) {
  tidy(`another policy with ${what}: another store, and each lasts as long as its streams`, async (bed) => {
    const first = bed.create("a");
    const old = bed.trust.find("fleet") as TrustStore;
    const connection = bed.connect(old.vhost);
    bed.streams.replace(new TestPolicy(secure, { fleet: [...stores.fleet] }));
    equal(bed.facts, "0 0", "it is not to be found, nor does it drain");
    const second = bed.create("a");
    const store = bed.trust.find("fleet") as TrustStore;
    equal(store === old, false);
    equal(old.holds * 10 + store.holds, 11);
    equal(first.store === old && second.store === store, true);
    await after(5);
    equal(connection.alive, true, "connections of the old one go on");
    first.destroy();
    equal(bed.facts, "1 1");
    await after(5);
    equal(connection.alive, false);
    equal(bed.facts, "1 0");
    equal(store.holds, 1);
  });
}

tidy("another policy without the store: the old one lasts as long as its streams", (bed) => {
  const first = bed.create("a");
  bed.streams.replace(new TestPolicy(secure));
  throws(() => bed.create("a"), "TRUST_STORE_UNKNOWN");
  equal(first.store?.holds, 1);
  first.connect();
  bed.link.up();
  equal(bed.user.said, "CREATING CONNECTING CONNECTED");
});

tidy("another policy whose certificates can't be read: the old one is left", (bed) => {
  const before = bed.streams.policy;
  const first = bed.create("a");
  const store = first.store;
  throws(() => bed.streams.replace(new TestPolicy(secure, { fleet: ["nothing.pem"] })));
  equal(bed.streams.policy === before, true);
  equal(bed.create("a").store === store, true);
  equal(bed.facts, "1 0");
});

tidy("another policy whose certificates are damaged: creation fails at once, and what was there goes on", (bed) => {
  const first = bed.create("a");
  bed.user.log.length = 0;
  bed.streams.replace(new TestPolicy(secure, { fleet: ["root.pem", "about.txt"] }));
  const native = Chip.heap().native;
  for (let i = 0; i < 2; i++) {
    throws(() => bed.create("a"), "CERT_");
    equal(Chip.heap().native, native);
    equal(bed.facts, "0 0");
  }
  equal(bed.user.said, "", "no state is reported");
  equal(first.store?.holds, 1);
});

test("another policy: a store that lingers goes at once, and one that is held does not linger", async () => {
  const base = Chip.heap().native;
  const bed = new Bed(secure, (name) => new Resource(`www/${name}`), { fleet: same }, 1000);
  bed.create("a").destroy();
  equal(bed.streams.trust.length, 1);
  bed.streams.replace(new TestPolicy(secure, { fleet: others }));
  equal(`${bed.streams.trust.length} ${bed.streams.trust.draining}`, "0 1");
  const stream = bed.create("a");
  bed.streams.replace(new TestPolicy(secure, { fleet: same }));
  await after(5);
  stream.destroy();
  equal(`${bed.streams.trust.length} ${bed.streams.trust.draining}`, "0 1");
  await after(5);
  equal(bed.streams.trust.draining, 0);
  equal(Chip.heap().native, base);
  bed.streams.close();
  equal(bed.context.scheduler.length, 0);
});

test("another policy while a store is built: that is abandoned, and creation fails", async () => {
  const base = Chip.heap().native;
  let isReplacing = true;
  const bed: Bed = new Bed(
    secure,
    (name) => {
      if (isReplacing) bed.streams.replace(new TestPolicy(secure, { fleet: others }));
      isReplacing = false;
      return new Resource(`www/${name}`);
    },
    { fleet: same },
  );
  throws(() => bed.create("a"), "POLICY_REPLACED");
  equal(bed.user.said, "");
  equal(`${bed.streams.length} ${bed.streams.trust.length} ${bed.streams.trust.draining}`, "0 0 0");
  equal(Chip.heap().native, base);
  equal(bed.create("a").type.port, 8, "the next one goes by the new policy");
  bed.streams.close();
  await after(5);
  equal(Chip.heap().native, base);
});

test("another policy from inside of a callback, even of a stream's first", async () => {
  const policy = new TestPolicy({ a: { port: 8 } });
  const bed = new Bed({ a: {} });
  bed.user.on("CREATING", () => {
    bed.streams.replace(policy);
    return Ret.ok;
  });
  equal(bed.create("a").type.port, 7);
  equal(bed.create("a").type.port, 8);
  bed.streams.close();
  await after(2);
});
