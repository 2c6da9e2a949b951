/**
 * The SDK's "wifi" for QEMU, which has Ethernet and no radio: the cable is an open network called "qemu". Its link comes up with the
 * driver; to join it means to be told of the address. An access point can be made, but nobody is near it.
 */
import { Netif } from "lws/platform/sockets";
import Timer from "timer";
import type { AccessPointOptions, ScanOptions, WiFiMessage, WiFiOptions, WiFiScanItem } from "wifi";

type Callback = (message: WiFiMessage, reason?: number) => void;

const CABLE = "qemu";
/** Milliseconds that a scan takes. */
const SCAN = 100;
/** Milliseconds between two looks for an address. */
const LOOK = 200;

/** In an object of its own, for a class that is preloaded can't change. */
const state: {
  mode: -5 | 0 | 1 | 2 | 3;
  instances: WiFi[];
  scanning: Timer | undefined;
  joining: Timer | undefined;
  joined: boolean;
} = { mode: 0, instances: [], scanning: undefined, joining: undefined, joined: false };

export default class WiFi {
  static readonly Mode = Object.freeze({ off: -5, none: 0, station: 1, accessPoint: 2 });
  static readonly gotIP = "gotIP";
  static readonly lostIP = "lostIP";
  static readonly connected = "connect";
  static readonly disconnected = "disconnect";
  static readonly station_connected = "station_connect";
  static readonly station_disconnected = "station_disconnect";

  private callback: Callback | undefined;

  constructor(options?: WiFiOptions, callback?: Callback) {
    this.callback = callback;
    state.instances.push(this);
    if (options) WiFi.connect(options);
  }

  close(): void {
    this.callback = undefined;
    state.instances = state.instances.filter((instance) => instance !== this);
  }

  static get mode(): -5 | 0 | 1 | 2 | 3 {
    return state.mode;
  }
  static set mode(mode: -5 | 0 | 1 | 2 | 3) {
    state.mode = mode;
    if (mode > 0) WiFi.plugIn();
  }

  static scan(_options?: ScanOptions, callback?: (item: WiFiScanItem | null) => void): void {
    if (!callback) {
      Timer.clear(state.scanning);
      state.scanning = undefined;
      return;
    }
    if (state.scanning) throw new Error("already scanning");
    state.scanning = Timer.set(() => {
      state.scanning = undefined;
      const bssid = new ArrayBuffer(6);
      callback({ ssid: CABLE, rssi: -30, channel: 1, hidden: false, bssid, authentication: "none" });
      callback(null);
    }, SCAN);
  }

  static connect({ ssid }: WiFiOptions): void {
    WiFi.leave();
    let associated = false;
    state.joining = Timer.repeat(() => {
      if (ssid !== CABLE) {
        WiFi.leave();
        WiFi.tell("disconnect");
        return;
      }
      if (!associated) WiFi.tell("connect");
      associated = true;
      if (!Netif.address("station")) return;
      WiFi.leave();
      state.joined = true;
      WiFi.tell("gotIP");
    }, LOOK);
  }

  static disconnect(): void {
    const { joined } = state;
    WiFi.leave();
    if (joined) Timer.set(() => WiFi.tell("disconnect"));
  }

  static accessPoint({ station }: AccessPointOptions): void {
    WiFi.mode = station ? 3 : 2;
  }

  private static plugIn(): void {
    native("lws_ethernet_start").call(this);
  }

  private static leave(): void {
    Timer.clear(state.joining);
    state.joining = undefined;
    state.joined = false;
  }

  private static tell(message: WiFiMessage, reason?: number): void {
    for (const { callback } of state.instances) callback?.(message, reason);
  }
}
