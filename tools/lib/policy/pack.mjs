// @ts-check
/** A policy as devices fetch it: one JSON text without blanks, with the certificates in it that are used. */

/** Bytes that a device takes unless its image says otherwise. */
export const TEXT_LIMIT = 16_384;

/**
 * @param {import("./check.mjs").Policy} policy without errors
 * @param {string} text that it was read from
 */
export function pack(policy, text) {
  const { $schema: _schema, ...all } = JSON.parse(text.replace(/^\uFEFF/, ""));
  if (!all.certs) return JSON.stringify(all);
  /** @type {Record<string, unknown>[]} */
  const certs = all.certs;
  all.certs = certs.flatMap((entry) => {
    const [[name, value]] = Object.entries(entry);
    const cert = policy.certs.get(name);
    if (!cert?.isUsed) return [];
    // What has no bytes here is in the image.
    return cert.der.length > 0 ? { [name]: cert.der.toString("base64") } : { [name]: value };
  });
  return JSON.stringify(all);
}
