/** The simplest way on to a network: the access point alone. */
import { Chip } from "lws/platform/chip";
import WiFi from "wifi";

export function startStation(): void {
  WiFi.accessPoint({ ssid: `bench-${Chip.mac.slice(6)}` });
}
