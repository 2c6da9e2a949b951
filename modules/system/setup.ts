/** A unit in setup: it also takes updates, one at a time, and tells of one that was rolled back. */
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Chip } from "lws/platform/chip";
import { noticeRollback, type Rolled, resumesProbation, rolledBack, startAgain } from "lws/update/rollback";
import { tidyOtadata } from "lws/update/self-copy";
import { acceptsUnsigned } from "lws/update/trailer";
import type { UpdateView } from "./state";
import { Unit, type UnitOptions } from "./unit";
import { Update, type UpdateOwner } from "./update";

/** How somebody proves to stand in front of the unit. */
export const PRESENCE = "hold the button while switching on, then try again";

export class Setup extends Unit implements UpdateOwner {
  readonly update: Update;
  /** Images that nobody has signed are taken, too. */
  readonly unsigned = acceptsUnsigned();
  /** Set by an image that looks for updates on a server. */
  updates: UpdateView | undefined;

  constructor(options: UnitOptions) {
    super({ ...options, accessPoint: true });
    this.update = new Update(this);
    if (this.unsigned)
      log.warn("update", "IMAGES THAT NOBODY HAS SIGNED ARE TAKEN: this build is for development only");
    tidyOtadata();
    if (!this.present && resumesProbation(Chip.resetReason)) {
      log.notice("update", "the application had lost its power, or its selection: it starts again");
      Chip.restart();
    }
    const rolled = noticeRollback(Chip.resetReason);
    if (rolled) log.warn("update", `${rolled.info.app} ${rolled.info.git} was rolled back: ${rolled.reason}`);
  }

  /** What was rolled back. */
  get rolled(): Rolled | undefined {
    return this.update.state === "idle" ? rolledBack() : undefined;
  }

  /**
   * Restarts into the application that was rolled back, for one more try.
   * @throws LwsError NOT_FOUND where there is none, UPDATE_BUSY, UPDATE_DAMAGED.
   */
  startRolledBack(): void {
    if (this.update.state !== "idle") throw new LwsError("UPDATE_BUSY");
    if (!this.rolled?.canStart) throw new LwsError("NOT_FOUND", "no application was rolled back");
    try {
      startAgain();
    } catch {
      throw new LwsError("UPDATE_DAMAGED");
    }
    this.restart.soon();
  }

  /** @internal While an image comes in, the radio stays on its channel. */
  onUpdateChange(): void {
    this.network.hold(this.update.isBusy);
    this.changed();
  }

  /** @internal Once for each block: iterators would be garbage. */
  onUpdateProgress(): void {
    const { listeners } = this;
    for (let i = 0; i < listeners.length; i++) listeners[i]?.onProgress?.();
  }

  /** @internal */
  onInstalled(): void {
    this.restart.soon();
  }

  /** @internal */
  onUpdateFailed(error: LwsError): void {
    log.warn("update", error.message);
    for (const listener of this.listeners) listener.onUploadFailed?.(error);
  }

  /** Whoever brings an image stops doing so. */
  cancelUpdate(): void {
    this.updates?.cancel();
    this.update.cancel();
  }

  /**
   * Erases all settings, but no other namespace, and restarts as a new unit.
   * @throws LwsError FORBIDDEN where nobody stands in front of the unit, UPDATE_BUSY, STORAGE_FAILED.
   */
  factoryReset(): void {
    if (!this.present) throw new LwsError("FORBIDDEN", PRESENCE);
    if (this.update.isBusy) throw new LwsError("UPDATE_BUSY");
    this.settings.reset();
    this.restart.soon();
  }
}
