/** The four access point slots, in the device's own settings memory. */
import { Settings } from "lws/system/settings";
import { Slots } from "lws/system/slots";
import { equal, test, throws } from "./harness";

const settings = new Settings({ namespace: "unit-slots" });

function fresh(): Slots {
  settings.erase();
  return new Slots({ settings });
}

test("slots: a new unit has four empty ones", () => {
  const slots = fresh();
  equal(slots.any, false);
  for (const n of [0, 1, 2, 3] as const) {
    equal(slots.ssid(n), "");
    equal(slots.secured(n), false);
    equal(slots.passphrase(n), "");
    equal(slots.use(n), 0);
  }
});

test("slots: what is set is there after a start", () => {
  const slots = fresh();
  const ssid = '32 bytes "<b>\\ é€😀 xxxxxxx';
  slots.set(0, ssid, "p".repeat(63));
  slots.set(3, "open", "");
  for (const now of [slots, new Slots({ settings: new Settings({ namespace: "unit-slots" }) })]) {
    equal(now.ssid(0), ssid);
    equal(now.passphrase(0), "p".repeat(63));
    equal(now.secured(0), true);
    equal(now.ssid(3), "open");
    equal(now.secured(3), false);
    equal(now.ssid(1), "");
    equal(now.any, true);
  }
});

test("slots: clearing leaves nothing behind", () => {
  const slots = fresh();
  slots.set(1, "a", "12345678");
  slots.joined(1);
  slots.clear(1);
  equal(slots.any, false);
  equal(new Slots({ settings }).passphrase(1), "");
  equal(settings.empty, true, "flash");
});

test("slots: network names have 1 to 32 bytes", () => {
  const slots = fresh();
  slots.set(0, "x".repeat(32), "");
  slots.set(0, "é".repeat(16), "");
  // No UTF-8 of 32 bytes, but 32 bytes that are no UTF-8.
  slots.set(1, "é".repeat(32), "");
  for (const bad of ["", "x".repeat(33), "é".repeat(33), "€".repeat(11), "a\u0000b", "\ud800", "a\udc00"]) {
    throws(() => slots.set(0, bad, ""), "BAD_SSID");
  }
  equal(slots.ssid(0), "é".repeat(16));
});

test("slots: a passphrase has 8 to 63 characters, or is a key of 64 hex digits", () => {
  const slots = fresh();
  for (const good of ["", "12345678", "x".repeat(63), "0123456789abcdefABCDEF0123456789".repeat(2), '" \\<b>~&']) {
    slots.set(0, "a", good);
    equal(slots.passphrase(0), good);
  }
  for (const bad of ["1", "1234567", "x".repeat(64), "x".repeat(65), "1234567\u0000", "1234567\n", "1234567\u007f"]) {
    throws(() => slots.set(0, "a", bad), "BAD_PASSPHRASE");
  }
  equal(slots.passphrase(0), '" \\<b>~&');
});

test("slots: the count of joins belongs to the network", () => {
  const slots = fresh();
  slots.set(2, "a", "12345678");
  slots.joined(2);
  slots.joined(2);
  equal(slots.use(2), 2);
  slots.set(2, "a", "87654321");
  equal(slots.use(2), 2, "another passphrase");
  slots.set(2, "b", "87654321");
  equal(slots.use(2), 0, "another network");
  equal(new Slots({ settings }).use(2), 0);
});
