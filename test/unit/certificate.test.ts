/** Making certificates, and looking into them: on the device's own heap, which has to be as before each time. */

import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import {
  CertificateChain,
  type CertificateFacts,
  CertificateMaker,
  checkDates,
  Fact,
  factsOf,
  MAKING_STEPS,
  Text,
  toPem,
} from "lws/tls/certificate";
import { type Pair, packPair, unpackPair, wipe } from "lws/tls/pair";
import { checkedPair } from "lws/tls/pair-check";
import { equal, test, throws } from "./harness";
import { ascii } from "./samples";

function makePair(name = "lws-000001", dns = "lws-000001 lws-000001.local", addresses = "192.168.4.1"): ArrayBuffer {
  const maker = new CertificateMaker(name, dns, addresses);
  try {
    for (let steps = 1; steps <= MAKING_STEPS; steps++) equal(maker.step(), steps);
    const bytes = packPair(maker);
    equal(maker.keyLength, 0, "the key is handed over once");
    return bytes;
  } finally {
    maker.close();
  }
}

function facts(bytes: ArrayBuffer): CertificateFacts {
  const { chain, key } = unpackPair(bytes) as Pair;
  const read = new CertificateChain(chain, key, true);
  const found = factsOf(read);
  read.close();
  return found;
}

const ours = makePair();
const other = makePair("other", "other", "");
const { chain, key } = unpackPair(ours) as Pair;

/** A case after which the native heap is as it was before. */
function tidy(name: string, body: () => void): void {
  test(name, () => {
    const base = Chip.heap().native;
    body();
    equal(Chip.heap().native, base, "native heap");
  });
}

/** A copy with one more change. */
function changed(source: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = source.slice();
  change(copy);
  return copy;
}

tidy("certificate: what is made says what it was asked to say", () => {
  const { serial, fingerprint, ...rest } = facts(ours);
  equal(
    JSON.stringify(rest),
    JSON.stringify({
      subject: "lws-000001",
      issuer: "lws-000001",
      names: "lws-000001 lws-000001.local 192.168.4.1",
      notBefore: Date.UTC(2018, 0, 1) / 1000,
      notAfter: Date.UTC(2050, 0, 1) / 1000 - 1,
      key: "EC 256",
      selfSigned: true,
      count: 1,
    }),
  );
  equal(/^[4-7][0-9A-F]{39}$/.test(serial), true, serial);
  equal(/^[0-9A-F]{64}$/.test(fingerprint), true, fingerprint);
});

tidy("certificate: serial numbers and keys are never the same", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 5; i++) {
    const { serial, fingerprint } = facts(makePair());
    seen.add(serial).add(fingerprint);
  }
  equal(seen.size, 10);
});

tidy("certificate: names are text, whatever characters they have", () => {
  const strange = 'a,O=b+"c\\#<é>;=';
  equal(facts(makePair(strange, "", "")).subject, 'a\\,O\\=b\\+\\"c\\\\#\\<\\C3\\A9\\>\\;\\=');
  equal(facts(makePair("n".repeat(64), "a b c d e f g", "255.0.0.1")).names, "a b c d e f g 255.0.0.1");
  throws(() => new CertificateMaker("n".repeat(65), "", ""), "RangeError");
  throws(() => new CertificateMaker("n", "d".repeat(256), ""), "RangeError");
  for (const bad of ["256.1.1.1", "1.2.3", "1.2.3.4.5", "1.2.3.", "a", "1.2.3.4x"]) {
    const maker = new CertificateMaker("n", "", bad);
    maker.step();
    throws(() => maker.step(), "INTERNAL");
    maker.close();
  }
});

tidy("certificate: PEM and DER are read alike, other text is passed over", () => {
  const pem = toPem(chain);
  const text = Bytes.latin1(pem, 0, pem.byteLength);
  equal(/^-----BEGIN CERTIFICATE-----\n([\w+/]{64}\n)+[\w+/=]{1,64}\n-----END CERTIFICATE-----\n$/.test(text), true);
  for (const source of [pem, ascii(`Bag Attributes\n${text}\n`), ascii(text.replaceAll("\n", "\r\n"))]) {
    const read = new CertificateChain(source, undefined, true);
    equal(read.text(0, Text.fingerprint), facts(ours).fingerprint);
    equal(read.chainLength, chain.length);
    read.close();
  }
});

tidy("certificate: closing is idempotent, and what is closed throws", () => {
  const read = new CertificateChain(chain, key);
  throws(() => read.text(1, Text.subject), "RangeError");
  throws(() => read.text(0, 99), "RangeError");
  throws(() => read.number(-1, 99), "RangeError");
  throws(() => read.put(new ArrayBuffer(8), 0), "RangeError");
  read.close();
  read.close();
  throws(() => read.count, "closed");
});

