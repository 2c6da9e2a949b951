/**
 * Takes an image and its trailer apart as their bytes stream in, in pieces of any size: the image goes to where it belongs, block by block, and is
 * hashed on the way; the trailer is kept. All the memory that takes is one block.
 */
import { type ByteSource, Bytes } from "lws/platform/bytes";
import { Digest } from "lws/platform/digest";
import { BLOCK } from "lws/platform/flash";
import { UpdateError } from "./error";
import { HEAD, ImageEnd, MAGIC } from "./image";
import type { Target } from "./target";
import { TRAILER } from "./trailer";

export interface IntakeOptions {
  /**
   * The head of the image has come, nothing was written yet: says where the image goes. `length` is that of the image, Infinity where its
   * head does not tell. What it throws ends the intake.
   */
  decide(head: ArrayBuffer, length: number): Target;
  /** A block has been written. */
  onBlock(): void;
}

export class Intake {
  /** Bytes taken so far. */
  received = 0;
  head: ArrayBuffer | undefined;
  target: Target | undefined;
  /** Something was written. */
  isBegun = false;
  readonly trailer = new Uint8Array(TRAILER);
  /** The block that fills up. */
  readonly block = new Uint8Array(BLOCK);
  private readonly options: IntakeOptions;
  private readonly digest = new Digest("SHA-256");
  private end: ImageEnd | undefined;
  /** Bytes in the block, and of the trailer. */
  private used = 0;
  private trailed = 0;
  /** Where the block goes, from the start of the image on. */
  private offset = 0;
  private hash: ArrayBuffer | undefined;

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  /** Bytes of the image; Infinity where that is not known yet. */
  get length(): number {
    return this.end?.length ?? Infinity;
  }

  /** SHA-256 of the image; to be asked when {@link Intake.checkLength} has passed. */
  get imageHash(): ArrayBuffer {
    this.hash ??= this.closeDigest();
    return this.hash;
  }

  /** A piece of at most {@link BLOCK} bytes erases and writes at most one block. */
  write(source: ByteSource, from: number, to: number): void {
    while (from < to) {
      const left = this.length - this.received;
      if (left <= 0) {
        this.takeTrailer(source, from, to);
        return;
      }
      // Until the head is there nothing beyond is taken, so that it decides in time.
      let count = Math.min(to - from, (this.head ? BLOCK : HEAD) - this.used, left);
      Bytes.copy(source, from, from + count, this.block, this.used);
      if (this.end) {
        this.end.scan(this.block, this.used, this.used + count, this.received);
        count = Math.min(count, this.length - this.received);
      }
      from += count;
      this.used += count;
      this.received += count;
      if (!this.head && this.used === HEAD) this.takeHead();
      this.checkRoom();
      if (this.used === BLOCK) this.flush(true);
    }
  }

  /**
   * All bytes have been written.
   * @throws UpdateError where they are no image, or not all of it.
   */
  checkLength(): void {
    if (!this.head) {
      // Fewer bytes have come than the head of an image has.
      const isStart = this.received > 0 && this.block[0] === MAGIC;
      throw new UpdateError(isStart ? "UPDATE_TRUNCATED" : "UPDATE_NOT_IMAGE");
    }
    if (this.received < this.length) throw new UpdateError("UPDATE_TRUNCATED");
    if (this.trailed === 0) throw new UpdateError("UPDATE_NO_TRAILER");
    if (this.trailed < TRAILER) throw new UpdateError("UPDATE_TRUNCATED");
  }

  /** Writes what is left of the image, and the trailer: a block at a time. True when all is written. */
  flushRest(): boolean {
    const from = TRAILER - this.trailed;
    const count = Math.min(BLOCK - this.used, this.trailed);
    Bytes.copy(this.trailer, from, from + count, this.block, this.used);
    this.used += count;
    this.trailed -= count;
    this.flush(false);
    return this.trailed === 0;
  }

  close(): void {
    this.target?.partition.close();
    if (!this.hash) this.digest.close();
  }

  private takeHead(): void {
    const head = this.block.slice(0, HEAD).buffer;
    const end = new ImageEnd(head);
    this.target = this.options.decide(head, end.length);
    this.head = head;
    this.end = end;
  }

  private checkRoom(): void {
    const { target, length } = this;
    const least = length < Infinity ? length + TRAILER : this.received;
    if (target && least > target.room) throw new UpdateError("UPDATE_TOO_LARGE");
  }

  private takeTrailer(source: ByteSource, from: number, to: number): void {
    if (this.trailed + to - from > TRAILER) throw new UpdateError("UPDATE_DAMAGED");
    this.trailed = Bytes.copy(source, from, to, this.trailer, this.trailed);
    this.received += to - from;
  }

  private flush(isImage: boolean): void {
    const target = this.target as Target;
    const { block, used, offset } = this;
    if (isImage) this.digest.write(block, 0, used);
    if (!this.isBegun) {
      this.isBegun = true;
      target.prepare();
    }
    const { partition } = target;
    const from = offset === 0 ? target.held : 0;
    partition.erase(target.offset + offset, BLOCK);
    partition.write(target.offset + offset + from, block, from, used);
    this.offset += BLOCK;
    this.used = 0;
    this.options.onBlock();
  }

  /** What of the image was not written yet is hashed last. */
  private closeDigest(): ArrayBuffer {
    this.digest.write(this.block, 0, this.used);
    return this.digest.close();
  }
}
