/**
 * The SDK's "wifi" for boards, with the SDK's C, but for the scan: its own keeps some bytes of each scan for ever, which adds up to the whole memory within
 * days where a unit looks for a network that is away, and it has no word for WPA3.
 */
import type { AccessPointOptions, ScanOptions, WiFiMessage, WiFiOptions, WiFiScanItem } from "wifi";

type Callback = (message: WiFiMessage, reason?: number) => void;

export default class WiFi extends Native("xs_wifi_destructor") {
  static readonly Mode = Object.freeze({ off: -5, none: 0, station: 1, accessPoint: 2 });
  static readonly gotIP = "gotIP";
  static readonly lostIP = "lostIP";
  static readonly connected = "connect";
  static readonly disconnected = "disconnect";
  static readonly station_connected = "station_connect";
  static readonly station_disconnected = "station_disconnect";

  constructor(options?: WiFiOptions, callback?: Callback) {
    super();
    native("xs_wifi_constructor").call(this, options, callback);
  }
  close(): void {
    native("xs_wifi_close").call(this);
  }
  set onNotify(callback: Callback) {
    native("xs_wifi_set_onNotify").call(this, callback);
  }
  /** What the constructor calls. */
  build(options?: WiFiOptions, callback?: Callback): void {
    if (options) WiFi.connect(options);
    if (callback) this.onNotify = callback;
  }

  static get mode(): number {
    return native("xs_wifi_get_mode").call(this);
  }
  static set mode(mode: -5 | 0 | 1 | 2 | 3) {
    native("xs_wifi_set_mode").call(this, mode);
  }
  static scan(options?: ScanOptions, callback?: (item: WiFiScanItem | null) => void): void {
    native("lws_wifi_scan").call(this, options, callback);
  }
  static connect(options?: WiFiOptions): void {
    native("xs_wifi_connect").call(this, options);
  }
  static disconnect(): void {
    WiFi.connect();
  }
  static accessPoint(options: AccessPointOptions): void {
    native("xs_wifi_accessPoint").call(this, options);
  }
}
