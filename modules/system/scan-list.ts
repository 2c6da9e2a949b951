/**
 * The access points in range, as the setup page lists them: gathered over several scans, strongest first, at most {@link ScanListOptions.limit}.
 * A neighbour chooses the name of his network, so names are taken as bytes that may be anything.
 */
import { Bytes } from "lws/platform/bytes";
import type { WiFiScanItem } from "wifi";

/** Security as the setup page counts it. */
export const enum Auth {
  open,
  wep,
  wpa,
  wpa2,
  wpaWpa2,
  enterprise,
  wpa3,
}

export interface ScanListOptions {
  /** Access points remembered. Default 12. */
  limit?: number;
  /** Scans after which one that was not heard is forgotten. Default 3. */
  age?: number;
}

/** One access point. */
export class AccessPoint {
  channel = 0;
  auth = Auth.open;
  /** @internal Number of the scan that heard it last. */
  seen = 0;
  private sum = 0;
  private count = 0;

  constructor(
    readonly ssid: string,
    /** "AA:BB:CC:DD:EE:FF" */
    readonly bssid: string,
  ) {}

  /** Mean signal strength in dBm, rounded. */
  get rssi(): number {
    return Math.round(this.sum / this.count);
  }

  /** @internal Old measurements fade: beyond 127 their weight is halved. */
  measure(rssi: number): void {
    this.sum += rssi;
    if (++this.count > 127) {
      this.sum /= 2;
      this.count /= 2;
    }
  }
}

export class ScanList {
  private points: AccessPoint[] = [];
  private limit: number;
  private age: number;
  private scan = 0;

  constructor(options: ScanListOptions = {}) {
    this.limit = options.limit ?? 12;
    this.age = options.age ?? 3;
  }

  get length(): number {
    return this.points.length;
  }

  /** The access point at `index`, strongest first. */
  at(index: number): AccessPoint | undefined {
    return this.points[index];
  }

  /** Takes one result of the scan that runs, with its name as {@link ssidText} gives it. Networks that hide theirs are left out. */
  add(ssid: string, item: WiFiScanItem): void {
    if (ssid === "") return;
    const bssid = bssidText(item.bssid);
    const points = this.points;
    let point: AccessPoint | undefined;
    for (const p of points) if (p.bssid === bssid && p.ssid === ssid) point = p;
    if (!point) {
      if (points.length >= this.limit) {
        const weakest = points[points.length - 1] as AccessPoint;
        if (weakest.rssi >= item.rssi) return;
        points.pop();
      }
      point = new AccessPoint(ssid, bssid);
      points.push(point);
    }
    point.measure(item.rssi);
    point.channel = item.channel;
    point.auth = authOf(item.authentication);
    point.seen = this.scan;
    points.sort(byStrength);
  }

  /** The scan is complete: forgets what has not been heard for long. */
  end(): void {
    const oldest = this.scan - this.age;
    this.points = this.points.filter((point) => point.seen > oldest);
    this.scan++;
  }
}

function byStrength(a: AccessPoint, b: AccessPoint): number {
  return b.rssi - a.rssi;
}

/**
 * The name of a network as text that can be shown and stored. The driver hands its bytes on unchecked; where they are not UTF-8 each
 * becomes a character. To join such a network the driver's own bytes are handed back to it.
 */
export function ssidText(raw: string, scratch: Uint8Array): string {
  const end = Bytes.put(raw, scratch, 0);
  if (end < 0) return "";
  return Bytes.text(scratch, 0, end) ?? Bytes.latin1(scratch, 0, end);
}

function bssidText(bssid: ArrayBuffer): string {
  const bytes = new Uint8Array(bssid);
  let text = "";
  for (let i = 0; i < 6; i++) {
    const digits = (bytes[i] as number).toString(16).toUpperCase();
    text += `${i ? ":" : ""}${digits.padStart(2, "0")}`;
  }
  return text;
}

/** The SDK's word for the security of a network as the page counts it. */
export function authOf(word: string): Auth {
  switch (word) {
    case "none":
      return Auth.open;
    case "wep":
      return Auth.wep;
    case "wpa_psk":
      return Auth.wpa;
    case "wpa2_psk":
      return Auth.wpa2;
    case "wpa2_enterprise":
      return Auth.enterprise;
    case "wpa3_psk":
      return Auth.wpa3;
    default:
      return Auth.wpaWpa2;
  }
}
