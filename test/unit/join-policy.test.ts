/** Which network is joined next. */
import { JoinPolicy } from "lws/system/join-policy";
import { Settings } from "lws/system/settings";
import { Slots } from "lws/system/slots";
import type { WiFiScanItem } from "wifi";
import { equal, test } from "./harness";

type Heard = [ssid: string, number: number, rssi: number, authentication?: string];

const settings = new Settings({ namespace: "unit-join" });

function policy(...names: string[]): JoinPolicy {
  settings.erase();
  const slots = new Slots({ settings });
  names.forEach((name, n) => {
    slots.set(n as 0 | 1 | 2 | 3, name, name === "open" ? "" : "passphrase");
  });
  return new JoinPolicy(slots);
}

/** "slot:access point" that is joined after a scan that heard these. */
function scan(joins: JoinPolicy, ...heard: Heard[]): string {
  joins.begin();
  for (const [ssid, number, rssi, authentication = "wpa2_psk"] of heard) {
    const bssid = Uint8Array.of(2, 0, 0, 0, 0, number).buffer;
    joins.consider(ssid, { ssid, bssid, rssi, channel: 1, authentication, hidden: false } as WiFiScanItem);
  }
  const choice = joins.choose();
  last = choice;
  return choice ? `${choice.slot}:${choice.bssid ? new Uint8Array(choice.bssid)[5] : "hidden"}` : "";
}

let last: ReturnType<JoinPolicy["choose"]>;

/** The network chosen last refuses. */
function refuse(joins: JoinPolicy, why: "password" | "absent" = "password"): void {
  if (last) joins.failed(last, why);
}

function join(joins: JoinPolicy): void {
  if (last) joins.joined(last);
}

test("join-policy: the strongest, and each slot in turn when they fail", () => {
  const joins = policy("a", "b", "c");
  const heard: Heard[] = [
    ["a", 1, -50],
    ["b", 2, -60],
    ["c", 3, -70],
    ["d", 4, -20],
  ];
  const order: string[] = [];
  for (let i = 0; i < 6; i++) {
    order.push(scan(joins, ...heard));
    refuse(joins);
  }
  equal(order.join(" "), "0:1 1:2 2:3 0:1 1:2 2:3");
  equal(joins.failure(0), "password");
});

test("join-policy: access points of one name take turns, the one that refused last", () => {
  const joins = policy("a");
  const heard: Heard[] = [
    ["a", 1, -40],
    ["a", 2, -60],
    ["a", 3, -80],
  ];
  equal(scan(joins, ...heard), "0:1");
  refuse(joins);
  equal(scan(joins, ...heard), "0:2");
  refuse(joins, "absent");
  equal(scan(joins, ...heard), "0:3");
  join(joins);
  equal(joins.failure(0), "");
  // The refusal counts on, that one was out of range for once does not; the one joined has no advantage of 20 dB.
  equal(scan(joins, ...heard), "0:2");
});

test("join-policy: the one last joined is preferred by 8 dB", () => {
  const joins = policy("a");
  scan(joins, ["a", 1, -60]);
  join(joins);
  equal(scan(joins, ["a", 1, -60], ["a", 2, -52]), "0:1");
  equal(scan(joins, ["a", 1, -60], ["a", 2, -51]), "0:2");
});

test("join-policy: a slot that is set anew forgets who refused", () => {
  const joins = policy("a");
  scan(joins, ["a", 1, -40]);
  refuse(joins);
  joins.changed(0);
  equal(joins.failure(0), "");
  equal(scan(joins, ["a", 1, -40], ["a", 2, -50]), "0:1");
});

test("join-policy: security has to fit, and what hides its name comes last", () => {
  const joins = policy("a", "open", "secret");
  equal(scan(joins, ["a", 1, -30, "none"], ["open", 2, -30]), "");
  equal(joins.failure(0), "password");
  equal(joins.failure(1), "password");
  equal(joins.failure(2), "absent");
  equal(scan(joins, ["", 9, -20], ["open", 2, -90, "none"]), "1:2");
  refuse(joins);
  equal(scan(joins, ["", 9, -20], ["open", 2, -90, "none"]).endsWith("hidden"), true);
});
