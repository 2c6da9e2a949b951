/** An application, or a part of one, that the boot loader or the image itself has given up: which one it was, and why. */
import { Boot } from "lws/platform/flash";
import { newestPart } from "./areas";
import type { ImageInfo } from "./image";
import { slotInfo } from "./slot-info";
import { readStored, store } from "./store";
import { openSlot, SLOT } from "./target";

export interface Rolled {
  readonly info: ImageInfo;
  /** Cause of the restart that it ended in, or "health" where it never reported itself healthy. */
  readonly reason: string;
  /** It is still there and may be started once more. */
  readonly canStart: boolean;
}

/** Times that an application on probation may lose its power. */
const LOSSES = 2;

/** Says why the image that runs is about to be given up. */
export function noteFailure(reason: string): void {
  store("failed", reason);
}

/** What was given up since something was installed last; or an application that lost its selection, because power failed while that was being written. */
export function rolledBack(): Rolled | undefined {
  const state = Boot.state(SLOT);
  const isLost = state === "" && Boot.running !== SLOT && slotInfo(SLOT)?.factory === "0";
  const isWhole = isLost || state === "aborted" || state === "invalid";
  const info = isWhole ? slotInfo(SLOT) : partInfo();
  return info && { info, reason: readStored("failed"), canStart: isWhole };
}

/** Finds out, after a restart, whether something was given up; `cause` of the restart then tells why, unless that was noted before. */
export function noticeRollback(cause: string): Rolled | undefined {
  const rolled = rolledBack();
  if (rolled?.reason === "") noteFailure(cause);
  return rolled && rolledBack();
}

/**
 * Selects the application that was given up once more: it is on probation again.
 * @throws Error where it would not boot.
 */
export function startAgain(): void {
  forgetFailures();
  Boot.selected = SLOT;
}

/** Something is installed, or tried anew. */
export function forgetFailures(): void {
  store("failed", "");
  store("again", "");
}

/**
 * To the boot loader an application that lost its power on probation has failed, but whoever pulled the plug meant nothing by it: selects it
 * once more, a few times. True if a restart leads to it.
 */
export function resumesProbation(cause: string): boolean {
  const rolled = rolledBack();
  const losses = Number(readStored("again"));
  if (cause !== "power on" || !rolled?.canStart || rolled.reason !== "" || losses >= LOSSES) return false;
  // What could not be counted might go on for ever.
  if (!store("again", String(losses + 1))) return false;
  try {
    Boot.selected = SLOT;
  } catch {
    return false;
  }
  return true;
}

/** The newest JavaScript part, where it was given up. */
function partInfo(): ImageInfo | undefined {
  const slot = openSlot();
  const part = newestPart(slot);
  slot.close();
  return part?.aborted ? slotInfo(SLOT, part.offset) : undefined;
}
