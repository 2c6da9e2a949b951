/** What passwords rest on: PBKDF2 with HMAC-SHA-256, and a comparison that tells nothing. */
import Hex from "hex";
import { AuthPeers } from "lws/http/auth-peers";
import { passwordRecord } from "lws/http/password";
import { Digest } from "lws/platform/digest";
import { equal, test, throws } from "./harness";
import { ascii } from "./samples";

test("digest: PBKDF2-HMAC-SHA-256 (vectors of RFC 7914 §11)", () => {
  const one = Digest.pbkdf2(ascii("passwd"), ascii("salt"), 1, 64);
  equal(
    Hex.toString(one).toLowerCase(),
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
  );
  equal(Hex.toString(Digest.pbkdf2(ascii("passwd"), ascii("salt"), 1, 5)).toLowerCase(), "55ac046e56");
});

test("digest: PBKDF2 with a key longer than a block, and many rounds", () => {
  // Computed with Python's hashlib.
  equal(
    Hex.toString(Digest.pbkdf2(ascii("k".repeat(100)), ascii("NaCl"), 777, 33)).toLowerCase(),
    "ede9f90cae30df2c131a2ad40f9a3e7f5ea24524666ac875023f81b5b72ef1cbf1",
  );
});

test("digest: bad lengths and rounds are refused", () => {
  for (const [rounds, length] of [
    [0, 32],
    [1, 0],
    [1, 65],
    [1_000_001, 32],
  ] as const) {
    throws(() => Digest.pbkdf2(ascii("p"), ascii("s"), rounds, length), "RangeError");
  }
});

test("digest: equal compares bytes and lengths", () => {
  equal(Digest.equal(ascii("abc"), ascii("abc")), true);
  equal(Digest.equal(ascii(""), ascii("")), true);
  for (const other of ["abd", "xbc", "ab", "abcd", ""]) equal(Digest.equal(ascii("abc"), ascii(other)), false, other);
});

test("auth: records differ by their salt", () => {
  const record = passwordRecord("secret", 10);
  equal(/^\$pbkdf2-sha256\$10\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/.test(record), true);
  equal(record === passwordRecord("secret", 10), false);
});

test("auth: waits begin with the third failure and double up to a minute; success forgets", () => {
  const peers = new AuthPeers();
  const waits: number[] = [];
  for (let i = 0; i < 10; i++) {
    peers.fail("10.0.0.1");
    waits.push(Math.ceil(peers.wait("10.0.0.1") / 1000));
  }
  equal(waits.join(), "0,0,2,4,8,16,32,60,60,60");
  equal(peers.wait("10.0.0.2"), 0);
  peers.forget("10.0.0.1");
  equal(peers.wait("10.0.0.1"), 0);
});

test("auth: a table of eight peers, where newcomers take the place of the first to be free", () => {
  const peers = new AuthPeers();
  for (let i = 0; i < 8; i++) for (let n = 0; n < 3 + (i & 1); n++) peers.fail(`10.0.0.${i}`);
  for (let i = 10; i < 14; i++) peers.fail(`10.0.0.${i}`);
  let waiting = "";
  for (let i = 0; i < 8; i++) if (peers.wait(`10.0.0.${i}`) > 0) waiting += i;
  equal(waiting, "1234567");
});
