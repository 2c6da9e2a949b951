/** The certificates of a unit: made in turns, replaced, removed, renewed, and what happens when the memory does not do what it should. */
import { LwsError } from "lws/core/errors";
import { Scheduler } from "lws/core/scheduler";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { Settings } from "lws/system/settings";
import { CertificateMaker, MAKING_STEPS } from "lws/tls/certificate";
import { type CertificateStorage, Certificates } from "lws/tls/certificates";
import { type Pair, packPair, unpackPair } from "lws/tls/pair";
import { after, equal, test, throws } from "./harness";

const settings = new Settings({ namespace: "unit-certs" });
const scheduler = new Scheduler((sul) => sul.fire());

/** An uploaded pair. */
function upload(name: string): Pair {
  const maker = new CertificateMaker(name, name, "");
  for (let i = 0; i < MAKING_STEPS; i++) maker.step();
  const pair = unpackPair(packPair(maker)) as Pair;
  maker.close();
  return pair;
}

/** A unit with what it has presented. */
class Bench {
  host = "unit";
  presented = "";
  progress = "";
  keys: Uint8Array[] = [];
  authorities = 0;
  readonly certificates: Certificates;

  constructor(storage: CertificateStorage = settings) {
    this.certificates = new Certificates({
      scheduler,
      storage,
      names: () => ({ name: this.host, dns: `${this.host} ${this.host}.local`, addresses: "192.168.4.1" }),
      onChange: () => {
        this.progress += `${this.certificates.progress} `;
      },
    });
    this.certificates.start(({ key, authorities }) => {
      this.presented += `${this.certificates.source} ${this.certificates.facts?.subject}, `;
      this.keys.push(key);
      this.authorities = authorities?.length ?? 0;
    });
  }

  /** Resolves when nothing is made any more. */
  async settled(): Promise<this> {
    while (this.certificates.progress < 100) await after(2);
    return this;
  }

  /** What was presented since the last time. */
  take(): string {
    const { presented } = this;
    this.presented = "";
    return presented;
  }
}

/** On a chip others use the native heap, too, and the collector may take away what cases before have left: it may be less than it was. */
function nothingLeft(native: number): void {
  equal(Math.max(Chip.heap().native, native), native, "native heap");
}

function fresh(): void {
  settings.erase();
}

test("certificates: the first one is made in turns, and is there at the next start", async () => {
  await new Bench().settled();
  fresh();
  const native = Chip.heap().native;
  const bench = new Bench();
  equal(bench.certificates.source, "none");
  equal(bench.certificates.exported(), undefined);
  await bench.settled();
  equal(bench.take(), "self unit, ");
  equal(bench.progress, "0 0 33 66 100 100 ");
  equal(bench.certificates.facts?.names, "unit unit.local 192.168.4.1");
  equal(bench.certificates.days, undefined, "days while the clock is not set");
  equal(bench.keys[0]?.every((byte) => byte === 0) as boolean, true, "the key is wiped");
  const again = new Bench();
  equal(again.take(), "self unit, ");
  equal(again.certificates.facts?.fingerprint, bench.certificates.facts?.fingerprint);
  const pem = again.certificates.exported() as ArrayBuffer;
  equal(Bytes.find(pem, 0, pem.byteLength, "-----BEGIN CERTIFICATE-----"), 0);
  equal(Bytes.find(pem, 0, pem.byteLength, "PRIVATE"), -1);
  equal(scheduler.length, 0);
  nothingLeft(native);
});

test("certificates: an uploaded pair goes before the self-signed one, and can be removed", async () => {
  fresh();
  const bench = await new Bench().settled();
  const self = bench.certificates.facts?.fingerprint;
  const { chain, key } = upload("mine");
  equal(bench.certificates.replace(chain, key).subject, "mine");
  equal(bench.take(), "self unit, own mine, ");
  equal(new Bench().take(), "own mine, ");
  bench.certificates.remove();
  equal(bench.take(), "self unit, ");
  equal(bench.certificates.facts?.fingerprint, self);
  equal(settings.getBytes("ap-own.pair"), undefined);
  bench.certificates.remove();
  equal(bench.take(), "");
});

