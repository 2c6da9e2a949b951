/** The trailer of the image that runs these cases, and what becomes of one that does not belong to it. */
import { Digest } from "lws/platform/digest";
import { BLOCK, Partition } from "lws/platform/flash";
import { At, HEAD, imageLength } from "lws/update/image";
import {
  acceptsUnsigned,
  checkSignature,
  checkTrailer,
  digestIn,
  hasBase,
  readTrailer,
  TRAILER,
} from "lws/update/trailer";
import { equal, test, throws } from "./harness";

const slot = (): Partition => new Partition("ota_0");
const trailer = (): Uint8Array => readTrailer(slot()) as Uint8Array;

function head(): ArrayBuffer {
  const bytes = new ArrayBuffer(HEAD);
  slot().read(0, bytes, 0, HEAD);
  return bytes;
}

function hash(): ArrayBuffer {
  const partition = slot();
  const digest = new Digest("SHA-256");
  const block = new Uint8Array(BLOCK);
  for (let at = 0, length = imageLength(partition); at < length; at += BLOCK) {
    const count = Math.min(BLOCK, length - at);
    partition.read(at, block, 0, count);
    digest.write(block, 0, count);
  }
  return digest.close();
}

/** The trailer with the bits of one byte flipped. */
function flipped(at: number): Uint8Array {
  const bytes = trailer();
  bytes[at] = (bytes[at] as number) ^ 0x11;
  return bytes;
}

test("trailer: this image has one, and it agrees", () => {
  equal(trailer().length, TRAILER);
  checkTrailer(trailer(), head(), imageLength(slot()), hash());
  checkSignature(trailer());
  equal(Digest.equal(digestIn(trailer()), hash()), true);
  equal(acceptsUnsigned(), false);
});

test("trailer: every byte of its facts has to agree", () => {
  const digest = hash();
  const length = imageLength(slot());
  for (let at = 0; at < 184; at++) {
    if (at >= 120 && at < 152) continue;
    throws(() => checkTrailer(flipped(at), head(), length, digest), "UPDATE_DAMAGED");
  }
  throws(() => checkTrailer(trailer(), head(), length + 16, digest), "UPDATE_DAMAGED");
  throws(() => checkTrailer(trailer(), head(), length, new ArrayBuffer(32)), "UPDATE_DAMAGED");
  for (const at of [At.chip, At.version, At.kind, At.model, At.name, At.unixtime, At.numbers, At.minimum]) {
    const other = head();
    const bytes = new Uint8Array(other);
    bytes[at] = (bytes[at] as number) ^ 1;
    throws(() => checkTrailer(trailer(), other, length, digest), "UPDATE_DAMAGED");
  }
});

test("trailer: who has signed it", () => {
  throws(() => checkSignature(flipped(184)), "UPDATE_UNKNOWN_KEY");
  for (const at of [0, 20, 120, 152, 183, 192, 224, 255])
    throws(() => checkSignature(flipped(at)), "UPDATE_BAD_SIGNATURE");
  throws(() => checkSignature(trailer().fill(0, 184)), "UPDATE_NO_TRAILER");
  throws(() => checkSignature(trailer().fill(0, 192)), "UPDATE_BAD_SIGNATURE");
});

test("trailer: what it goes over", () => {
  const part = trailer();
  equal(hasBase(part, undefined), true);
  equal(hasBase(part, trailer()), false);
  part.set(digestIn(trailer()), 120);
  equal(hasBase(part, undefined), false);
  equal(hasBase(part, trailer()), true);
});

test("trailer: there is none behind what is no image", () => {
  equal(readTrailer(slot(), slot().size - 0x1000), undefined);
  equal(readTrailer(new Partition("nvs")), undefined);
});