tidy("certificate: a chain or a key that is cut off anywhere is an error", () => {
  const pem = new Uint8Array(toPem(chain));
  for (let length = 0; length < chain.length; length += 7)
    throws(() => new CertificateChain(chain.subarray(0, length)), length ? "CERT_TRUNCATED" : "CERT_MALFORMED");
  for (let length = 0; length < pem.length - 2; length += 7)
    throws(() => new CertificateChain(pem.subarray(0, length)), length < 28 ? "CERT_" : "CERT_TRUNCATED");
  for (let length = 1; length < key.length; length++)
    throws(() => new CertificateChain(chain, key.subarray(0, length)), "KEY_TRUNCATED");
});

tidy("certificate: any flipped bit is an error", () => {
  for (let at = 0; at < chain.length; at++) {
    const bad = changed(chain, (copy) => {
      copy[at] = (copy[at] as number) ^ (1 << (at & 7));
    });
    throws(() => {
      const read = new CertificateChain(bad, key, true);
      const { selfSigned } = factsOf(read);
      read.close();
      // With another issuer, only that issuer could tell.
      throw new Error(selfSigned ? `nothing is wrong at ${at}` : "CERT_");
    }, "CERT_");
  }
  // Behind the private key and its curve comes the public key, which nothing depends on.
  for (let at = 0; at < 51; at++) {
    const bad = changed(key, (copy) => {
      copy[at] = (copy[at] as number) ^ 1;
    });
    throws(() => new CertificateChain(chain, bad).close(), "KEY_");
  }
});

tidy("certificate: key and certificate must belong together", () => {
  const stranger = unpackPair(other) as Pair;
  throws(() => new CertificateChain(chain, stranger.key), "KEY_MISMATCH");
  throws(() => new CertificateChain(key, key), "CERT_MALFORMED");
  throws(() => new CertificateChain(chain, chain), "KEY_");
  const both = new Uint8Array(chain.length + stranger.chain.length);
  both.set(chain);
  both.set(stranger.chain, chain.length);
  throws(() => new CertificateChain(both, key, true), "CERT_ORDER");
  const read = new CertificateChain(both, key);
  equal(read.count, 2);
  equal(read.text(1, Text.subject), "CN=other");
  equal(read.number(1, Fact.selfSigned), 1);
  read.close();
});

tidy("certificate: too much is refused", () => {
  throws(() => new CertificateChain(new Uint8Array(16385)), "CERT_TOO_LARGE");
  throws(() => new CertificateChain(chain, new Uint8Array(16385)), "KEY_TOO_LARGE");
  const five = new Uint8Array(5 * chain.length);
  for (let i = 0; i < 5; i++) five.set(chain, i * chain.length);
  throws(() => new CertificateChain(five), "CERT_TOO_LARGE");
});

tidy("certificate: dates", () => {
  const read = new CertificateChain(chain);
  const { notBefore, notAfter } = facts(ours);
  checkDates(read, notBefore - 300);
  checkDates(read, notAfter);
  throws(() => checkDates(read, notBefore - 301), "CERT_NOT_YET_VALID");
  throws(() => checkDates(read, notAfter + 1), "CERT_EXPIRED");
  read.close();
});

tidy("certificate: a pair is one value, and a damaged one is none", () => {
  const { bytes } = checkedPair(toPem(chain), key);
  equal(bytes.byteLength, ours.byteLength);
  equal(Bytes.latin1(bytes, 0, bytes.byteLength), Bytes.latin1(ours, 0, ours.byteLength));
  equal(unpackPair(bytes.slice(0, bytes.byteLength - 1)), undefined);
  equal(unpackPair(new ArrayBuffer(0)), undefined);
  equal(unpackPair(new ArrayBuffer(8)), undefined);
  wipe(new Uint8Array(bytes, 8, 4));
  equal(
    new Uint8Array(bytes).every((byte) => byte === 0),
    true,
  );
});

test("certificate: what is not closed is given back when it is collected", () => {
  let base = 0;
  // The store of keys of a chip grows with the first round, and stays as large.
  for (let round = 0; round < 2; round++) {
    base = Chip.heap().native;
    for (let i = 0; i < 40; i++) {
      new CertificateChain(chain, key).close();
      new CertificateMaker("n", "", "").step();
    }
    // The collector runs when the heap has grown.
    for (let i = 0; Chip.heap().native > base && i < 400; i++) new ArrayBuffer(8192);
  }
  equal(Math.max(Chip.heap().native, base), base, "native heap");
});
