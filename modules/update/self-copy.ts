/**
 * A setup image is installed like an application, and then brings itself to where it belongs. It runs from the application slot meanwhile, which otadata
 * selects: wherever power fails, the next start begins here again, and goes on with the first block that is not as it should be.
 *
 * 1. The image says that it is well, so that no boot loader rolls it back while there is no other one.
 * 2. It verifies itself, signature included, before the first erase.
 * 3. The first block of the old setup image is erased, so that it no longer looks like one; the others are copied, and the first one last.
 * 4. The copy is verified. The boot loader then erases the header of the original: see `RtcWord.requestFactoryEraseOta`.
 */

import { Digest } from "lws/platform/digest";
import { BLOCK, Boot, Partition } from "lws/platform/flash";
import { UpdateError } from "./error";
import { HEAD, imageKind, imageLength, Kind, readImageInfo } from "./image";
import { isSlotEmpty } from "./slot-info";
import { SLOT } from "./target";
import { checkSignature, checkTrailer, readTrailer, TRAILER } from "./trailer";

/** This image is a setup image in the application slot. */
export function isSelfCopyDue(): boolean {
  if (Boot.running !== SLOT) return false;
  const source = new Partition(SLOT);
  const head = new ArrayBuffer(HEAD);
  source.read(0, head, 0, HEAD);
  source.close();
  return imageKind(head) === Kind.setup;
}

/** After a copy otadata still selects the slot, in which there is nothing any more: it is blanked, as it was before. */
export function tidyOtadata(): void {
  if (Boot.running === "factory" && Boot.selected === SLOT && isSlotEmpty(SLOT)) Boot.selected = "factory";
}

/** What {@link SelfCopy.step} does next. */
const enum Stage {
  trust,
  hash,
  signature,
  blocks,
  first,
  verify,
}

export class SelfCopy {
  /** The setup image that was there before is no more. */
  isBegun = false;
  private readonly source = new Partition(SLOT);
  private readonly target = new Partition("factory");
  private readonly block = new Uint8Array(BLOCK);
  private readonly other = new Uint8Array(BLOCK);
  private readonly head = new ArrayBuffer(HEAD);
  private stage = Stage.trust;
  private trailer: Uint8Array | undefined;
  private digest = new Digest("SHA-256");
  /** Bytes of the image. */
  private length = 0;
  private at = 0;

  /**
   * A piece of the work, of at most a block. True when the copy is complete.
   * @throws UpdateError, or what the flash throws.
   */
  step(): boolean {
    switch (this.stage) {
      case Stage.trust:
        if (Boot.pending) Boot.confirm();
        this.readFacts();
        break;
      case Stage.hash:
        if (!this.hash()) return false;
        break;
      case Stage.signature:
        checkSignature(this.trailer as Uint8Array);
        this.at = BLOCK;
        break;
      case Stage.blocks:
        if (this.at < this.length + TRAILER) {
          this.copy(this.at);
          this.at += BLOCK;
          return false;
        }
        break;
      case Stage.first:
        this.copy(0);
        break;
      case Stage.verify:
        if (this.target.verify() !== "") throw new UpdateError("UPDATE_FLASH");
        return true;
    }
    this.stage++;
    return false;
  }

  /** The setup image in its place would boot. */
  get isTargetWhole(): boolean {
    return this.target.verify() === "";
  }

  close(): void {
    this.source.close();
    this.target.close();
  }

  private readFacts(): void {
    const { source, head } = this;
    source.read(0, head, 0, HEAD);
    readImageInfo(head);
    this.length = imageLength(source);
    this.trailer = readTrailer(source);
    if (!this.trailer) throw new UpdateError("UPDATE_NO_TRAILER");
    if (this.length + TRAILER > this.target.size) throw new UpdateError("UPDATE_TOO_LARGE");
  }

  private hash(): boolean {
    const { block, length } = this;
    const count = Math.min(BLOCK, length - this.at);
    this.source.read(this.at, block, 0, count);
    this.digest.write(block, 0, count);
    this.at += count;
    if (this.at < length) return false;
    checkTrailer(this.trailer as Uint8Array, this.head, length, this.digest.close());
    return true;
  }

  private copy(at: number): void {
    const { target, block, other } = this;
    this.source.read(at, block, 0, BLOCK);
    target.read(at, other, 0, BLOCK);
    if (Digest.equal(block, other)) return;
    if (!this.isBegun) {
      this.isBegun = true;
      if (at > 0) target.erase(0, BLOCK);
    }
    target.erase(at, BLOCK);
    target.write(at, block, 0, BLOCK);
  }
}
