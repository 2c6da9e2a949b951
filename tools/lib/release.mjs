// @ts-check
/** What is published: images that units would take, described as the update manifest does. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { APPLICATION, JAVASCRIPT, readImage, SETUP } from "./image.mjs";
import { keyId, pointOf, splitPoints } from "./keys.mjs";
import { message, readInput } from "./options.mjs";
import { partition, projectPartitions } from "./partitions.mjs";
import { Complaint } from "./run.mjs";
import { readTrailer, verifyTrailer } from "./trailer.mjs";

/**
 * One image in the manifest.
 * @typedef {object} Section
 * @property {string} app @property {string} version @property {string} minimum @property {string} date
 * @property {number} unixtime @property {number} chip
 * @property {number} size of the whole file @property {string} sha256 of the whole file
 * @property {string} file
 * @property {string} [base] of a JavaScript part: digest of the image that it goes over
 */
/**
 * @typedef {object} Release
 * @property {keyof typeof KINDS} role
 * @property {string} source file that it was read from
 * @property {Buffer} bytes
 * @property {string} model
 * @property {number[]} numbers
 * @property {Buffer} signer id of the key that signed it
 * @property {Buffer[]} trusted keys, as points; empty in a part that changes none
 * @property {Section} section
 */

const KINDS = { app: APPLICATION, factory: SETUP, javascript: JAVASCRIPT };
/** Which partition an image of each role has to fit. */
const SLOTS = { app: "ota_0", factory: "factory", javascript: "ota_0" };

/**
 * @param {keyof typeof KINDS} role
 * @param {string} source
 * @param {import("node:crypto").KeyObject} key that signs the manifest
 * @param {Buffer[]} [known] further keys that may have signed it
 * @returns {Release}
 */
export function readRelease(role, source, key, known = []) {
  /** @param {string} problem @returns {never} */
  const fail = (problem) => {
    throw new Complaint(`${source}: ${problem}`);
  };
  const bytes = readInput(source);
  let about;
  try {
    if (bytes.length < 14) throw new Error("it is too short for an image");
    about = readImage(bytes, bytes.readUInt16LE(12));
  } catch (error) {
    return fail(message(error));
  }
  const trailer = readTrailer(bytes);
  const keys = about.entries.find((entry) => entry.name === "update/keys");
  const trusted = keys ? splitPoints(keys.data) : [];
  const problem = verifyTrailer(bytes, [pointOf(key), ...trusted, ...known]);
  if (problem || !trailer) return fail(problem);
  if (about.kind !== KINDS[role]) fail(`it is not of the kind that --${role} takes`);
  if (about.entries.some((entry) => entry.name === "update/unsigned"))
    fail("it is a development image, which takes images that nobody has signed");
  if (trusted.length === 0 && role !== "javascript")
    fail("it trusts no keys, so units that run it could never be updated");
  if (trusted.length > 0 && !trusted.some((point) => point.equals(pointOf(key)))) {
    fail(`it does not trust the key ${idOf(key)}, so units that run it would take nothing more from here`);
  }
  const { size } = partition(projectPartitions(), SLOTS[role]);
  if (bytes.length > size) fail(`it has ${bytes.length} bytes, the partition ${SLOTS[role]} only ${size}`);
  for (const text of [about.app, about.version]) {
    if (!/^\w[\w.+-]*$/.test(text)) fail(`"${text}" can't be part of a file's name`);
  }
  const base = role === "javascript" ? trailer.base.toString("hex") : undefined;
  const suffix = base ? `-js-${base.slice(0, 8)}` : "";
  /** @type {Section} */
  const section = {
    app: about.app,
    version: about.version,
    minimum: about.minimum.join("."),
    date: `${about.date} ${about.time}`,
    unixtime: about.unixtime,
    chip: about.chip,
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    file: `${about.app}-${about.version}${suffix}.bin`,
    ...(base && { base }),
  };
  return { role, source, bytes, model: about.model, numbers: about.numbers, signer: trailer.key, trusted, section };
}

/** @param {import("node:crypto").KeyObject} key */
function idOf(key) {
  return keyId(pointOf(key)).toString("hex");
}

/**
 * Whether units that run the images published so far would take a release.
 * @param {Release} release
 * @param {Buffer} image published before
 * @param {import("node:crypto").KeyObject} key that signs the manifest
 */
export function checkTrust(release, image, key) {
  const keys = readImage(image, image.readUInt16LE(12)).entries.find((entry) => entry.name === "update/keys");
  const trusted = keys ? splitPoints(keys.data).map((point) => keyId(point).toString("hex")) : [];
  const missing = [release.signer.toString("hex"), idOf(key)].find((id) => !trusted.includes(id));
  if (missing) {
    throw new Complaint(
      `${basename(release.source)}: units that run what was published before don't trust the key ${missing}; ` +
        "publish a version first that trusts both keys and is signed by the old one, or say --force",
    );
  }
}
