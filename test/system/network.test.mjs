// @ts-check
/** Which network is joined, while the radio changes underneath. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AirDevice, failedFor, withAir } from "../lib/air.mjs";
import { readNvs } from "../lib/nvs.mjs";
import { accessPoint, OPEN, PLAIN } from "../lib/radio.mjs";

/** The same name and passphrase at another place. @param {string} address @param {object} [other] */
const like = (address, other = {}) => ({ ...PLAIN, address, ...other });
const FIRST = like("192.168.1.51");
const SECOND = like("192.168.1.52");
/** Milliseconds in which a unit that nobody uses would have gone back into its application. */
const PATIENT = 40_000;
/** All waits are the device's. */
const FAST = { speed: 8 };

test("a name of 32 bytes with quotes and a passphrase of 63: joined within 25 s, without a restart", async () => {
  const network = {
    ssid: 'Thirty-two bytes with "quotes" \\',
    passphrase: `"${"p".repeat(61)}\\`,
    address: "10.9.8.7",
  };
  assert.deepEqual([network.ssid.length, network.passphrase.length], [32, 63]);
  await withAir(new AirDevice([], [accessPoint(network, 1)], FAST), async (device) => {
    const page = await device.page();
    const { boots } = await device.figures();
    page.setSlot(0, network.ssid, network.passphrase);
    assert.ok((await device.at(network.address, 25)) <= 25);
    assert.equal((await device.figures()).boots, boots);
    page.close();
  });
});

test("a wrong passphrase in slot 0 and a good slot 1: connected through slot 1 within 30 s", async () => {
  const wrong = { ...OPEN, ssid: "Strong", passphrase: "not this one" };
  const air = [accessPoint({ ...wrong, passphrase: "but this one" }, 1, "rssi=-30 delay=1200"), accessPoint(PLAIN, 2)];
  await withAir(new AirDevice([wrong, PLAIN], air, FAST), async (device) => {
    assert.ok((await device.at(PLAIN.address, 30)) <= 30);
    await device.waitForLine(/slot 0 not joined: password/);
  });
});

/** @type {[what: string, network: import("../lib/radio.mjs").Network, more?: string][]} */
const KINDS = [
  ["a key of 64 hex digits", like("10.1.1.1", { passphrase: "0123456789abcdefABCDEF".padEnd(64, "7") })],
  ["an open one", OPEN],
  ["WPA3", PLAIN, "security=wpa3"],
  ["WPA and WPA2", PLAIN, "security=wpa/wpa2"],
  ["one that hides its name", PLAIN, "hidden=yes"],
  ["a hidden one with a key", like("10.1.1.2", { passphrase: "f".repeat(64) }), "hidden=yes"],
];
for (const [what, network, more] of KINDS) {
  test(`joined: ${what}`, async () => {
    await withAir(new AirDevice([network], [accessPoint(network, 1, more)], FAST), (device) =>
      device.at(network.address),
    );
  });
}

test("the page is told what secures each network", async () => {
  const kinds = ["open", "wep", "wpa", "wpa2", "wpa/wpa2", "wpa3"];
  const air = kinds.map((kind, i) =>
    accessPoint(
      { ...PLAIN, ssid: kind, passphrase: kind === "open" ? "" : "secret enough" },
      i + 1,
      `security=${kind}`,
    ),
  );
  await withAir(new AirDevice([], air, FAST), async (device) => {
    const page = await device.page();
    const { aps } = await page.next((message) => message["aps"]?.length === kinds.length);
    const codes = Object.fromEntries(aps.map((/** @type {any} */ ap) => [ap.ssid, Number(ap.auth)]));
    assert.deepEqual(codes, { open: 0, wep: 1, wpa: 2, wpa2: 3, "wpa/wpa2": 4, wpa3: 6 });
    page.close();
  });
});

test("a name of 32 bytes that are no UTF-8 is shown, stored and joined", async () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => 0xe0 + i));
  const raw = Array.from(bytes, (byte) => `\\x${byte.toString(16)}`).join("");
  const line = accessPoint({ ...PLAIN, ssid: "RAW" }, 1).replace('"RAW"', () => `"${raw}"`);
  await withAir(new AirDevice([], [line], FAST), async (device) => {
    const page = await device.page();
    const { aps } = await page.next((message) => message["aps"]?.length === 1);
    assert.equal(aps[0].ssid, bytes.toString("latin1"));
    page.setSlot(2, aps[0].ssid, PLAIN.passphrase);
    await device.at(PLAIN.address);
    page.close();
    await device.powerOff();
    await device.powerOn(device.held);
    await device.at(PLAIN.address);
  });
});

test("the page is told wrong passphrase, out of range and no address apart", async () => {
  const air = [
    accessPoint(like("10.0.0.1", { ssid: "refuses" }), 1),
    accessPoint(like("10.0.0.2", { ssid: "refuses slowly" }), 2, "delay=4000"),
    accessPoint(like("10.0.0.3", { ssid: "gives nothing", passphrase: "right one" }), 3, "address=none"),
  ];
  await withAir(new AirDevice([], air, FAST), async (device) => {
    const page = await device.page();
    for (const [ssid, reason] of [
      ["refuses", "password"],
      ["refuses slowly", "password"],
      ["gives nothing", "address"],
      ["is not there", "absent"],
    ]) {
      await failedFor(page, "0", reason, page.setSlot(0, ssid, "right one"));
    }
    page.close();
  });
});

