/**
 * What outlives images and factory resets: short texts in a namespace of NVS of their own. Where that can't be read they are empty, and where it can't be
 * written nothing is: an update must not fail for want of it.
 */
import KeyValue from "embedded:storage/key-value";

const NAMESPACE = "lws-update";

/**
 * "floor-…": lowest version that the unit still takes, of applications and of setup images. "failed": why the application that was rolled
 * back last had failed. "again": how often an application lost its power while it was on probation. "tried": the version that an application has gone
 * to setup for, how often, and when last (seconds since 1970), with blanks between them.
 */
export type UpdateKey = "floor-app" | "floor-setup" | "failed" | "again" | "tried";

/** The text of `key`; empty where there is none. */
export function readStored(key: UpdateKey): string {
  try {
    const storage = KeyValue.open({ path: NAMESPACE, format: "string" });
    try {
      return storage.read(key) ?? "";
    } finally {
      storage.close();
    }
  } catch {
    return "";
  }
}

/** Stores a text where it differs from what is there; an empty one deletes the key. Returns whether it is there now. */
export function store(key: UpdateKey, text: string): boolean {
  if (readStored(key) === text) return true;
  try {
    const storage = KeyValue.open({ path: NAMESPACE, format: "string" });
    try {
      if (text === "") storage.delete(key);
      else storage.write(key, text);
      return true;
    } finally {
      storage.close();
    }
  } catch {
    return false;
  }
}
