// @ts-check
/** Small images that are signed, and keys, for tests of what publishes and installs them. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RESOURCE } from "../../tools/lib/archive.mjs";
import { APPLICATION, writeImage } from "../../tools/lib/image.mjs";
import { pointOf } from "../../tools/lib/keys.mjs";
import { signImage } from "../../tools/lib/trailer.mjs";

/** A folder of the test's own, with files and keys in it. @param {string} name */
export function workshop(name) {
  const folder = mkdtempSync(join(tmpdir(), `lws-xs-${name}-`));
  let count = 0;
  const file = (/** @type {Buffer | string} */ bytes, suffix = "bin") => {
    const path = join(folder, `${count++}.${suffix}`);
    writeFileSync(path, bytes);
    return path;
  };
  return { folder, file };
}

/** A key for signatures, with the PEM of it. */
export function newKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key: privateKey, point: pointOf(privateKey), pem };
}

/** @typedef {ReturnType<typeof newKey>} Key */

/**
 * A small image, signed by the first key and trusting all of them.
 * @param {Key[]} keys
 * @param {Partial<import("../../tools/lib/image.mjs").ImageInfo>} [info]
 * @param {import("../../tools/lib/archive.mjs").Entry[]} [entries]
 */
export function release(keys, info = {}, entries = []) {
  const trust = { kind: RESOURCE, name: "update/keys", data: Buffer.concat(keys.map(({ point }) => point)) };
  const about = { app: "lamp", version: "1.0.0", kind: APPLICATION, unixtime: 1_790_000_000, ...info };
  return signImage(writeImage(about, [...entries, trust]), { key: keys[0].key });
}
