/** What the flash slots hold. */
import { Partition } from "lws/platform/flash";
import { HEAD, type ImageInfo, readImageInfo, START } from "./image";

/** Labels of the partitions that hold images. */
export type SlotLabel = "factory" | "ota_0";

/** Description of the image in the slot `label`, or at `from` in it; undefined where there is none, a half written one, or none of ours. */
export function slotInfo(label: SlotLabel, from = 0): ImageInfo | undefined {
  let partition: Partition | undefined;
  try {
    partition = new Partition(label);
    const head = new ArrayBuffer(HEAD);
    partition.read(from, head, 0, HEAD);
    return readImageInfo(head);
  } catch {
    return undefined;
  } finally {
    partition?.close();
  }
}

/** Nothing is written where an image's headers would stand. */
export function isSlotEmpty(label: SlotLabel): boolean {
  const partition = new Partition(label);
  const start = new Uint8Array(START);
  partition.read(0, start, 0, START);
  partition.close();
  return start.every((byte) => byte === 0xff);
}
