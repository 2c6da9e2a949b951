/** The networks in range. */
import { Auth, authOf, ScanList, ssidText } from "lws/system/scan-list";
import type { WiFiScanItem } from "wifi";
import { equal, test } from "./harness";

function heard(list: ScanList, ssid: string, station: number, rssi: number, authentication = "wpa2_psk"): void {
  const bssid = Uint8Array.of(0xaa, 0xbb, 0xcc, 0, 0x0d, station).buffer as ArrayBuffer;
  const item: WiFiScanItem = { ssid, rssi, channel: station, hidden: false, bssid, authentication };
  list.add(ssid, item);
}

function names(list: ScanList): string {
  let text = "";
  for (let i = 0; i < list.length; i++) text += `${list.at(i)?.ssid} `;
  return text.trim();
}

test("scan list: strongest first, each as the page shows it", () => {
  const list = new ScanList();
  heard(list, "b", 2, -70);
  heard(list, "a", 1, -40, "none");
  heard(list, "c", 3, -90);
  equal(names(list), "a b c");
  equal(list.at(0)?.bssid, "AA:BB:CC:00:0D:01");
  equal(list.at(0)?.auth, Auth.open);
  equal(list.at(0)?.channel, 1);
  equal(list.at(3), undefined);
});

test("scan list: the same point again is one entry, with the mean of its strength", () => {
  const list = new ScanList();
  heard(list, "a", 1, -40);
  heard(list, "a", 1, -61);
  equal(list.length, 1);
  equal(list.at(0)?.rssi, -50);
  heard(list, "a", 2, -80);
  equal(list.length, 2, "another point of the same name");
});

test("scan list: the mean follows, even after days", () => {
  const list = new ScanList();
  for (let i = 0; i < 2000; i++) heard(list, "a", 1, -90);
  for (let i = 0; i < 1000; i++) heard(list, "a", 1, -30);
  const rssi = list.at(0)?.rssi ?? 0;
  equal(rssi > -40 && rssi <= -30, true, String(rssi));
});

test("scan list: a full list gives up its weakest for a stronger one only", () => {
  const list = new ScanList({ limit: 3 });
  heard(list, "a", 1, -50);
  heard(list, "b", 2, -60);
  heard(list, "c", 3, -70);
  heard(list, "d", 4, -80);
  equal(names(list), "a b c");
  heard(list, "e", 5, -55);
  equal(names(list), "a e b");
});

test("scan list: what is not heard for three scans is forgotten", () => {
  const list = new ScanList();
  heard(list, "a", 1, -50);
  for (let scan = 0; scan < 3; scan++) {
    equal(list.length, scan === 0 ? 1 : 2);
    heard(list, "b", 2, -60);
    list.end();
  }
  heard(list, "b", 2, -60);
  list.end();
  equal(names(list), "b");
});

test("scan list: a network that hides its name is left out", () => {
  const list = new ScanList();
  heard(list, "", 1, -50);
  equal(list.length, 0);
});

test("scan list: names as text", () => {
  const scratch = new Uint8Array(32);
  equal(ssidText("Coffee <b>", scratch), "Coffee <b>");
  equal(ssidText("é€", scratch), "é€");
  equal(ssidText("x".repeat(32), scratch).length, 32);
  equal(ssidText("x".repeat(33), scratch), "");
  equal(ssidText("", scratch), "");
});

test("scan list: words for security", () => {
  equal(authOf("none"), Auth.open);
  equal(authOf("wep"), Auth.wep);
  equal(authOf("wpa3_psk"), Auth.wpa3);
  equal(authOf("wpa_wpa2_psk"), Auth.wpaWpa2);
  equal(authOf("something new") === Auth.open, false, "what is not known is not open");
});