test("certificates: a refused pair changes nothing", async () => {
  fresh();
  const bench = await new Bench().settled();
  const mine = upload("mine");
  const other = upload("other");
  bench.take();
  for (const [chain, key, code] of [
    [mine.chain, other.key, "KEY_MISMATCH"],
    [mine.chain.subarray(1), mine.key, "CERT_MALFORMED"],
    [mine.chain, mine.key.subarray(0, 60), "KEY_TRUNCATED"],
    [mine.chain, undefined, "BAD_REQUEST"],
    [undefined, mine.key, "BAD_REQUEST"],
  ] as const)
    throws(() => bench.certificates.replace(chain, key), code);
  throws(() => bench.certificates.setClientAuthority(mine.chain), "CERT_WRONG_USAGE");
  equal(bench.take(), "");
  equal(settings.getBytes("ap-own.pair"), undefined);
  bench.certificates.replace(mine.chain, mine.key);
  throws(() => bench.certificates.replace(other.chain, undefined), "KEY_MISMATCH");
  bench.certificates.replace(mine.chain, undefined);
  bench.certificates.replace(undefined, mine.key);
  equal(new Bench().take(), "own mine, ");
});

test("certificates: another name makes another self-signed one, and leaves an uploaded one alone", async () => {
  fresh();
  const bench = await new Bench().settled();
  bench.certificates.renew();
  equal(bench.certificates.progress, 100, "same name");
  bench.host = "renamed";
  bench.certificates.renew();
  bench.certificates.renew();
  await bench.settled();
  equal(bench.take(), "self unit, self renamed, ");
  const { chain, key } = upload("mine");
  bench.certificates.replace(chain, key);
  bench.host = "third";
  bench.certificates.renew();
  equal(bench.certificates.progress, 100, "uploaded");
  bench.take();
  bench.certificates.remove();
  await bench.settled();
  equal(bench.take(), "self renamed, self third, ");
  const again = new Bench();
  again.host = "unit";
  await again.settled();
  equal(again.take(), "self third, self unit, ");
});

test("certificates: a damaged pair is reported, and the self-signed one takes its place", async () => {
  fresh();
  const { chain, key } = upload("mine");
  (await new Bench().settled()).certificates.replace(chain, key);
  const bytes = settings.getBytes("ap-own.pair") as ArrayBuffer;
  new Uint8Array(bytes)[bytes.byteLength - 80] = 0;
  settings.setBytes("ap-own.pair", bytes);
  settings.setBytes("ap-self.pair", new ArrayBuffer(20));
  const bench = await new Bench().settled();
  equal(bench.take(), "self unit, ");
  equal(bench.certificates.fault === "KEY_MISMATCH" || bench.certificates.fault === "KEY_MALFORMED", true);
  bench.certificates.replace(chain, key);
  equal(bench.certificates.fault, "");
});

test("certificates: a unit whose memory is full presents what it has made all the same", async () => {
  let writes = 0;
  const full: CertificateStorage = {
    getBytes: () => undefined,
    setBytes: () => {
      writes++;
      throw new LwsError("STORAGE_FULL");
    },
  };
  const bench = await new Bench(full).settled();
  equal(bench.take(), "self unit, ");
  equal(bench.certificates.fault, "STORAGE_FULL");
  equal((bench.certificates.exported() as ArrayBuffer).byteLength > 500, true);
  const { chain, key } = upload("mine");
  throws(() => bench.certificates.replace(chain, key), "STORAGE_FULL");
  equal(bench.take(), "");
  equal(bench.certificates.source, "self");
  equal(writes, 2);
  bench.certificates.close();
});

test("certificates: closing ends the making", async () => {
  fresh();
  const native = Chip.heap().native;
  const bench = new Bench();
  await after(1);
  bench.certificates.close();
  await after(20);
  equal(bench.take(), "");
  equal(scheduler.length, 0);
  nothingLeft(native);
});
