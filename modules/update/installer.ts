/**
 * Writes an application image into the slot `ota_0` as its bytes arrive, and selects it.
 *
 * Power may fail at any flash operation. The order that makes this harmless:
 *
 * 1. Nothing is touched before the head of the image has been checked.
 * 2. If otadata selects the slot it is blanked: from here until the end the boot loader is told to take the setup image.
 * 3. The slot's first block is erased before any other, so that the old application no longer looks like one.
 * 4. Blocks are erased and written one by one. Of the first one all is written but the {@link START} bytes of the headers: until the end
 *    the slot looks empty, even to a boot loader that has lost the setup image and tries what else there is.
 * 5. When everything has arrived the headers are written, and the whole is verified as the boot loader would.
 * 6. Only then otadata selects the slot.
 *
 * A failure before step 2 leaves the old application as it was; a later one leaves the slot empty and the setup image selected.
 */
import { type ByteSource, Bytes } from "lws/platform/bytes";
import { BLOCK, Boot, Partition } from "lws/platform/flash";
import { UpdateError } from "./error";
import { checkApplication, HEAD, type ImageInfo, imageLength, MAGIC, readImageInfo, START } from "./image";

const SLOT = "ota_0";

export interface InstallerOptions {
  /** Model of this device; images of others are refused. */
  model: string;
  /** After each block, and when an update starts or ends. Must not call back into the installer. */
  onProgress?: () => void;
}

/** "done": the new application is selected and waits for a restart. */
export type InstallerState = "idle" | "receiving" | "done";

export class Installer {
  state: InstallerState = "idle";
  /** Bytes taken so far. */
  received = 0;
  /** Length that the sender stated, or 0. */
  expected = 0;
  /** What is being installed, once its head has arrived. */
  info: ImageInfo | undefined;
  private model: string;
  private onProgress: (() => void) | undefined;
  private partition: Partition | undefined;
  /** The block that fills up. */
  private block: ArrayBuffer | undefined;
  private used = 0;
  /** Offset of that block in the slot. */
  private offset = 0;
  /** Headers of the image, held back until the end. */
  private start: ArrayBuffer | undefined;

  constructor(options: InstallerOptions) {
    this.model = options.model;
    this.onProgress = options.onProgress;
  }

  /** Bytes that an image may have. */
  get capacity(): number {
    const partition = this.partition ?? openSlot();
    const { size } = partition;
    if (!this.partition) partition.close();
    return size;
  }

  /**
   * Starts an update of `expected` bytes, or 0 where that is not known.
   * @throws UpdateError UPDATE_BUSY while another runs or a restart is due, UPDATE_NO_SLOT in the running application, UPDATE_TOO_LARGE.
   */
  begin(expected = 0): void {
    if (this.state !== "idle") throw new UpdateError("UPDATE_BUSY");
    if (Boot.running === SLOT) throw new UpdateError("UPDATE_NO_SLOT");
    this.partition = openSlot();
    if (expected > this.partition.size) {
      this.release();
      throw new UpdateError("UPDATE_TOO_LARGE");
    }
    this.block = new ArrayBuffer(BLOCK);
    this.used = 0;
    this.offset = 0;
    this.start = undefined;
    this.received = 0;
    this.expected = expected;
    this.info = undefined;
    this.state = "receiving";
    this.onProgress?.();
  }

  /**
   * Takes the next bytes of the image, in pieces of any size. A piece of at most {@link BLOCK} bytes erases and writes at most one block.
   * @throws UpdateError; the update is aborted then.
   */
  write(source: ByteSource, from: number, to: number): void {
    try {
      this.take(source, from, to);
    } catch (error) {
      this.fail(error);
    }
  }

  /**
   * All bytes have been written: verifies the image and selects it.
   * @throws UpdateError; the update is aborted then.
   */
  finish(): void {
    try {
      this.complete();
    } catch (error) {
      this.fail(error);
    }
    this.state = "done";
    this.release();
    this.onProgress?.();
  }

  /** Gives an update up; what it wrote no longer looks like an image. Nothing happens when none runs. */
  abort(): void {
    if (this.state !== "receiving") return;
    try {
      if (this.start) this.partition?.erase(0, BLOCK);
    } catch {
      // The slot is not selected and, but for a failure at the very end, has no header: there is nothing left to save.
    }
    this.state = "idle";
    this.release();
    this.onProgress?.();
  }

  private take(source: ByteSource, from: number, to: number): void {
    const partition = this.running();
    const block = this.block as ArrayBuffer;
    this.received += to - from;
    if (this.received > partition.size) throw new UpdateError("UPDATE_TOO_LARGE");
    while (from < to) {
      const count = Math.min(to - from, BLOCK - this.used);
      Bytes.copy(source, from, from + count, block, this.used);
      from += count;
      this.used += count;
      if (!this.info && this.used >= HEAD) {
        const info = readImageInfo(block);
        checkApplication(info, this.model);
        this.info = info;
      }
      if (this.used === BLOCK) this.flush();
    }
  }

  private complete(): void {
    const partition = this.running();
    if (!this.info) {
      // Fewer bytes have come than the head of an image has.
      const isStart = this.received > 0 && new Uint8Array(this.block as ArrayBuffer)[0] === MAGIC;
      throw new UpdateError(isStart ? "UPDATE_TRUNCATED" : "UPDATE_NOT_IMAGE");
    }
    // No image is smaller than a block: a shorter one has touched nothing yet, and is not going to.
    if (!this.start) throw new UpdateError("UPDATE_TRUNCATED");
    if (this.used) this.flush();
    const start = this.start as ArrayBuffer;
    const length = imageLength(start, partition, this.received);
    if (this.received < this.expected || length > this.received) throw new UpdateError("UPDATE_TRUNCATED");
    if (length < this.received) throw new UpdateError("UPDATE_DAMAGED");
    partition.write(0, start, 0, START);
    const fault = partition.verify();
    if (fault) throw new UpdateError(fault === "chip" ? "UPDATE_WRONG_CHIP" : "UPDATE_DAMAGED");
    Boot.selected = SLOT;
  }

  /** Writes the block that has filled up, or what there is of it. */
  private flush(): void {
    const partition = this.partition as Partition;
    const block = this.block as ArrayBuffer;
    let from = 0;
    if (!this.start) {
      this.start = block.slice(0, START);
      from = START;
      if (Boot.selected === SLOT) Boot.selected = "factory";
    }
    partition.erase(this.offset, BLOCK);
    partition.write(this.offset + from, block, from, this.used);
    this.offset += BLOCK;
    this.used = 0;
    this.onProgress?.();
  }

  private running(): Partition {
    if (!this.partition) throw new UpdateError("UPDATE_BUSY");
    return this.partition;
  }

  private fail(error: unknown): never {
    this.abort();
    throw error instanceof UpdateError ? error : new UpdateError("UPDATE_FLASH");
  }

  private release(): void {
    this.partition?.close();
    this.partition = undefined;
    this.block = undefined;
    this.start = undefined;
  }
}

function openSlot(): Partition {
  try {
    return new Partition(SLOT);
  } catch {
    throw new UpdateError("UPDATE_NO_SLOT");
  }
}
