// @ts-check
/** Keys that sign images: ECDSA on P-256. Devices know a public one by its point, and by the first bytes of that point's hash. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, shown } from "./paths.mjs";
import { Complaint, say } from "./run.mjs";

/** @typedef {import("node:crypto").KeyObject} KeyObject */

/** Bytes of an uncompressed point (SEC 1 §2.3.3). */
export const POINT = 65;
/** Bytes of a key's id. */
const KEY_ID = 8;
/** The key of this checkout, which the first build makes. */
export const DEVELOPMENT_KEY = join(ROOT, "keys", "development.pem");

/** @param {string} file that must not exist yet */
export function makeKey(file) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { flag: "wx", mode: 0o600 });
  } catch (error) {
    const exists = /** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST";
    throw new Complaint(
      exists ? `${shown(file)} exists already, and a key that is overwritten is lost` : `can't write ${shown(file)}`,
    );
  }
  return privateKey;
}

/** @returns {KeyObject} private key of this checkout, made if there is none */
export function developmentKey() {
  if (existsSync(DEVELOPMENT_KEY)) return privateKeyIn(DEVELOPMENT_KEY);
  say(`${shown(DEVELOPMENT_KEY)}: a new key, which signs the images of this checkout`);
  return makeKey(DEVELOPMENT_KEY);
}

/**
 * The key that signs: that of a file, or of the file that LWS_XS_KEY names, or the checkout's own.
 * @param {string} [file]
 */
export function signingKey(file = process.env.LWS_XS_KEY) {
  return file ? privateKeyIn(file) : developmentKey();
}

/** Whether a file holds nothing but a public key. @param {string} file */
export function isPublicKey(file) {
  return existsSync(file) && /^-----BEGIN PUBLIC KEY-----/m.test(readFileSync(file, "utf8"));
}

/** @param {string} file PEM @returns {KeyObject} */
export function privateKeyIn(file) {
  return keyIn(file, createPrivateKey, "private");
}

/** @param {string} file PEM, of a public key, or of a private one, whose public half is taken @returns {KeyObject} */
export function publicKeyIn(file) {
  return keyIn(file, createPublicKey, "public");
}

/** @param {string} file @param {(pem: Buffer) => KeyObject} read @param {string} what */
function keyIn(file, read, what) {
  if (!existsSync(file)) throw new Complaint(`there is no key file ${file}`);
  let key;
  try {
    key = read(readFileSync(file));
  } catch {
    throw new Complaint(`${file} holds no ${what} key in PEM that can be read without a passphrase`);
  }
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new Complaint(`the key in ${file} is not one of ECDSA on P-256`);
  }
  return key;
}

/** @param {KeyObject} key private or public @returns {Buffer} its public point, {@link POINT} bytes */
export function pointOf(key) {
  const { x = "", y = "" } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  return Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
}

/** @param {Buffer} point @returns {KeyObject} */
export function keyOfPoint(point) {
  const [x, y] = [point.toString("base64url", 1, 33), point.toString("base64url", 33, POINT)];
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
}

/** @param {Buffer} point @returns {Buffer} {@link KEY_ID} bytes */
export function keyId(point) {
  return createHash("sha256").update(point).digest().subarray(0, KEY_ID);
}

/** @param {Buffer} points one behind the other, as in the resource `update/keys` */
export function splitPoints(points) {
  return Array.from({ length: Math.floor(points.length / POINT) }, (_, i) =>
    points.subarray(POINT * i, POINT * (i + 1)),
  );
}
