// @ts-check
/** Trailers: their bytes as they are documented, with signatures that others can check, and no change that goes unnoticed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { APPLICATION, JAVASCRIPT, verifyImage, writeImage } from "../../tools/lib/image.mjs";
import { keyId, makeKey, pointOf, privateKeyIn, publicKeyIn, splitPoints } from "../../tools/lib/keys.mjs";
import { readTrailer, signImage, TRAILER, verifyTrailer } from "../../tools/lib/trailer.mjs";
import { compareVersions, versionNumbers } from "../../tools/lib/version.mjs";

const folder = mkdtempSync(join(tmpdir(), "lws-xs-trailer-"));
after(() => rmSync(folder, { recursive: true }));

const INFO = {
  version: "1.2.3-14-gabc1234",
  minimum: "1.2",
  app: "lws-demos",
  model: "lamp",
  kind: APPLICATION,
  unixtime: 1_790_000_000,
};
const IMAGE = writeImage(INFO, []);
const { privateKey: key, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const point = pointOf(key);
const other = pointOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey);
const signed = signImage(IMAGE, { key });
const trailer = signed.subarray(IMAGE.length);

test("each fact stands where it is documented", () => {
  const descriptor = IMAGE.subarray(288, 416);
  assert.equal(IMAGE.length % 16, 0);
  assert.equal(trailer.length, 256);
  assert.deepEqual(signed.subarray(0, IMAGE.length), IMAGE);
  assert.equal(trailer.toString("hex", 0, 16), `4c57535401000001${le32(IMAGE.length)}58560200`);
  const numbers = "0100020003000e000100020000000000";
  assert.equal(trailer.toString("hex", 16, 40), `${numbers}${le32(INFO.unixtime)}00000000`);
  assert.equal(descriptor.toString("hex", 92), `${numbers}01${"00".repeat(19)}`);
  assert.equal(
    trailer.toString("latin1", 40, 120),
    "lamp".padEnd(16, "\0") + "lws-demos".padEnd(32, "\0") + INFO.version.padEnd(32, "\0"),
  );
  assert.ok(trailer.subarray(120, 152).every((byte) => byte === 0));
  assert.deepEqual(trailer.subarray(152, 184), createHash("sha256").update(IMAGE).digest());
  assert.deepEqual(trailer.subarray(184, 192), createHash("sha256").update(point).digest().subarray(0, 8));
});

/** @param {number} number */
function le32(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes.toString("hex");
}

test("the point is that of the key's SubjectPublicKeyInfo", () => {
  assert.deepEqual(point, publicKey.export({ type: "spki", format: "der" }).subarray(-65));
});

