/**
 * An area of the application slot as the place of a JavaScript part. The part before it stays whole in the other area. Whatever fails on the way, the area has
 * no record then and counts for nothing.
 */

import { Digest } from "lws/platform/digest";
import { BLOCK, Boot, type Partition } from "lws/platform/flash";
import { AREA_ROOM, eraseRecord, nextArea, writeRecord } from "./areas";
import { UpdateError } from "./error";
import { HEAD, imageKind, imageLength, Kind, readImageInfo } from "./image";
import { forgetFailures } from "./rollback";
import { openSlot, SLOT, type Target } from "./target";
import { digestIn, hasBase, readTrailer, TRAILER } from "./trailer";

export class AreaTarget implements Target {
  readonly partition = openSlot();
  readonly offset: number;
  readonly room = AREA_ROOM;
  readonly held = 0;
  private readonly base: Uint8Array;
  private readonly sequence: number;
  /** Bytes of the image, once its trailer is there. */
  private length = 0;
  private expected: Uint8Array | undefined;
  private digest: Digest | undefined;
  private at = 0;

  /** @throws UpdateError UPDATE_WRONG_BASE where the slot holds no application that a part could go over, UPDATE_TOO_LARGE where that leaves no room. */
  constructor() {
    const { partition } = this;
    try {
      this.base = baseOf(partition);
      const area = nextArea(partition, this.base, imageLength(partition) + TRAILER);
      if (!area) throw new UpdateError("UPDATE_TOO_LARGE");
      this.offset = area.offset;
      this.sequence = area.sequence;
    } catch (error) {
      partition.close();
      throw error;
    }
  }

  prepare(): void {
    eraseRecord(this.partition, this.offset);
  }

  check(trailer: Uint8Array): void {
    if (!hasBase(trailer, this.base)) throw new UpdateError("UPDATE_WRONG_BASE");
    this.expected = digestIn(trailer).slice();
  }

  /** Reads the image back, a block at a time; then comes the record, and the application under it is selected where it was not. */
  commit(_head: ArrayBuffer, block: Uint8Array): boolean {
    const { partition, offset } = this;
    this.length ||= imageLength(partition, offset);
    const count = Math.min(BLOCK, this.length - this.at);
    this.digest ??= new Digest("SHA-256");
    partition.read(offset + this.at, block, 0, count);
    this.digest.write(block, 0, count);
    this.at += count;
    if (this.at < this.length) return false;
    if (!Digest.equal(this.digest.close(), this.expected as Uint8Array)) throw new UpdateError("UPDATE_DAMAGED");
    forgetFailures();
    writeRecord(partition, offset, this.sequence, this.length + TRAILER);
    if (Boot.selected !== SLOT) Boot.selected = SLOT;
    return true;
  }

  discard(): void {
    eraseRecord(this.partition, this.offset);
  }
}

/** Trailer of the application in the slot. */
function baseOf(slot: Partition): Uint8Array {
  const head = new ArrayBuffer(HEAD);
  slot.read(0, head, 0, HEAD);
  try {
    readImageInfo(head);
  } catch {
    throw new UpdateError("UPDATE_WRONG_BASE");
  }
  const trailer = imageKind(head) === Kind.application ? readTrailer(slot) : undefined;
  if (!trailer) throw new UpdateError("UPDATE_WRONG_BASE");
  return trailer;
}
