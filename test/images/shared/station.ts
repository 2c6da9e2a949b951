/**
 * The simplest way on to a network: an access point of an image's own. Where the settings name a network in their first slot it is joined instead, without a
 * passphrase: an emulator's cable.
 */
import KeyValue from "embedded:storage/key-value";
import { Chip } from "lws/platform/chip";
import WiFi from "wifi";

const SETTINGS = "lws-station";
const FIRST = "0ssid";

export function startStation(name: string): void {
  const store = KeyValue.open({ path: SETTINGS, format: "string" });
  const ssid = store.read(FIRST);
  store.close();
  if (ssid) {
    WiFi.mode = 1;
    WiFi.connect({ ssid });
  } else WiFi.accessPoint({ ssid: `${name}-${Chip.mac.slice(6)}` });
}
