/** The state that setup pages get: JSON whatever neighbours call their networks, in pieces of bounded size. */
import { Bytes } from "lws/platform/bytes";
import { ScanList } from "lws/system/scan-list";
import { StateMessage, type StateSource } from "lws/system/state";
import type { WiFiScanItem } from "wifi";
import { equal, test } from "./harness";

const hostile: readonly string[] = [
  '"',
  "\\",
  '","x":"y',
  "</script><b>",
  "\u0001\u001f\u007f\u0080",
  "\b\f\n\r\t/",
  "\u2028\u2029",
  "é€😀",
  "\\u0000",
  '"]}',
  "\u0001".repeat(32),
  '"'.repeat(32),
];

function item(index: number): WiFiScanItem {
  const bssid = Uint8Array.of(2, 0, 0, 0, 0, index).buffer as ArrayBuffer;
  return { ssid: "", rssi: -40 - index, channel: 1 + index, hidden: false, bssid, authentication: "wpa2_psk" };
}

function offer(text: string) {
  return { version: text.slice(0, 31), date: text.slice(0, 31), size: 2162688, newer: true, js: false };
}

/** A unit whose every text is `text`, among networks of hostile names. */
function source(text: string, networks: readonly string[]): StateSource {
  const aps = new ScanList();
  for (const [index, ssid] of networks.entries()) aps.add(ssid, item(index));
  const unit = {
    identity: {
      model: "lws",
      serial: text.slice(0, 14),
      opts: text.slice(0, 14),
      host: "lws-1",
      mac: "0",
      group: "",
      role: "",
      region: "2",
    },
    settings: { health: "ok" },
    slots: { ssid: () => text, secured: () => true, use: () => 4294967295 },
    network: { address: undefined, ssid: text, phase: "scanning", slot: undefined, reason: "", aps },
    button: { pressed: false },
    update: { state: "receiving", id: "0123456789abcdef0123456789abcdef", from: "server" },
    portal: { verdict: "no internet" },
    unsigned: true,
    rolled: { info: { app: text.slice(0, 24), git: text.slice(0, 24) }, reason: "native memory full", canStart: true },
    updates: {
      state: "checking",
      error: "UPDATE_MANIFEST_SIGNATURE",
      checked: 4294967295,
      url: `https://${"a".repeat(192)}`,
      auto: true,
      app: offer(text),
      factory: undefined,
    },
    present: true,
    started: 0,
  };
  return unit as unknown as StateSource;
}

/** All pieces together. */
function text(message: StateMessage): string {
  let all = "";
  message.begin();
  for (let piece = message.next(); piece !== undefined; piece = message.next()) {
    equal(piece === "", false, "an empty piece");
    equal(Bytes.size(piece) <= 512, true, `a piece of ${Bytes.size(piece)} bytes`);
    all += piece;
  }
  equal(message.done, true);
  return all;
}

test("state: whatever networks are called, the message is JSON and says it right", () => {
  for (const name of hostile) {
    const state = JSON.parse(text(new StateMessage(source(name, hostile))));
    equal(state.ssid, name);
    equal(state.known.length, 4);
    for (const slot of state.known) equal(slot.ssid, name);
    equal(state.latest.app.version, name.slice(0, 31));
    equal(state.rolled.version, name.slice(0, 24));
    equal(JSON.stringify(state.latest.factory), "{}");
    equal(state.known[0].use, "4294967295");
    equal(state.aps.length, hostile.length);
    hostile.forEach((ssid, index) => {
      equal(state.aps[index].ssid, ssid);
      equal(state.aps[index].rssi, String(-40 - index));
    });
  }
});

test("state: every scalar is a string", () => {
  const check = (value: unknown, path: string): void => {
    if (typeof value === "string") return;
    equal(typeof value === "object" && value !== null, true, path);
    for (const [name, member] of Object.entries(value as object)) check(member, `${path}.${name}`);
  };
  check(JSON.parse(text(new StateMessage(source("a", ["b"])))), "state");
});

test("state: no networks", () => {
  equal(JSON.parse(text(new StateMessage(source("", [])))).aps.length, 0);
});

test("state: begins anew at any point, and is JSON when values change on the way", () => {
  const networks = hostile.slice(0, 3);
  const state = source("a", networks);
  const message = new StateMessage(state);
  equal(message.done, true);
  equal(message.next(), undefined);
  message.begin();
  message.next();
  message.next();
  message.begin();
  let all = "";
  let pieces = 0;
  for (let piece = message.next(); piece !== undefined; piece = message.next()) {
    all += piece;
    pieces++;
    state.network.aps.add(`new ${pieces}`, { ...item(100 + pieces), rssi: -20 });
  }
  JSON.parse(all);
});