test("the strongest of one name is joined and kept; a stronger one only when the link is lost, and only if clearly stronger", async () => {
  const air = [accessPoint(FIRST, 1, "rssi=-50"), accessPoint(SECOND, 2, "rssi=-55")];
  await withAir(new AirDevice([PLAIN], air, FAST), async (device) => {
    await device.at(FIRST.address);
    const mark = device.mark();
    await device.set(SECOND, 2, "rssi=-45");
    const page = await device.page();
    await page.state(page.send({ scan: "1" }));
    await device.pass(2500);
    assert.deepEqual(
      device.lines.slice(mark).filter((line) => /link lost|joins/.test(line)),
      [],
    );
    page.close();
    // It goes, and is there again before anybody looks: the other is a little stronger by now.
    await device.vanish(1);
    await device.set(FIRST, 1, "rssi=-50");
    await device.at(FIRST.address);
    await device.set(SECOND, 2, "rssi=-41");
    await device.vanish(1);
    await device.set(FIRST, 1, "rssi=-50");
    await device.at(SECOND.address);
  });
});

test("a twin with another passphrase is passed over, even where it is stronger", async () => {
  const twin = like("10.66.6.6", { passphrase: "another one" });
  await withAir(
    new AirDevice([PLAIN], [accessPoint(twin, 1, "rssi=-30"), accessPoint(FIRST, 2, "rssi=-60")], FAST),
    async (device) => {
      await device.at(FIRST.address);
      // It is not tried first when the link is lost for a moment.
      const mark = device.mark();
      await device.vanish(2);
      await device.set(FIRST, 2, "rssi=-60");
      await device.at(FIRST.address);
      assert.equal(
        device.lines.slice(mark).some((line) => line.includes("not joined")),
        false,
        device.tail(),
      );
      // But it is when it is the only one left, for it may have been given the passphrase meanwhile.
      await device.set(like("10.66.6.6"), 1, "rssi=-30");
      await device.vanish(2);
      await device.at("10.66.6.6");
    },
  );
});

test("an open twin does not stand in for a network with a passphrase", async () => {
  const twin = like("10.66.6.6", { passphrase: "" });
  await withAir(
    new AirDevice([PLAIN], [accessPoint(twin, 1, "rssi=-20"), accessPoint(FIRST, 2, "rssi=-80")], FAST),
    (device) => device.at(FIRST.address),
  );
});

test("a router that restarts is joined again, on another channel too; with another passphrase once it is told", async () => {
  await withAir(new AirDevice([PLAIN], [accessPoint(PLAIN, 1, "channel=3")], FAST), async (device) => {
    await device.at(PLAIN.address);
    await device.vanish(1);
    await device.at("");
    await device.waitForLine(/slot 0 not joined|link lost/);
    await device.pass(2500);
    await device.set(PLAIN, 1, "channel=11");
    await device.at(PLAIN.address);
    assert.equal((await device.control("status")).channel, 11);
    const changed = { ...PLAIN, passphrase: "a new passphrase" };
    await device.set(changed, 1);
    const page = await device.page();
    await failedFor(page, "0", "password");
    page.setSlot(0, changed.ssid, changed.passphrase);
    await device.at(PLAIN.address);
    page.close();
  });
});

test("an application without network goes back to setup when it was told to, and returns by itself", async () => {
  const device = new AirDevice([PLAIN], [accessPoint(PLAIN, 1)], { speed: 16, ota_0: "fallback" });
  await withAir(device, async () => {
    await device.at(PLAIN.address);
    await device.vanish(1);
    await device.at("");
    await device.pass(1500);
    await device.set(PLAIN, 1);
    await device.at(PLAIN.address);
    await device.pass(8500);
    assert.equal((await device.control("status")).running, "ota_0");
    await device.vanish(1);
    const mark = device.mark();
    await device.waitForLine(/no network for too long/);
    await device.waitForLine(/^lws-xs: access point .* https/, { after: mark });
    assert.equal((await device.control("status")).running, "factory");
    // The network is back, but somebody is on the page: the unit stays, until nobody has been there for half a minute.
    const page = await device.page();
    await device.set(PLAIN, 1);
    await device.at(PLAIN.address);
    await device.pass(PATIENT);
    assert.equal((await device.control("status")).running, "factory");
    page.close();
    const left = Date.now();
    await device.waitForLine(/the network is back/, { after: mark });
    const took = (Date.now() - left) * device.speed;
    assert.ok(took > 24_000, `${took} ms`);
    await device.waitForLine(/unit: lws-/, { after: device.mark() });
    assert.equal((await device.control("status")).running, "ota_0");
    await device.at(PLAIN.address);
    // Who is sent into setup by hand finds it there for as long as he likes.
    assert.equal(readNvs(device.partition("nvs")).get("lws-station/fallen"), undefined);
  });
});
