// @ts-check
/** What a firmware file says of itself, read before a byte of it is sent: docs/virtual-device.md has the format. */

/**
 * @typedef {object} ImageFile
 * @property {1 | 2 | 3 | 0} kind setup image, application, JavaScript part of one; 0 where it does not say
 * @property {string} app @property {string} version @property {string} model
 * @property {boolean} signed
 * @property {string} id hex digits that stand for this content and no other: by them an upload is taken up again
 */

/** First byte of every ESP32 image. */
const IMAGE_MAGIC = 0xe9;
/** Where the version text of ESP-IDF's description is, and our own descriptor behind it, which begins with "LWSD". */
const VERSION = 48;
const DESCRIPTOR = 288;
const DESCRIPTOR_MAGIC = 0x4453574c;
const HEAD = DESCRIPTOR + 128;
/** The signed trailer at the end, which begins with "LWST", and the SHA-256 of the image in it. */
const TRAILER = 256;
const TRAILER_MAGIC = 0x5453574c;
const DIGEST = 152;

/** @param {DataView} view @param {number} at @param {number} size @returns {string} up to the first NUL */
function textAt(view, at, size) {
  const bytes = new Uint8Array(view.buffer, at, size);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? size : end));
}

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * @param {File} file
 * @returns {Promise<ImageFile | null>} null for what is no firmware image
 * @throws where the browser can't read the file any more
 */
export async function readImageFile(file) {
  const view = new DataView(await file.slice(0, HEAD).arrayBuffer());
  if (view.byteLength === 0 || view.getUint8(0) !== IMAGE_MAGIC) return null;
  const end = new DataView(await file.slice(-TRAILER).arrayBuffer());
  const signed = end.byteLength === TRAILER && end.getUint32(0, true) === TRAILER_MAGIC;
  const id = hex(signed ? new Uint8Array(end.buffer, DIGEST, 16) : crypto.getRandomValues(new Uint8Array(16)));
  if (view.byteLength < HEAD || view.getUint32(DESCRIPTOR, true) !== DESCRIPTOR_MAGIC)
    return { kind: 0, app: "", version: "", model: "", signed, id };
  const kind = view.getUint32(DESCRIPTOR + 4, true);
  return {
    kind: kind === 1 || kind === 2 || kind === 3 ? kind : 0,
    model: textAt(view, DESCRIPTOR + 8, 16),
    app: textAt(view, DESCRIPTOR + 24, 32),
    version: textAt(view, VERSION, 32),
    signed,
    id,
  };
}
