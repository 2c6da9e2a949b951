/** Where an image goes. Its bytes are written by who holds a target; what makes them count, in which order, is the target's affair. */
import { Partition } from "lws/platform/flash";
import { UpdateError } from "./error";

export const SLOT = "ota_0";

export interface Target {
  readonly partition: Partition;
  /** Where the image begins in the partition. */
  readonly offset: number;
  /** Bytes that image and trailer may have. */
  readonly room: number;
  /** Bytes at the start of the image that only {@link Target.commit} writes. */
  readonly held: number;
  /** The first write follows: whatever was there is not to be booted any more. */
  prepare(): void;
  /**
   * Looks at the trailer of what arrived, before its last bytes are written.
   * @throws UpdateError UPDATE_DAMAGED or UPDATE_WRONG_BASE.
   */
  check(trailer: Uint8Array): void;
  /**
   * Everything but the held bytes is written: a piece of the work that makes it count. True when that is done.
   * @throws UpdateError where what is in flash is not what was written.
   */
  commit(head: ArrayBuffer, block: Uint8Array): boolean;
  /** What was written since {@link Target.prepare} is given up. */
  discard(): void;
}

/**
 * Opens the application slot.
 * @throws UpdateError UPDATE_NO_SLOT.
 */
export function openSlot(): Partition {
  try {
    return new Partition(SLOT);
  } catch {
    throw new UpdateError("UPDATE_NO_SLOT");
  }
}

/**
 * Bytes of the application slot.
 * @throws UpdateError UPDATE_NO_SLOT.
 */
export function slotSize(): number {
  const slot = openSlot();
  const { size } = slot;
  slot.close();
  return size;
}
