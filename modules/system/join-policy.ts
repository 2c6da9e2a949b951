/**
 * Which of the networks in range is joined next: the strongest that a slot names and that fits the slot's security. A slot that has failed
 * waits until the others in range have had their turn. Of several access points of one name the one last joined is preferred, unless another
 * is clearly stronger, and one that has failed waits for the others: it may be a stranger that only bears the name.
 */
import type { WiFiScanItem } from "wifi";
import { Auth, authOf } from "./scan-list";
import type { SlotNumber } from "./settings";
import { SLOTS, type Slots } from "./slots";

/** Why the last try of a slot failed; "" while it has not. "absent": out of range. "address": joined, but nobody gave it an address. */
export type JoinFailure = "" | "password" | "absent" | "address" | "failed";

/** By how many dB another access point of the name must be stronger than the one last joined to be preferred. */
const CLEARLY = 8;
/** Failed access points remembered. */
const REMEMBERED = 8;
/** Weighs more than any difference in strength. */
const TURN = 1000;

/** A network to join. */
export interface Candidate {
  readonly slot: SlotNumber;
  /** As the driver gave it, which may be no UTF-8; undefined for a network that hides its name. */
  readonly ssid: string | undefined;
  /** Strength in dBm, with what counts for and against it. */
  readonly rank: number;
  /** Undefined for a network that hides its name. */
  readonly bssid: ArrayBuffer | undefined;
  readonly channel: number;
}

/** An access point that was tried in vain. */
interface Miss {
  readonly slot: SlotNumber;
  readonly bssid: ArrayBuffer | undefined;
  readonly why: JoinFailure;
}

export class JoinPolicy {
  private slots: Slots;
  /** Best network in range for each slot. */
  private best: (Candidate | undefined)[] = [];
  /** Slots whose network is in range with a security that does not fit. */
  private misfits = 0;
  /** Slots that have failed since one was last joined. */
  private spent = 0;
  /** Bit of the slot that failed last. */
  private last = 0;
  private hidden = false;
  /** Oldest first. */
  private misses: Miss[] = [];
  /** The access point last joined. */
  private kept: ArrayBuffer | undefined;
  private failures: JoinFailure[] = ["", "", "", ""];

  constructor(slots: Slots) {
    this.slots = slots;
  }

  /** Why the slot's last try failed. */
  failure(slot: SlotNumber): JoinFailure {
    return this.failures[slot] as JoinFailure;
  }

  /** A scan starts. */
  begin(): void {
    this.best.length = 0;
    this.misfits = 0;
    this.hidden = false;
  }

  /** A result of the scan, with its name as text. */
  consider(ssid: string, item: WiFiScanItem): void {
    if (ssid === "") {
      this.hidden = true;
      return;
    }
    for (const slot of SLOTS) {
      if (this.slots.ssid(slot) !== ssid) continue;
      const auth = authOf(item.authentication);
      // An open network of the same name gets no chance to stand in for one that was chosen with a passphrase.
      if (auth === Auth.enterprise || this.slots.secured(slot) === (auth === Auth.open)) this.misfits |= 1 << slot;
      else this.offer(slot, item.ssid, item.rssi, item.bssid, item.channel);
    }
  }

  /** The scan is complete: the network to join, or undefined where none can be. */
  choose(): Candidate | undefined {
    if (this.hidden) this.addHidden();
    let choice = this.strongest(this.spent);
    if (!choice) {
      // All in range have failed: they get another turn, but not the last one first.
      this.spent = 0;
      choice = this.strongest(this.last) ?? this.strongest(0);
    }
    for (const slot of SLOTS) {
      if (this.best[slot] || this.slots.ssid(slot) === "") continue;
      this.failures[slot] = this.misfits & (1 << slot) ? "password" : "absent";
    }
    return choice;
  }

  failed({ slot, bssid }: Candidate, why: JoinFailure): void {
    this.failures[slot] = why;
    this.last = 1 << slot;
    this.spent |= this.last;
    const others = this.misses.filter((miss) => miss.slot !== slot || !isSame(miss.bssid, bssid));
    this.misses = [...others.slice(1 - REMEMBERED), { slot, bssid, why }];
  }

  /** Only that a passphrase was refused is remembered then. */
  joined({ slot, bssid }: Candidate): void {
    this.misses = this.misses.filter(
      (miss) => miss.why === "password" && (miss.slot !== slot || !isSame(miss.bssid, bssid)),
    );
    this.kept = bssid;
    this.fresh(slot);
  }

  /** The slot has been set anew: what is known about it counts no more, and the others get their turn too. */
  changed(slot: SlotNumber): void {
    this.misses = [];
    this.fresh(slot);
  }

  private fresh(slot: SlotNumber): void {
    this.failures[slot] = "";
    this.last = 0;
    this.spent = 0;
  }

  /** Keeps the best access point of each slot. */
  private offer(
    slot: SlotNumber,
    ssid: string | undefined,
    rssi: number,
    bssid: ArrayBuffer | undefined,
    channel: number,
  ): void {
    const turn = this.misses.findIndex((miss) => miss.slot === slot && isSame(miss.bssid, bssid)) + 1;
    const rank = rssi + (bssid && isSame(bssid, this.kept) ? CLEARLY : 0) - TURN * turn;
    const best = this.best[slot];
    if (!best || rank > best.rank) this.best[slot] = { slot, ssid, rank, bssid, channel };
  }

  private strongest(except: number): Candidate | undefined {
    let choice: Candidate | undefined;
    for (const candidate of this.best) {
      if (!candidate || except & (1 << candidate.slot)) continue;
      if (!choice || candidate.rank > choice.rank) choice = candidate;
    }
    return choice;
  }

  /** A network that hides its name answers only who asks for it, so slots that were not heard are tried too, after all others. */
  private addHidden(): void {
    for (const slot of SLOTS) {
      if (this.best[slot] || this.misfits & (1 << slot) || this.slots.ssid(slot) === "") continue;
      this.offer(slot, undefined, -128, undefined, 0);
    }
  }
}

function isSame(a: ArrayBuffer | undefined, b: ArrayBuffer | undefined): boolean {
  if (!a || !b) return a === b;
  const left = new Uint8Array(a);
  const right = new Uint8Array(b);
  return left.every((byte, i) => byte === right[i]);
}
