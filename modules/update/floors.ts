/**
 * The lowest versions that the unit takes. Each image says which one that is once it has proved itself, so that a fault which it mends can't be
 * brought back by whoever has kept an old image that is signed as well.
 */
import { Boot, Partition } from "lws/platform/flash";
import { At, HEAD, imageKind, Kind, readImageInfo } from "./image";
import { readStored, store, type UpdateKey } from "./store";
import { compareVersions, parseVersion, readVersion } from "./version";

function keyOf(kind: Kind): UpdateKey {
  return kind === Kind.setup ? "floor-setup" : "floor-app";
}

/** The image whose first bytes are `head` is older than what the unit still takes. */
export function isTooOld(head: ArrayBuffer): boolean {
  const floor = parseVersion(readStored(keyOf(imageKind(head))));
  return compareVersions(readVersion(head, At.numbers), floor) < 0;
}

/** The image that runs has proved itself, and what goes over it. */
export function raiseFloors(): void {
  const partition = new Partition(Boot.running);
  raise(partition, 0);
  if (Boot.overlay >= 0) raise(partition, Boot.overlay);
  partition.close();
}

/** As the image at `from` says, but never above its own version: it could not be installed again. */
function raise(partition: Partition, from: number): void {
  const head = new ArrayBuffer(HEAD);
  partition.read(from, head, 0, HEAD);
  readImageInfo(head);
  const own = readVersion(head, At.numbers);
  const minimum = readVersion(head, At.minimum);
  const floor = compareVersions(minimum, own) < 0 ? minimum : own;
  const key = keyOf(imageKind(head));
  if (compareVersions(floor, parseVersion(readStored(key))) > 0) store(key, floor.join("."));
}
