/**
 * The application slot as the place of a whole image: of an application, or of a setup image, which then copies itself to where it belongs.
 *
 * Power may fail at any flash operation. The order that makes this harmless:
 *
 * 1. If otadata selects the slot it is blanked: from here until the end the boot loader is told to take the setup image.
 * 2. The slot's first block is erased before any other, so that the old application no longer looks like one.
 * 3. Blocks are erased and written one by one. Of the first one all is written but the headers: until the end the slot looks empty, even to
 *    a boot loader that has lost the setup image and tries what else there is.
 * 4. When everything has arrived and is signed the headers are written.
 * 5. The whole is verified as the boot loader would, and only then otadata selects the slot.
 */
import { BLOCK, Boot, Partition } from "lws/platform/flash";
import { UpdateError } from "./error";
import { Kind, START } from "./image";
import { forgetFailures } from "./rollback";
import { openSlot, SLOT, type Target } from "./target";
import { hasBase } from "./trailer";

export class SlotTarget implements Target {
  readonly partition = openSlot();
  readonly offset = 0;
  readonly held = START;
  readonly room: number;
  private step = 0;

  constructor(kind: Kind) {
    this.room = this.partition.size;
    if (kind !== Kind.setup) return;
    const factory = new Partition("factory");
    this.room = Math.min(this.room, factory.size);
    factory.close();
  }

  /** What otadata says of an image that was given up would be said of the next one, too. */
  prepare(): void {
    if (Boot.selected === SLOT || Boot.state(SLOT) !== "") Boot.selected = "factory";
    forgetFailures();
  }

  check(trailer: Uint8Array): void {
    if (!hasBase(trailer, undefined)) throw new UpdateError("UPDATE_DAMAGED");
  }

  commit(head: ArrayBuffer): boolean {
    if (this.step++ === 0) {
      this.partition.write(0, head, 0, START);
      return false;
    }
    try {
      // Verifies the whole before it does anything.
      Boot.selected = SLOT;
    } catch (error) {
      throw error instanceof Error && error.message === "image invalid" ? new UpdateError("UPDATE_DAMAGED") : error;
    }
    return true;
  }

  discard(): void {
    this.partition.erase(0, BLOCK);
  }
}
