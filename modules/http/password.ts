/** Passwords as they are stored: salted PBKDF2 (RFC 8018) records. A check takes the same time whatever it is compared with. */
import Base64 from "base64";
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { Digest } from "lws/platform/digest";

/** Rounds of PBKDF2 that a check takes where nothing else is said: about 100 ms of a chip. */
export const ITERATIONS = 4096;
const hashLength = 32;

export function encode(text: string): Uint8Array {
  const bytes = new Uint8Array(Bytes.size(text));
  Bytes.put(text, bytes, 0);
  return bytes;
}

/** What to store in place of `password`: `$pbkdf2-sha256$iterations$salt$hash`, the last two in base64. */
export function passwordRecord(password: string, iterations = ITERATIONS): string {
  const salt = new ArrayBuffer(16);
  Chip.random(salt, 0, 16);
  const hash = Digest.pbkdf2(encode(password), salt, iterations, hashLength);
  return `$pbkdf2-sha256$${iterations}$${Base64.encode(salt)}$${Base64.encode(hash)}`;
}

/**
 * Whether `password` is that of `record`: one of {@link passwordRecord}, or the password itself as older firmware has stored it. Takes
 * `iterations` rounds, whatever the record is, and refuses one that has more. `secret` are random bytes.
 */
export function isPassword(
  record: string | undefined,
  password: Uint8Array,
  iterations: number,
  secret: ArrayBuffer,
): boolean {
  const parts = /^\$pbkdf2-sha256\$(\d{1,7})\$([A-Za-z0-9+/]{8,64}={0,2})\$([A-Za-z0-9+/]{43}=)$/.exec(record ?? "");
  let rounds = iterations;
  let isRight = false;
  if (parts) {
    const own = Number(parts[1]);
    if (own > 0 && own <= rounds && (parts[2] as string).length % 4 === 0) {
      const key = Digest.pbkdf2(password, Base64.decode(parts[2] as string), own, hashLength);
      isRight = Digest.equal(key, Base64.decode(parts[3] as string));
      rounds -= own;
    } else log.err("auth", "a record has a bad salt, or more iterations than are allowed here");
  } else if (record?.startsWith("$pbkdf2")) log.err("auth", "a record is malformed");
  else if (record !== undefined) {
    const plain = Digest.pbkdf2(encode(record), secret, 1, hashLength);
    isRight = Digest.equal(Digest.pbkdf2(password, secret, 1, hashLength), plain);
  }
  if (rounds > 0) Digest.pbkdf2(password, secret, rounds, hashLength);
  return isRight;
}
