// @ts-check
/**
 * JavaScript parts: of an application image only the modules and resources that another one does not have like that. A device looks
 * into the part first and then into the image below; names that are gone are listed as removed and found in neither.
 */
import { REMOVED } from "./archive.mjs";
import { APPLICATION, JAVASCRIPT, readImage, writeImage } from "./image.mjs";
import { Complaint } from "./run.mjs";
import { readTrailer, signImage, TRAILER } from "./trailer.mjs";
import { compareVersions } from "./version.mjs";

/** Bytes that a part may have, with its trailer: its area but for the block of the record. */
const LARGEST_PART = 0x5f000;

/**
 * @param {Buffer} base an application image with its trailer
 * @param {Buffer} next another of the same application
 * @param {{ key?: import("node:crypto").KeyObject }} [options] see `signImage`
 * @returns {Buffer}
 */
export function makePart(base, next, options = {}) {
  const [below, above] = [base, next].map((image) => readImage(image, image.readUInt16LE(12)));
  const digest = readTrailer(base)?.digest;
  if (!digest) throw new Complaint("the base has no trailer, and parts name it by the digest there");
  if (below.kind !== APPLICATION || above.kind !== APPLICATION)
    throw new Complaint("a JavaScript part is made of two application images");
  for (const fact of /** @type {const} */ (["app", "model", "chip"])) {
    if (below[fact] !== above[fact])
      throw new Complaint(`the base is of ${fact} ${below[fact]}, the image of ${above[fact]}`);
  }
  if (compareVersions(above.numbers, below.numbers) < 0)
    throw new Complaint(`the image is older (${above.version}) than the base (${below.version})`);
  const { entries: had, length: _length, ...info } = below;
  const changed = above.entries.filter(
    (entry) =>
      !had.some(({ kind, name, data }) => kind === entry.kind && name === entry.name && data.equals(entry.data)),
  );
  const removed = had
    .filter(({ name }) => !above.entries.some((entry) => entry.name === name))
    .map(({ name }) => ({ kind: REMOVED, name, data: Buffer.alloc(0) }));
  if (changed.length + removed.length === 0) throw new Complaint("the two images contain the same");
  const { version, unixtime, minimum, builder } = above;
  const packed = writeImage({ ...info, version, unixtime, minimum, builder, kind: JAVASCRIPT }, [
    ...changed,
    ...removed,
  ]);
  if (packed.length + TRAILER > LARGEST_PART) {
    throw new Complaint(`the part would have ${packed.length + TRAILER} bytes, and ${LARGEST_PART} is the most`);
  }
  return signImage(packed, { ...options, base: digest });
}
