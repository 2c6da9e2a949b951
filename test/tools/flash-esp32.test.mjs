// @ts-check
/** From a build to a chip: with an SDK that is made of paper, and a chip made of software. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildForChip } from "../../tools/lib/esp32/build.mjs";
import { builtFiles, emulatedFiles } from "../../tools/lib/esp32/built.mjs";
import { targetNamed } from "../../tools/lib/esp32/targets.mjs";
import { findToolchain } from "../../tools/lib/esp32/toolchain.mjs";
import { planFlash } from "../../tools/lib/flash-plan.mjs";
import { flashChip } from "../../tools/lib/flasher.mjs";
import { APPLICATION, SETUP } from "../../tools/lib/image.mjs";
import { readOtadata, writeOtadata } from "../../tools/lib/otadata.mjs";
import { readTable } from "../../tools/lib/partitions.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";
import { FakeChip } from "../lib/fake-chip.mjs";
import { FakeSdk } from "../lib/fake-sdk.mjs";

const sdk = new FakeSdk();
after(() => sdk.remove());
const esp32 = targetNamed();
const plans = [
  { name: "factory", folder: join(ROOT, "factory"), app: "lws-setup", kind: SETUP, slot: "factory" },
  { name: "ota", folder: join(ROOT, "ota"), app: "lws-demos", kind: APPLICATION, slot: "ota_0" },
];

before(async () => {
  const prepared = { from: { version: "1.0", unixtime: 0, minimum: "0" }, plans };
  for (const chip of ["esp32", "esp32c3"]) {
    const target = targetNamed(chip);
    const toolchain = findToolchain(target, sdk.env());
    for (const plan of plans) await buildForChip(toolchain, plan, { target, prepared, out: sdk.out, print() {} });
  }
});

/** @param {FakeChip} chip @param {{ image?: string, boot?: string }} [choice] @param {string} [nvs] */
function flash(chip, choice = {}, nvs) {
  const files = { ...builtFiles(esp32, { out: sdk.out, ...choice }), ...(nvs && { nvs }) };
  return flashChip(planFlash(files), { path: "/dev/ttyUSB0", attempts: 1, openBinding: chip.open });
}

/** @param {string} name */
const built = (name) => readFileSync(join(sdk.out, "esp32", name, "xs_esp32.bin"));

test("a chip that ran something else starts with the setup image, and has the application in its slot", async () => {
  const chip = new FakeChip();
  writeOtadata(1).copy(chip.flash, 0xf000);
  const nvs = sdk.write("unit.csv", "key,type,encoding,value\nlws-station,namespace,,\nserial,data,string,A1B2C3\n");
  await flash(chip, {}, nvs);
  assert.equal(chip.flash[0x1000], 0xe9);
  assert.ok(readTable(chip.flash.subarray(0x8000, 0x9000)).length > 0);
  for (const [name, offset] of /** @type {const} */ ([
    ["factory", 0x20000],
    ["ota", 0x1f0000],
  ])) {
    const image = built(name);
    assert.deepEqual(chip.flash.subarray(offset, offset + image.length), image);
  }
  assert.equal(readOtadata(chip.flash.subarray(0xf000, 0x11000)), 0);
  assert.ok(chip.flash.subarray(0x9000, 0xf000).includes("A1B2C3"));
  assert.equal(chip.started, "application");
});

test("the application starts if it is to, and may be left out", async () => {
  const chip = new FakeChip();
  await flash(chip, { boot: "ota" });
  assert.equal(readOtadata(chip.flash.subarray(0xf000, 0x11000)), 1);
  const other = new FakeChip();
  await flash(other, { image: "none" });
  assert.ok(other.flash.subarray(0x1f0000).every((byte) => byte === 0xff));
});

test("what can't be flashed is said before anything is written", async () => {
  const c3 = targetNamed("esp32c3");
  const chip = new FakeChip();
  const plan = planFlash(builtFiles(c3, { out: sdk.out }));
  await assert.rejects(flashChip(plan, { path: "x", attempts: 1, openBinding: chip.open }), {
    message: "the images are for the ESP32-C3, and this chip is an ESP32",
  });
  const large = join(sdk.out, "esp32", "ota", "xs_esp32.bin");
  const whole = readFileSync(large);
  writeFileSync(large, Buffer.concat([whole, Buffer.alloc(0x210000)]));
  await assert.rejects(async () => flash(chip), /only 2162688$/);
  writeFileSync(large, readFileSync(join(sdk.out, "esp32c3", "ota", "xs_esp32.bin")));
  await assert.rejects(async () => flash(chip), /is for the ESP32-C3, and another file for the ESP32$/);
  writeFileSync(large, whole);
  assert.ok(chip.flash.every((byte) => byte === 0xff));
  for (const [choice, sentence] of /** @type {[object, RegExp][]} */ ([
    [{ image: "seam" }, /^there is no .*esp32\/seam\/xs_esp32\.bin: npm run build:esp32 -- --image seam makes it$/],
    [{ boot: "other" }, /^--boot other: it is factory or ota$/],
    [{ image: "none", boot: "none" }, /^--boot none: it is factory$/],
  ])) {
    assert.throws(() => builtFiles(esp32, { out: sdk.out, ...choice }), { message: sentence });
  }
  assert.throws(
    () => emulatedFiles(c3, "factory", { out: sdk.out }),
    /build:esp32 -- --chip esp32c3 --qemu --image factory/,
  );
});

test("the command ends with one sentence and code 1", () => {
  for (const [args, sentence] of /** @type {const} */ ([
    [["--chip", "esp8266"], /^lws-xs: error: --chip esp8266: it is one of esp32, esp32c3, esp32s3\n$/],
    [["--wrong"], /^lws-xs: error: unknown option '--wrong'; see --help\n$/],
    [["--port", "x", "y"], /^lws-xs: error: what is y\? see --help\n$/],
  ])) {
    const { status, stderr } = spawnSync(process.execPath, ["tools/flash.mjs", ...args], {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(status, 1);
    assert.match(stderr, sentence);
  }
});
