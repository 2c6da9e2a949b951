// @ts-check
/**
 * Puts into an image that was linked for a chip what it is: its version into esp_app_desc_t, and all else into the descriptor behind it, for
 * which the firmware keeps room. Checksum and hash are made anew.
 */
import { createHash } from "node:crypto";
import { putText } from "../fields.mjs";
import { ourDescriptor, verifyImage } from "../image.mjs";

const DATA = 32;
const APP_MAGIC = 0xabcd5432;
const APP_DESCRIPTOR = 256;
const VERSION = 16;
const PROJECT = 48;
const TEXT = 32;
const HASH = 32;
const CHECKSUM_SEED = 0xef;

/**
 * @param {Buffer} file
 * @param {import("../image.mjs").ImageInfo & { chip: number }} info
 * @returns {Buffer} the image alone, whatever followed it
 */
export function describeImage(file, info) {
  const { problem, length, segments } = verifyImage(file, info.chip);
  if (problem)
    throw new Error(problem === "chip" ? "it is for another chip" : `it is no image, or a damaged one (${problem})`);
  const descriptor = ourDescriptor(info);
  const image = Buffer.from(file.subarray(0, length));
  const at = DATA + APP_DESCRIPTOR;
  if (segments[0].data.length < APP_DESCRIPTOR + descriptor.length || image.readUInt32LE(DATA) !== APP_MAGIC)
    throw new Error("it has no application descriptor");
  if (!image.subarray(at, at + 4).equals(descriptor.subarray(0, 4)))
    throw new Error("the firmware keeps no room for the descriptor of lws-xs behind that of ESP-IDF");
  if (image[23] !== 1) throw new Error("it was linked without a SHA-256 of its own");
  for (const [field, text] of /** @type {const} */ ([
    [VERSION, info.version],
    [PROJECT, info.app],
  ])) {
    image.fill(0, DATA + field, DATA + field + TEXT);
    putText(image, DATA + field, TEXT, text);
  }
  descriptor.copy(image, at);
  return sealed(image);
}

/** @param {Buffer} image whose segments have changed */
function sealed(image) {
  const body = image.subarray(0, image.length - HASH);
  let checksum = CHECKSUM_SEED;
  let at = 24;
  for (let i = 0; i < image[1]; i++) {
    const end = at + 8 + image.readUInt32LE(at + 4);
    for (let j = at + 8; j < end; j++) checksum ^= image[j];
    at = end;
  }
  body[body.length - 1] = checksum;
  createHash("sha256").update(body).digest().copy(image, body.length);
  return image;
}
