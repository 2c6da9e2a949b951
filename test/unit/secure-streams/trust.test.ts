/** Trust stores: when there is one, who holds it, and when its memory is back. */
import Resource from "Resource";
import type { Role } from "lws/core/role";
import type { Vhost } from "lws/core/vhost";
import { Wsi } from "lws/core/wsi";
import { Chip } from "lws/platform/chip";
import { Inflate } from "lws/platform/deflate";
import { Ret } from "lws/secure-streams/handlers";
import { StreamFlag } from "lws/secure-streams/policy";
import type { TrustStore } from "lws/secure-streams/trust";
import { after, equal, test, throws } from "../harness";
import { Bed, type Types } from "./bed";

const flags = StreamFlag.tls;
const types: Types = {
  plain: {},
  a: { flags, trustStore: "fleet" },
  twin: { flags, trustStore: "fleet" },
  b: { flags, trustStore: "other" },
  bad: { flags, trustStore: "bad" },
  worse: { flags, trustStore: "worse" },
  absent: { flags, trustStore: "absent" },
  lost: { flags, trustStore: "lost" },
  six: { flags, trustStore: "six" },
  trusting: { flags },
  card: { flags, trustStore: "fleet", clientCert: 0 },
};
const stores = {
  fleet: ["root.pem"],
  other: ["root.pem", "clients.pem"],
  bad: ["first.key", "root.pem"],
  worse: ["root.pem", "about.txt"],
  lost: ["nothing.pem"],
  six: ["root.pem", "clients.pem", "own.pem", "strange.pem", "expired.pem", "large.pem"],
};

/** A connection that waits to be closed. */
class Waiting implements Role {
  readonly name = "waiting";
  closed = 0;
  onRx(): void {}
  onWriteable(): void {}
  onEnd(): void {}
  onTimeout(): void {}
  write(): void {}
  close(wsi: Wsi): void {
    wsi.drop();
  }
  drain(): void {}
  onClosed(): void {
    this.closed++;
  }
}

class TrustBed extends Bed {
  readonly role = new Waiting();

  constructor() {
    super(types, (name) => new Resource(`www/${name}`), stores);
  }

  get trust() {
    return this.streams.trust;
  }
  get facts(): string {
    const { length, draining } = this.trust;
    return `${length} ${draining}`;
  }

  /** A connection that belongs to the vhost of a store. */
  connect(vhost: Vhost): Wsi {
    const wsi = new Wsi(vhost, this.role);
    this.context.adopt(wsi);
    return wsi;
  }
}

/** A case after which the native heap is as before. */
function tidy(name: string, body: (bed: TrustBed) => void | Promise<void>): void {
  test(`trust: ${name}`, async () => {
    await after(2);
    const base = Chip.heap().native;
    const bed = new TrustBed();
    await body(bed);
    bed.streams.close();
    await after(5);
    equal(bed.facts, "0 0", "stores");
    equal(Chip.heap().native, base, "native heap");
    equal(bed.context.connections, 0, "connections");
    equal(bed.context.scheduler.length, 0, "waits");
  });
}

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
  const streams = [];
  for (let i = 0; i < 200; i++) streams.push(bed.create("a"));
  equal(bed.facts, "1 0");
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

tidy("while one drains, another of its name is built; the old connections end", async (bed) => {
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

tidy("who is created while another is destroyed joins what that one still holds", (bed) => {
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

for (const [name, code] of [
  ["bad", "CERT_"],
  ["worse", "CERT_"],
  ["absent", "TRUST_STORE_UNKNOWN"],
  ["lost", ""],
  ["trusting", "TRUST_STORE_UNKNOWN"],
  ["card", "STREAM_UNSUPPORTED"],
] as const) {
  tidy(`${name}: nothing is left of what can't be built, and others are as they were`, (bed) => {
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

tidy("memory that runs out while one is built: an error, all of it back, and later another try", (bed) => {
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
  const bed = new Bed(types, (name) => new Resource(`www/${name}`), stores, 20);
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
