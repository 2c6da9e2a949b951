/** A unit in setup: it also takes application images, from one upload at a time. */
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { UpdateError } from "lws/update/error";
import { Installer } from "lws/update/installer";
import { Unit, type UnitOptions } from "./unit";

/** How somebody proves to stand in front of the unit. */
export const PRESENCE = "hold the button while switching on, then try again";

export class Setup extends Unit {
  readonly update: Installer;
  /** Bytes that the upload under way was announced with, for showing progress; 0 where it was not. */
  uploadLength = 0;

  constructor(options: UnitOptions) {
    super({ ...options, accessPoint: true });
    this.update = new Installer({ model: this.identity.model, onProgress: () => this.progress() });
  }

  /**
   * Starts an upload that announced `length` bytes in all. While it runs the radio stays on its channel.
   * @throws UpdateError.
   */
  beginUpload(length: number): void {
    this.update.begin();
    this.uploadLength = length;
    this.network.hold(true);
    this.changed();
  }

  /**
   * The whole image has arrived: selects it and restarts into it soon.
   * @throws UpdateError.
   */
  finishUpload(): void {
    this.update.finish();
    this.restart.soon();
    this.changed();
  }

  /**
   * An upload has failed; returns the error in terms of the catalogue. `begun`: it is the one that runs, which is given up.
   */
  failUpload(error: unknown, begun: boolean): LwsError {
    const known = toLwsError(error);
    log.warn("update", known.message);
    if (begun) this.abandonUpload();
    // The page may not get the answer while it still sends; that another one uploads concerns only who was told so.
    if (known.code !== "UPDATE_BUSY") for (const listener of this.listeners) listener.onUploadFailed?.(known);
    return known;
  }

  /**
   * Erases all settings, but no other namespace, and restarts as a new unit.
   * @throws LwsError FORBIDDEN where nobody stands in front of the unit, UPDATE_BUSY, STORAGE_FAILED.
   */
  factoryReset(): void {
    if (!this.present) throw new LwsError("FORBIDDEN", PRESENCE);
    if (this.update.state === "receiving") throw new LwsError("UPDATE_BUSY");
    this.settings.reset();
    this.restart.soon();
  }

  /** Gives the upload that runs up. */
  abandonUpload(): void {
    this.update.abort();
    this.network.hold(false);
    this.changed();
  }

  private progress(): void {
    for (const listener of this.listeners) listener.onProgress?.();
  }
}

/** An error as the catalogue names it; one that it does not know is an internal one. */
function toLwsError(error: unknown): LwsError {
  if (error instanceof LwsError) return error;
  return new LwsError(error instanceof UpdateError ? error.code : "INTERNAL");
}
