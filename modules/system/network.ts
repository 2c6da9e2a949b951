/**
 * The unit's Wi-Fi: joins the networks of the slots and, in setup, is an access point at the same time.
 *
 * One loop: scan, choose, join; when that fails or the link is lost, wait and scan again. The driver makes several attempts by itself
 * before it reports a failure. Every callback of the SDK goes through {@link NetworkOptions.guard}.
 */
import { log } from "lws/core/log";
import { Alarm, type Scheduler } from "lws/core/scheduler";
import { Netif, type NetworkAddress } from "lws/platform/sockets";
import WiFi, { type AccessPointOptions, type WiFiMessage, type WiFiOptions, type WiFiScanItem } from "wifi";
import { type Candidate, type JoinFailure, JoinPolicy } from "./join-policy";
import { ScanList, ssidText } from "./scan-list";
import type { SlotNumber } from "./settings";
import { SLOTS, type Slots } from "./slots";

export interface NetworkOptions {
  scheduler: Scheduler;
  slots: Slots;
  /** Runs a callback of the platform so that what it throws goes no further. */
  guard: (call: () => void) => void;
  /** {@link Network.state} or the list of access points has changed. */
  onChange: () => void;
  /** Name for DHCP. Asked before each join. */
  hostname: () => string;
  /** Given: be an access point beside the station. */
  accessPoint?: AccessPointOptions;
  /** Milliseconds from the choice of a network to an address. Default 10000. */
  joinTimeout?: number;
  /** Milliseconds after which a scan that never reports is given up. Default 15000. */
  scanTimeout?: number;
  /** Milliseconds before the first, second, … try after a failure; the last repeats. Default 1, 3, 9 and 17 s. */
  retries?: readonly number[];
  /** Up to how much longer a wait may be, in percent, so that units that lost the same router don't all come back at once. Default 20. */
  jitter?: number;
}

/**
 * "idle": no slot is set. "scanning": looks for the networks of the slots, or waits to. "failed": a try has failed, for `reason`; the next
 * one follows by itself.
 */
export type NetworkPhase = "idle" | "scanning" | "joining" | "joined" | "failed";

const RETRIES: readonly number[] = [1000, 3000, 9000, 17000];
/** Least wait once {@link NetworkOptions.retries} are over, while somebody is at our own access point, which each scan silences. */
const PATIENCE = 60_000;

export class Network {
  readonly aps = new ScanList();
  phase: NetworkPhase = "idle";
  /** Slot last tried or joined. */
  slot: SlotNumber | undefined;
  /** Network last tried or joined. */
  ssid = "";
  /** Of the station; undefined while it has none. */
  address: NetworkAddress | undefined;
  scanning = false;
  private options: NetworkOptions;
  private policy: JoinPolicy;
  private wifi: WiFi | undefined;
  private retryAlarm: Alarm;
  private joinAlarm: Alarm;
  private scanAlarm: Alarm;
  private scratch = new Uint8Array(64);
  /** What the driver has called back with, for the guarded part of the callback. */
  private message: WiFiMessage | undefined;
  private code = 0;
  private item: WiFiScanItem | null = null;
  /** Waits since the last success. */
  private tries = 0;
  /** The station has an association, though perhaps no address. */
  private associated = false;
  /** A scan has been completed since the start. */
  private scanned = false;
  /** A scan is due that can't start now. */
  private pending = false;
  private held = false;
  /** Somebody has a setup page open. */
  watched = false;
  /** What is joined, or was last tried. */
  private target: Candidate | undefined;

  constructor(options: NetworkOptions) {
    this.options = options;
    this.policy = new JoinPolicy(options.slots);
    this.retryAlarm = new Alarm(() => this.startScan());
    this.joinAlarm = new Alarm(() => this.joinTimedOut());
    this.scanAlarm = new Alarm(() => {
      // Else the driver would say of each later one that this one still runs.
      WiFi.scan();
      this.scanEnded();
    });
  }

