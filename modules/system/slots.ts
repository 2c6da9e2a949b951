/**
 * The four access point slots: networks that the unit joins, each with its passphrase and a count of how often it was joined. Passphrases
 * stay in flash until a network is joined.
 */
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { ByteSet, Bytes } from "lws/platform/bytes";
import Time from "time";
import type { Changes, Settings, SlotNumber } from "./settings";

export const SLOTS: readonly SlotNumber[] = [0, 1, 2, 3];

export interface SlotsOptions {
  settings: Settings;
  /** Least time between two writes of a count to flash, in milliseconds. Default ten minutes. */
  countInterval?: number;
}

interface Slot {
  ssid: string;
  secured: boolean;
  use: number;
}

export class Slots {
  private settings: Settings;
  private slots: Slot[];
  private countInterval: number;
  /** Time.ticks of the last write of a count. */
  private counted: number | undefined;

  constructor(options: SlotsOptions) {
    const { settings } = options;
    this.settings = settings;
    this.countInterval = options.countInterval ?? 600_000;
    this.slots = SLOTS.map((n) => {
      const ssid = settings.get(`${n}ssid`);
      // Older firmware may have stored names that can't be joined.
      if (!isSsid(ssid)) return { ssid: "", secured: false, use: 0 };
      return { ssid, secured: settings.get(`${n}password`) !== "", use: settings.count(`${n}use`) };
    });
  }

  /** Network name of the slot; empty when the slot is. */
  ssid(n: SlotNumber): string {
    return this.slot(n).ssid;
  }

  /** True if the slot has a passphrase. */
  secured(n: SlotNumber): boolean {
    return this.slot(n).secured;
  }

  /** How often the slot's network was joined. */
  use(n: SlotNumber): number {
    return this.slot(n).use;
  }

  passphrase(n: SlotNumber): string {
    return this.slot(n).secured ? this.settings.get(`${n}password`) : "";
  }

  /** True if any slot is set. */
  get any(): boolean {
    return this.slots.some((slot) => slot.ssid !== "");
  }

  /**
   * Sets a slot; an empty passphrase means an open network.
   * @throws LwsError BAD_SSID, BAD_PASSPHRASE, STORAGE_FULL or STORAGE_FAILED; the slot is as before then.
   */
  set(n: SlotNumber, ssid: string, passphrase: string): void {
    if (!isSsid(ssid)) throw new LwsError("BAD_SSID");
    if (!isPassphrase(passphrase)) throw new LwsError("BAD_PASSPHRASE");
    this.store(n, ssid, passphrase);
  }

  /**
   * Empties a slot.
   * @throws LwsError STORAGE_FAILED.
   */
  clear(n: SlotNumber): void {
    this.store(n, "", "");
  }

  /** The slot's network has been joined. To spare the flash the count is not always written; the next write makes up for it. */
  joined(n: SlotNumber): void {
    const slot = this.slot(n);
    slot.use++;
    if (this.counted !== undefined && Time.delta(this.counted) < this.countInterval) return;
    this.counted = Time.ticks;
    try {
      this.settings.setCount(`${n}use`, slot.use);
    } catch (error) {
      log.warn("slots", `count not stored: ${error}`);
    }
  }

  private slot(n: SlotNumber): Slot {
    return this.slots[n] as Slot;
  }

  /** What has to be stored for a slot to become this one. An empty name empties it. */
  changes(n: SlotNumber, ssid: string, passphrase: string): Changes {
    if (ssid !== this.slot(n).ssid) return { [`${n}ssid`]: ssid, [`${n}password`]: passphrase, [`${n}use`]: 0 };
    return passphrase === this.passphrase(n) ? {} : { [`${n}password`]: passphrase };
  }

  /** What has been stored is so from now on. */
  take(changes: Changes): void {
    for (const n of SLOTS) {
      const slot = this.slot(n);
      slot.ssid = changes[`${n}ssid`] ?? slot.ssid;
      const passphrase = changes[`${n}password`];
      if (passphrase !== undefined) slot.secured = passphrase !== "";
      slot.use = changes[`${n}use`] ?? slot.use;
    }
  }

  /** Name and passphrase change as one, so that no passphrase is ever tried with the network of another. */
  private store(n: SlotNumber, ssid: string, passphrase: string): void {
    const changes = this.changes(n, ssid, passphrase);
    this.settings.change(changes);
    this.take(changes);
  }
}

/**
 * 1 to 32 bytes (IEEE 802.11 §9.4.2.2), as {@link ssidText} shows them: as UTF-8, or each byte as a character. A NUL can't be handed to the
 * Wi-Fi driver, half of a surrogate pair is no text.
 */
export function isSsid(text: string): boolean {
  return text !== "" && (Bytes.size(text) <= 32 || isBytes(text)) && isText(text);
}

/** Bytes, each a character, that are no UTF-8: what is would not be shown like this. */
function isBytes(text: string): boolean {
  if (text.length > 32) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

/** Empty, a passphrase of 8 to 63 bytes without control characters, or a key of 64 hex digits (IEEE 802.11 §J.4). */
export function isPassphrase(text: string): boolean {
  if (text === "") return true;
  const size = Bytes.size(text);
  if (size < 8 || size > 64 || !isText(text)) return false;
  const bytes = new Uint8Array(size);
  Bytes.put(text, bytes, 0);
  if (size === 64) return Bytes.span(bytes, 0, size, ByteSet.hex) === size;
  return Bytes.span(bytes, 0, size, ByteSet.field) === size && !text.includes("\t");
}

function isText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0) return false;
    if (c >= 0xd800 && c <= 0xdfff) {
      const next = c < 0xdc00 ? text.charCodeAt(++i) : 0;
      if (!(next >= 0xdc00 && next <= 0xdfff)) return false;
    }
  }
  return true;
}