test("OpenSSL finds the signature good, and not over anything else", () => {
  const [r, s] = [trailer.subarray(192, 224), trailer.subarray(224)];
  const integer = (/** @type {Buffer} */ bytes) => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const short = Buffer.concat([Buffer.alloc(bytes[start] & 0x80 ? 1 : 0), bytes.subarray(start)]);
    return Buffer.concat([Buffer.from([2, short.length]), short]);
  };
  const body = Buffer.concat([integer(r), integer(s)]);
  writeFileSync(join(folder, "signature"), Buffer.concat([Buffer.from([0x30, body.length]), body]));
  writeFileSync(join(folder, "public.pem"), publicKey.export({ type: "spki", format: "pem" }));
  const openssl = (/** @type {Buffer} */ input) => {
    const args = ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"];
    return execFileSync("openssl", args, { cwd: folder, input, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
  };
  assert.equal(openssl(trailer.subarray(0, 192)), "Verified OK\n");
  assert.throws(() => openssl(trailer.subarray(0, 191)));
});

test("a signed image verifies with its key among those that are trusted", () => {
  assert.equal(verifyTrailer(signed, [point]), "");
  assert.equal(verifyTrailer(signed, [other, point]), "");
  assert.match(verifyTrailer(signed, [other]), /another key/);
  assert.match(verifyTrailer(signImage(IMAGE), [point]), /not signed/);
  assert.match(verifyTrailer(IMAGE, [point]), /no trailer/);
  assert.match(verifyTrailer(Buffer.concat([signed, Buffer.alloc(1)]), [point]), /follows/);
  assert.deepEqual(splitPoints(Buffer.concat([point, other])), [point, other]);
});

test("a trailer that says something else than the image is refused", () => {
  for (const change of [{ kind: JAVASCRIPT }, { numbers: [9, 0, 0, 0] }, { minimum: [0, 0, 0, 0] }]) {
    assert.match(verifyTrailer(signImage(IMAGE, { key, ...change }), [point]), /differs/);
  }
});

test("any byte that changes, and any that is missing, is noticed", () => {
  fc.assert(
    fc.property(fc.nat(signed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(signed);
      damaged[at] ^= change;
      assert.notEqual(verifyTrailer(damaged, [point]), "");
      assert.notEqual(verifyTrailer(signed.subarray(0, at), [point]), "");
    }),
    { numRuns: 300 },
  );
});

test("an image that is signed again has one trailer, and keeps what it goes over", () => {
  const base = Buffer.alloc(32, 7);
  const part = signImage(writeImage({ ...INFO, kind: JAVASCRIPT }, []), { base });
  const again = signImage(part, { key });
  assert.equal(again.length, part.length);
  assert.deepEqual(readTrailer(again)?.base, base);
  assert.equal(verifyTrailer(again, [point]), "");
});

test("a boot loader that knows no trailers sees the image alone", () => {
  assert.deepEqual(verifyImage(signed).length, IMAGE.length);
  const slot = Buffer.concat([signed, Buffer.alloc(4096, 0xff)]);
  assert.equal(readTrailer(slot)?.app, "lws-demos");
  assert.equal(signed.length - IMAGE.length, TRAILER);
});

test("a key is made once, for its owner's eyes, and read back", () => {
  const file = join(folder, "keys", "release.pem");
  const made = makeKey(file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(pointOf(privateKeyIn(file)), pointOf(made));
  assert.deepEqual(pointOf(publicKeyIn(file)), pointOf(made));
  assert.equal(keyId(pointOf(made)).length, 8);
  const signature = signImage(IMAGE, { key: made }).subarray(-64);
  const options = { key: publicKeyIn(file), dsaEncoding: /** @type {const} */ ("ieee-p1363") };
  assert.ok(verify("sha256", signImage(IMAGE, { key: made }).subarray(-256, -64), options, signature));
  assert.throws(() => makeKey(file), /exists already/);
});

test("what is no key for signatures is refused with a reason", () => {
  const rsa = join(folder, "rsa.pem");
  writeFileSync(
    rsa,
    generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs8", format: "pem" }),
  );
  assert.throws(() => privateKeyIn(rsa), /not one of ECDSA on P-256/);
  assert.throws(() => privateKeyIn(join(folder, "public.pem")), /no private key/);
  assert.throws(() => privateKeyIn(join(folder, "absent.pem")), /no key file/);
});

test("versions are numbers, compared one by one", () => {
  for (const [text, numbers] of /** @type {[string, number[]][]} */ ([
    ["1.2.3-14-gabc1234", [1, 2, 3, 14]],
    ["0.1.0-214-gabc1234-dirty", [0, 1, 0, 214]],
    ["v1.2", [1, 2, 0, 0]],
    ["1.2-5-g1", [1, 2, 0, 5]],
    ["1.2.3.14", [1, 2, 3, 14]],
    ["1.2.3-rc1", [1, 2, 3, 0]],
    ["1.2.3-14rc", [1, 2, 3, 0]],
    ["1.2.3+7", [1, 2, 3, 0]],
    ["7", [7, 0, 0, 0]],
    ["nightly", [0, 0, 0, 0]],
  ])) {
    assert.deepEqual(versionNumbers(text), numbers, text);
  }
  assert.throws(() => versionNumbers("1.65536"), /above 65535/);
  assert.ok(compareVersions([1, 2, 0, 0], [1, 10, 0, 0]) < 0);
  assert.ok(compareVersions([1, 2, 0, 15], [1, 2, 0, 14]) > 0);
  assert.equal(compareVersions([1, 2, 3, 4], [1, 2, 3, 4]), 0);
});
