/** What the flash slots hold. */
import { Partition } from "lws/platform/flash";
import { HEAD, type ImageInfo, readImageInfo } from "./image";

/** Description of the image in the slot `label`; undefined where it is empty, half written or not one of ours. */
export function slotInfo(label: "factory" | "ota_0"): ImageInfo | undefined {
  let partition: Partition | undefined;
  try {
    partition = new Partition(label);
    const head = new ArrayBuffer(HEAD);
    partition.read(0, head, 0, HEAD);
    return readImageInfo(head);
  } catch {
    return undefined;
  } finally {
    partition?.close();
  }
}
