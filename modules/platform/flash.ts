/**
 * Flash partitions by label, and the choice of the image to boot. NOR rules: a write only clears bits, an erase sets all bits of
 * 4096-byte blocks. All calls block; callers cut long work into turns of at most a few blocks.
 */
import type { ByteSource } from "./bytes";

/** Bytes that are erased together. */
export const BLOCK = 4096;

export class Partition extends Native("lws_partition_destructor") {
  /** Throws Error("no partition") if the table has none of this label. */
  constructor(label: string) {
    super();
    native("lws_partition").call(this, label);
  }
  get label(): string {
    return native("lws_partition_get_label").call(this);
  }
  get offset(): number {
    return native("lws_partition_get_offset").call(this);
  }
  /** Bytes. */
  get size(): number {
    return native("lws_partition_get_size").call(this);
  }
  /** Fills `into[at, at+length)` from `offset`. A range outside the partition throws RangeError. */
  read(offset: number, into: ArrayBuffer | Uint8Array, at: number, length: number): void {
    native("lws_partition_read").call(this, offset, into, at, length);
  }
  /** Writes `source[from, to)` at `offset`. Throws Error("flash failed") when the chip refuses, Error("running partition") for the image in use. */
  write(offset: number, source: ByteSource, from: number, to: number): void {
    native("lws_partition_write").call(this, offset, source, from, to);
  }
  /** Erases whole blocks; both arguments are multiples of {@link BLOCK}. */
  erase(offset: number, length: number): void {
    native("lws_partition_erase").call(this, offset, length);
  }
  /**
   * Checks the application image that the partition holds as the boot loader does: header, chip, segments, checksum, SHA-256.
   * Returns "" when it would boot, else why not: "empty", "magic", "chip", "segments", "checksum", "sha256".
   */
  verify(): string {
    return native("lws_partition_verify").call(this);
  }
  close(): void {
    native("lws_partition_close").call(this);
  }
}

/** What otadata says about a slot (esp_ota_img_states_t); "" where it says nothing. */
export type SlotState = "" | "new" | "pending" | "valid" | "invalid" | "aborted" | "undefined";

/**
 * Which image runs, and which one is to run next (otadata). A selected image is new; booting puts it on probation, and if it has not confirmed itself by
 * the next boot, it is aborted and the image before it runs again. A power cut at any moment leaves the old selection or the new one, or the setup image.
 */
export class Boot {
  /** Label of the partition that the running image was loaded from. */
  static get running(): string {
    return native("lws_boot_get_running").call(this);
  }
  /** Label that otadata selects: "factory" when it is blank or names nothing valid. */
  static get selected(): string {
    return native("lws_boot_get_selected").call(this);
  }
  /**
   * Selects the image for the next boots. An OTA slot is verified first; throws Error("image invalid") if it would not boot and changes
   * nothing. "factory" blanks otadata.
   */
  static set selected(label: string) {
    native("lws_boot_set_selected").call(this, label);
  }
  /** True while the running image, or the JavaScript part in use, is on probation. */
  static get pending(): boolean {
    return native("lws_boot_get_pending").call(this);
  }
  /** Ends the probation: what runs is to stay, and valid from now on. Does nothing for the setup image. Throws Error("flash failed"). */
  static confirm(): void {
    native("lws_boot_confirm").call(this);
  }
  /**
   * From the next boot on, another image runs: the one before, or the setup image; if only the JavaScript part is on probation, the same image
   * without it. Throws Error("no other image") if none would boot, Error("not selected") when otadata does not name the running image, and changes nothing.
   */
  static reject(): void {
    native("lws_boot_reject").call(this);
  }
  /** State of the newest entry for that OTA slot in otadata, be it selected or not. "undefined": programmed by a cable, without probation. */
  static state(label: string): SlotState {
    return native("lws_boot_state").call(this, label);
  }
  /** Where in ota_0 the JavaScript part in use begins; -1 without one. */
  static get overlay(): number {
    return native("lws_boot_get_overlay").call(this);
  }
}
