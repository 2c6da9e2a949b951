/**
 * Which of the networks in range is joined next: the strongest that a slot names and that fits the slot's security. A slot that has failed
 * waits until the others in range have had their turn.
 */
import type { WiFiScanItem } from "wifi";
import { Auth, authOf } from "./scan-list";
import type { SlotNumber } from "./settings";
import { SLOTS, type Slots } from "./slots";

/** Why the last try of a slot failed; "" while it has not. "absent": out of range, or it does not answer. */
export type JoinFailure = "" | "password" | "absent" | "failed";

/** A network to join. */
export interface Candidate {
  readonly slot: SlotNumber;
  readonly rssi: number;
  /** Undefined for a network that hides its name. */
  readonly bssid: ArrayBuffer | undefined;
  readonly channel: number;
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
      else if (item.rssi > (this.best[slot]?.rssi ?? Number.NEGATIVE_INFINITY)) {
        this.best[slot] = { slot, rssi: item.rssi, bssid: item.bssid, channel: item.channel };
      }
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

  failed(slot: SlotNumber, why: JoinFailure): void {
    this.failures[slot] = why;
    this.last = 1 << slot;
    this.spent |= this.last;
  }

  joined(slot: SlotNumber): void {
    this.failures[slot] = "";
    this.last = 0;
    this.spent = 0;
  }

  /** The slot has been set anew: what is known about it counts no more, and the others get their turn too. */
  changed(slot: SlotNumber): void {
    this.joined(slot);
  }

  private strongest(except: number): Candidate | undefined {
    let choice: Candidate | undefined;
    for (const candidate of this.best) {
      if (!candidate || except & (1 << candidate.slot)) continue;
      if (!choice || candidate.rssi > choice.rssi) choice = candidate;
    }
    return choice;
  }

  /** A network that hides its name answers only who asks for it, so slots that were not heard are tried too, after all others. */
  private addHidden(): void {
    for (const slot of SLOTS) {
      if (this.best[slot] || this.misfits & (1 << slot) || this.slots.ssid(slot) === "") continue;
      this.best[slot] = { slot, rssi: -128, bssid: undefined, channel: 0 };
    }
  }
}