  /** Why the last try of {@link Network.slot} failed. */
  get reason(): JoinFailure {
    return this.slot === undefined || this.phase === "joined" ? "" : this.policy.failure(this.slot);
  }

  /** Switches the radio on and starts to look for networks. */
  start(): void {
    const { accessPoint, guard } = this.options;
    const onMessage = () => this.onMessage();
    // The station first: the driver then adds the access point to it, with its DHCP server, instead of replacing it.
    WiFi.mode = WiFi.Mode.station;
    this.wifi = new WiFi(undefined, (message, reason) => {
      this.message = message;
      this.code = reason ?? 0;
      guard(onMessage);
    });
    if (accessPoint) WiFi.accessPoint({ ...accessPoint, station: true });
    this.startScan();
  }

  /** Stops to look for networks; a link that is up stays. */
  close(): void {
    const { scheduler } = this.options;
    scheduler.cancel(this.retryAlarm);
    scheduler.cancel(this.joinAlarm);
    scheduler.cancel(this.scanAlarm);
    this.wifi?.close();
    this.wifi = undefined;
  }

  /**
   * Scans for the list of access points: at once, or as soon as a join or a hold is over. With `background` only where that disturbs
   * nobody: a scan takes the radio off the channel of our own access point, so without a station link none is made but the first.
   */
  scan(background = false): void {
    if (background && (this.held || this.phase === "joining" || (this.phase !== "joined" && this.scanned))) return;
    this.startScan();
  }

  /** A slot has been set or cleared: that takes effect now. A link through another slot is kept. */
  apply(slot: SlotNumber): void {
    this.policy.changed(slot);
    this.tries = 0;
    if (this.phase === "joined" || this.phase === "joining") {
      if (this.slot !== slot) return;
      this.unlinked();
      WiFi.disconnect();
    }
    this.phase = this.options.slots.any ? "scanning" : "idle";
    // What a running scan has found so far was compared with the old slots.
    if (this.scanning) this.pending = true;
    else this.startScan();
    this.options.onChange();
  }

  /** While held, no scan is started and no network joined: for an upload. A link that is up stays. */
  hold(on: boolean): void {
    this.held = on;
    if (!on && this.pending) this.startScan();
  }

  /**
   * Somebody has a setup page open, or nobody any more. Meanwhile what was tried several times in vain is tried seldom: a person can always
   * ask for a scan, which is followed by a try.
   */
  watch(on: boolean): void {
    if (on === this.watched) return;
    this.watched = on;
    if (!on && !this.scanning && (this.phase === "failed" || this.phase === "scanning")) this.retry();
  }

  // --- scanning ---------------------------------------------------------------------------------------------------------------

  private startScan(): void {
    if (this.scanning) return;
    if (this.held || this.phase === "joining") {
      this.pending = true;
      return;
    }
    const { scheduler, guard, scanTimeout } = this.options;
    const onItem = () => this.onItem();
    this.pending = false;
    scheduler.cancel(this.retryAlarm);
    this.policy.begin();
    try {
      WiFi.scan({ hidden: true }, (item) => {
        this.item = item;
        guard(onItem);
      });
    } catch (error) {
      log.warn("wifi", `no scan: ${error}`);
      if (this.phase !== "joined") this.retry();
      return;
    }
    this.scanning = true;
    scheduler.schedule(this.scanAlarm, scanTimeout ?? 15000);
    if (this.phase !== "joined" && this.options.slots.any) this.enter("scanning");
  }

  private onItem(): void {
    if (!this.scanning) return;
    const item = this.item;
    if (!item) {
      this.scanEnded();
      return;
    }
    this.item = null;
    const ssid = ssidText(item.ssid, this.scratch);
    this.aps.add(ssid, item);
    this.policy.consider(ssid, item);
  }

  private scanEnded(): void {
    const { scheduler, slots, onChange } = this.options;
    scheduler.cancel(this.scanAlarm);
    this.scanning = false;
    this.scanned = true;
    this.aps.end();
    if (this.phase !== "joined" && slots.any) {
      if (this.held) this.pending = true;
      else if (!this.pending) this.choose();
    }
    if (this.pending) this.startScan();
    onChange();
  }

