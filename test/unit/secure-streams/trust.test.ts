/** Trust stores: when there is one, and who holds it. */
import { Chip } from "lws/platform/chip";
import { Ret } from "lws/secure-streams/handlers";
import type { TrustStore } from "lws/secure-streams/trust";
import { after, equal, throws } from "../harness";
import { tidy } from "./trust-bed";

tidy("one store for those who name it, for as long as they do", (bed) => {
  equal(bed.facts, "0 0");
  const first = bed.create("a");
  const store = bed.trust.find("fleet") as TrustStore;
  equal(store.holds, 1);
  const native = Chip.heap().native;
  const second = bed.create("twin");
  equal(store.holds, 2);
  equal(bed.trust.find("fleet") === store, true);
  equal(Chip.heap().native, native, "the second takes no native memory");
  first.destroy();
  first.destroy();
  equal(store.holds, 1);
  equal(bed.facts, "1 0");
  second.destroy();
  equal(bed.trust.find("fleet"), undefined);
  equal(bed.facts, "0 1", "it drains");
});

tidy("100 times made and destroyed, native memory is back to the byte", async (bed) => {
  const base = Chip.heap().native;
  for (let i = 0; i < 100; i++) {
    const stream = bed.create("b");
    stream.destroy();
    await after(1);
    if (Chip.heap().native !== base) throw new Error(`${Chip.heap().native - base} bytes after ${i + 1}`);
  }
});

tidy("a store of six certificates", (bed) => {
  bed.create("six");
  equal(bed.facts, "1 0");
});

tidy("200 streams hold one", (bed) => {
  equal(bed.facts, "0 0", "without a stream there is none");
  const streams = [bed.create("a")];
  const { native } = Chip.heap();
  while (streams.length < 200) streams.push(bed.create("a"));
  equal(bed.facts, "1 0");
  equal(Chip.heap().native, native, "199 of them take no native memory");
  equal(bed.trust.find("fleet")?.holds, 200);
  for (const each of streams) each.destroy();
});

tidy("more than a thousand may not hold one", (bed) => {
  const store = bed.trust.hold("fleet", undefined, "test");
  for (let i = 1; i < 1000; i++) bed.trust.hold("fleet", undefined, "test");
  throws(() => bed.create("a"), "TRUST_STORE_FULL");
  equal(store.holds, 1000);
  for (let i = 0; i < 1000; i++) bed.trust.release(store);
});

tidy("streams without TLS share one, too, which is counted as any other", async (bed) => {
  const [first, second] = [bed.create("plain"), bed.create("plain")];
  equal(bed.trust.find("_ss_default")?.holds, 2);
  first.destroy();
  const secure = bed.create("a");
  equal(bed.facts, "2 0");
  second.destroy();
  await after(2);
  equal(bed.facts, "1 0");
  equal(bed.trust.find("fleet")?.holds, 1, "another comes and goes beside it");
  secure.destroy();
});

tidy("race, while one drains, another of its name is built; the old connections end", async (bed) => {
  const stream = bed.create("a");
  const old = bed.trust.find("fleet") as TrustStore;
  const connections = [bed.connect(old.vhost), bed.connect(old.vhost)];
  const native = Chip.heap().native;
  stream.destroy();
  equal(bed.facts, "0 1");
  equal(bed.role.closed, 0, "not from within");
  const next = bed.create("a");
  const store = bed.trust.find("fleet") as TrustStore;
  equal(store === old, false);
  equal(store.vhost === old.vhost, false);
  equal(store.holds, 1);
  equal(Chip.heap().native > native, true, "both exist");
  const survivor = bed.connect(store.vhost);
  await after(5);
  equal(bed.role.closed, 2);
  equal(
    connections.some((wsi) => wsi.alive),
    false,
  );
  equal(survivor.alive, true, "the new one keeps its own");
  equal(bed.facts, "1 0");
  equal(Chip.heap().native, native);
  equal(store.holds, 1, "the end of the old one takes nothing from the new");
  next.destroy();
});

tidy("a connection that has something to hand over gets its time", async (bed) => {
  const stream = bed.create("a");
  const { vhost } = bed.trust.find("fleet") as TrustStore;
  const wsi = bed.connect(vhost);
  wsi.transport = { shutdown() {}, close() {} } as never;
  wsi.finish();
  stream.destroy();
  await after(10);
  equal(bed.facts, "0 1");
  wsi.drop();
  await after(5);
  equal(bed.facts, "0 0");
});

tidy("race, who is created while another is destroyed joins what that one still holds", (bed) => {
  let created = "";
  bed.user.on("DESTROYING", () => {
    bed.user.on("DESTROYING", () => Ret.ok);
    bed.user.isNested = false;
    const store = bed.trust.find("fleet");
    bed.streams.create("a", { state: () => Ret.ok }, { user: undefined });
    created = `${store === bed.trust.find("fleet")} ${store?.holds}`;
    return Ret.ok;
  });
  bed.create("a").destroy();
  equal(created, "true 2");
  equal(bed.trust.find("fleet")?.holds, 1);
});
