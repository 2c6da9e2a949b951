/**
 * Installs an image as its bytes arrive: an application, a setup image, or a JavaScript part of the application that is there. Four verbs: begin, write,
 * finish, abort. Nothing is touched before the head of the image has been checked, and nothing of what was written counts before all of it has
 * arrived, is what its trailer says, and is signed by somebody whom this unit trusts. A failure before the first write leaves what was
 * installed as it was; what a later one leaves is said by {@link Target}.
 */
import type { ByteSource } from "lws/platform/bytes";
import { Boot } from "lws/platform/flash";
import { AreaTarget } from "./area-target";
import { UpdateError } from "./error";
import { isTooOld } from "./floors";
import { type ImageInfo, imageKind, Kind, readImageInfo } from "./image";
import { Intake } from "./intake";
import { SlotTarget } from "./slot-target";
import { SLOT, slotSize, type Target } from "./target";
import { checkSignature, checkTrailer, TRAILER } from "./trailer";

/** "checking": everything has arrived. "done": the image waits for a restart. */
export type InstallerState = "idle" | "receiving" | "checking" | "done";

/** What {@link Installer.step} does next. */
const enum Stage {
  length,
  trailer,
  signature,
  rest,
  commit,
}

export class Installer {
  state: InstallerState = "idle";
  /** Bytes that image and trailer have together where the sender has stated that, else 0. */
  expected = 0;
  /** What is being installed, once its head has arrived. */
  info: ImageInfo | undefined;
  private readonly model: string;
  private readonly onBlock: () => void;
  private intake: Intake | undefined;
  private stage = Stage.length;
  private taken = 0;

  /** `model` of this device: images of others are refused. `onBlock` is called after each block, and must not call back. */
  constructor(model: string, onBlock: () => void) {
    this.model = model;
    this.onBlock = onBlock;
  }

  /** Bytes taken so far. */
  get received(): number {
    return this.intake?.received ?? this.taken;
  }

  /**
   * Starts an update of `expected` bytes, or 0 where that is not known.
   * @throws UpdateError UPDATE_BUSY while another runs or a restart is due, UPDATE_NO_SLOT in the running application, UPDATE_TOO_LARGE.
   */
  begin(expected = 0): void {
    if (this.state !== "idle") throw new UpdateError("UPDATE_BUSY");
    if (Boot.running === SLOT) throw new UpdateError("UPDATE_NO_SLOT");
    if (expected > slotSize()) throw new UpdateError("UPDATE_TOO_LARGE");
    this.expected = expected;
    this.info = undefined;
    this.intake = new Intake({
      decide: (head, length) => this.decide(head, length),
      onBlock: this.onBlock,
    });
    this.state = "receiving";
  }

  /**
   * Takes the next bytes of image and trailer, in pieces of any size. A piece of at most `BLOCK` bytes erases and writes at most one block.
   * @throws UpdateError; the update is aborted then.
   */
  write(source: ByteSource, from: number, to: number): void {
    if (this.state !== "receiving") throw new UpdateError("UPDATE_BUSY");
    try {
      (this.intake as Intake).write(source, from, to);
    } catch (error) {
      this.fail(error);
    }
  }

  /** All bytes have been written: what follows are calls of {@link Installer.step}, each in a turn of its own. */
  finish(): void {
    if (this.state !== "receiving") throw new UpdateError("UPDATE_BUSY");
    this.state = "checking";
    this.stage = Stage.length;
  }

  /**
   * A piece of the work that is left when everything has arrived. True when the image is installed.
   * @throws UpdateError; the update is aborted then.
   */
  step(): boolean {
    try {
      if (!this.advance(this.intake as Intake)) return false;
    } catch (error) {
      this.fail(error);
    }
    this.release();
    this.state = "done";
    return true;
  }

  /** Gives an update up; what it wrote counts for nothing. Nothing happens when none runs. */
  abort(): void {
    const { intake } = this;
    if (!intake) return;
    try {
      if (intake.isBegun) intake.target?.discard();
    } catch {
      // Nothing selects what was written, and but for a failure at the very end it has no header: there is nothing left to save.
    }
    this.release();
    this.state = "idle";
  }

  private advance(intake: Intake): boolean {
    const target = intake.target as Target;
    const { stage } = this;
    switch (stage) {
      case Stage.length:
        intake.checkLength();
        if (this.expected > intake.received) throw new UpdateError("UPDATE_TRUNCATED");
        break;
      case Stage.trailer:
        checkTrailer(intake.trailer, intake.head as ArrayBuffer, intake.length, intake.imageHash);
        target.check(intake.trailer);
        break;
      case Stage.signature:
        checkSignature(intake.trailer);
        break;
      case Stage.rest:
        if (!intake.flushRest()) return false;
        break;
      case Stage.commit:
        return target.commit(intake.head as ArrayBuffer, intake.block);
    }
    this.stage = stage + 1;
    return false;
  }

  /** Says from the head of an image alone whether it may be installed, and where. */
  private decide(head: ArrayBuffer, length: number): Target {
    const info = readImageInfo(head);
    if (info.model !== this.model) throw new UpdateError("UPDATE_WRONG_MODEL");
    if (isTooOld(head)) throw new UpdateError("UPDATE_TOO_OLD");
    this.checkExpected(length);
    const kind = imageKind(head);
    this.info = info;
    return kind === Kind.javascript ? new AreaTarget() : new SlotTarget(kind);
  }

  /** The length that the sender has stated is that of the image with its trailer. */
  private checkExpected(length: number): void {
    const { expected } = this;
    if (expected === 0 || length === Infinity || expected === length + TRAILER) return;
    if (expected === length) throw new UpdateError("UPDATE_NO_TRAILER");
    throw new UpdateError(expected < length + TRAILER ? "UPDATE_TRUNCATED" : "UPDATE_DAMAGED");
  }

  private fail(error: unknown): never {
    this.abort();
    throw error instanceof UpdateError ? error : new UpdateError("UPDATE_FLASH");
  }

  private release(): void {
    this.taken = this.intake?.received ?? 0;
    this.intake?.close();
    this.intake = undefined;
  }
}