  // --- joining ----------------------------------------------------------------------------------------------------------------

  private choose(): void {
    const { slots } = this.options;
    const candidate = this.policy.choose();
    if (candidate) {
      this.join(candidate);
      return;
    }
    if (this.slot === undefined || slots.ssid(this.slot) === "") this.slot = SLOTS.find((n) => slots.ssid(n) !== "");
    this.phase = "failed";
    this.retry();
  }

  private join(target: Candidate): void {
    const { slot, ssid, bssid, channel } = target;
    const { scheduler, slots, hostname, joinTimeout } = this.options;
    const name = slots.ssid(slot);
    const options: WiFiOptions = { ssid: ssid ?? name };
    const password = slots.passphrase(slot);
    if (password) options.password = password;
    // One access point of the network is named, so that two of the same name are not joined in turn.
    if (bssid) options.bssid = bssid;
    if (channel >= 1 && channel <= 13) options.channel = channel;
    this.target = target;
    this.slot = slot;
    this.ssid = name;
    this.associated = false;
    this.phase = "joining";
    log.notice("wifi", `joins slot ${slot}`);
    scheduler.schedule(this.joinAlarm, joinTimeout ?? 10000);
    try {
      Netif.hostname = hostname();
      WiFi.connect(options);
    } catch (error) {
      log.warn("wifi", `can't join: ${error}`);
      this.failed("failed");
    }
  }

  private onMessage(): void {
    const { phase } = this;
    switch (this.message) {
      case "connect":
        this.associated = true;
        break;
      case "gotIP":
        if (phase === "joining" || phase === "joined") this.joined();
        break;
      case "lostIP":
      case "disconnect":
        if (phase === "joining") this.failed(this.code === -1 ? "password" : this.isNear ? "failed" : "absent");
        else if (phase === "joined") this.lost();
        break;
    }
  }

  private joined(): void {
    const { scheduler, slots } = this.options;
    const slot = this.slot as SlotNumber;
    scheduler.cancel(this.joinAlarm);
    this.address = Netif.address("station");
    this.tries = 0;
    this.policy.joined(this.target as Candidate);
    if (this.phase === "joining") {
      log.notice("wifi", `joined slot ${slot}, address ${this.address?.address}`);
      slots.joined(slot);
    }
    this.enter("joined");
    if (this.pending) this.startScan();
  }

  private lost(): void {
    log.notice("wifi", "link lost");
    this.unlinked();
    this.retry();
    this.enter("scanning");
  }

  private failed(why: JoinFailure): void {
    log.notice("wifi", `slot ${this.slot} not joined: ${why}`);
    this.unlinked();
    this.policy.failed(this.target as Candidate, why);
    this.retry();
    this.enter("failed");
  }

  /** The scan has heard it, or it has answered since. */
  private get isNear(): boolean {
    return this.associated || this.target?.bssid !== undefined;
  }

  /** The driver reports a refused passphrase only after all its attempts, which may take longer than we wait. */
  private joinTimedOut(): void {
    const { slots } = this.options;
    WiFi.disconnect();
    if (this.associated) this.failed("address");
    else this.failed(this.isNear && slots.secured(this.slot as SlotNumber) ? "password" : "failed");
  }

  private unlinked(): void {
    this.options.scheduler.cancel(this.joinAlarm);
    this.associated = false;
    this.address = undefined;
  }

  /** Scans again after a wait that grows. */
  private retry(): void {
    const { scheduler, retries = RETRIES, jitter = 20 } = this.options;
    let delay = retries[Math.min(this.tries, retries.length - 1)] as number;
    if (this.watched && this.tries >= retries.length) delay = Math.max(delay, PATIENCE);
    this.tries++;
    scheduler.schedule(this.retryAlarm, Math.floor(delay * (1 + (Math.random() * jitter) / 100)));
  }

  private enter(phase: NetworkPhase): void {
    this.phase = phase;
    this.options.onChange();
  }
}
