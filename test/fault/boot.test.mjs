// @ts-check
/** What the boot loader makes of damaged flash, of the button and of the word that survives a restart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assembleFlash } from "../../tools/lib/flash.mjs";
import { readImage, verifyImage, writeImage } from "../../tools/lib/image.mjs";
import { readState, writeOtadata } from "../../tools/lib/otadata.mjs";
import { FLASH_SIZE, partition, projectPartitions, TABLE_OFFSET } from "../../tools/lib/partitions.mjs";
import { address, servedSetup, withDevice } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { settingsWith } from "../lib/nvs.mjs";
import { OPEN, twelve } from "../lib/radio.mjs";
import { image } from "../lib/upload.mjs";

const WAS_REQUESTED = 0xfaceb00b;
const WAS_BUTTON = 0xf0cedfac;
const NOT_BOOTABLE = 70;

const factory = image("factory");
const ota = image("ota");
const partitions = projectPartitions();

/**
 * A chip with both images, changed.
 * @param {(flash: Buffer) => void} [change]
 */
function damaged(change) {
  const flash = assembleFlash({ factory, ota_0: ota });
  change?.(flash);
  return flash;
}

/** @param {string} label @param {number} at */
const flip = (label, at) => (/** @type {Buffer} */ flash) => {
  flash[address(label, at)] ^= 0x04;
};

/** @param {string} label @param {number} length */
const cut = (label, length) => (/** @type {Buffer} */ flash) => {
  flash.fill(0xff, address(label, length), address(label, partition(partitions, label).size));
};

/** @param {Buffer} otadata */
const select = (otadata) => (/** @type {Buffer} */ flash) => {
  otadata.copy(flash, address("otadata"));
};

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

/** @param {Device} device @param {string[]} [args] @returns {Promise<{ running: string, rtc: number, reset: string }>} */
async function boot(device, args) {
  await device.powerOn(args);
  return device.control("status");
}

/** Bytes of the partitions that hold images, or say which one runs. @param {Device} device */
const imagesOf = (device) => Buffer.concat(["otadata", "factory", "ota_0"].map((label) => device.partition(label)));

/** @type {[name: string, change: (flash: Buffer) => void, reason: RegExp][]} */
const DAMAGES = [
  ["one byte of its segment", flip("ota_0", ota.length >> 1), /checksum failed|SHA-256 does not match/],
  ["its magic byte", flip("ota_0", 0), /invalid magic byte/],
  ["its chip id", flip("ota_0", 12), /made for another chip/],
  ["the length of its segment", flip("ota_0", 31), /invalid segments/],
  ["its hash", flip("ota_0", verifyImage(ota).length - 1), /SHA-256 does not match/],
  ["its second half", cut("ota_0", ota.length >> 1), /checksum failed/],
];

for (const [name, change, reason] of DAMAGES) {
  test(`an application that lost ${name} gives way to the setup image, which stays and changes nothing`, async () => {
    await withDevice({ flash: damaged(change) }, async (device) => {
      const before = imagesOf(device);
      for (let cycle = 0; cycle < 3; cycle++) {
        const mark = device.mark();
        // The second time by a restart, the others by the power.
        if (cycle === 1) await device.control("restart");
        else await device.powerOff();
        const { running } = cycle === 1 ? await device.control("status") : await boot(device);
        assert.equal(running, "factory");
        await device.waitForLine(reason, { after: mark });
        await device.waitForLine(/OTA app partition slot 0 is not bootable/, { after: mark });
        await servedSetup(device, mark);
        assert.ok(imagesOf(device).equals(before));
      }
    });
  });
}

test("an application that is gone gives way to the setup image, and is no longer selected", async () => {
  await withDevice({ flash: damaged(cut("ota_0", 0)) }, async (device) => {
    assert.equal((await boot(device)).running, "factory");
    await device.waitForLine(/nothing is flashed here/);
    await servedSetup(device);
    assert.ok(device.partition("otadata").every((byte) => byte === 0xff));
  });
});

test("otadata selects, and means the setup image where it is not valid", async () => {
  const second = writeOtadata(2);
  const spoilt = writeOtadata(1);
  spoilt[28] ^= 1;
  const newer = Buffer.from(second);
  writeOtadata(3).copy(newer, 0, 0, 4096);
  newer[28] ^= 1;
  /** @type {[name: string, otadata: Buffer, running: string][]} */
  const cases = [
    ["blank", writeOtadata(0), "factory"],
    ["zeros", Buffer.alloc(8192), "factory"],
    ["a wrong checksum", spoilt, "factory"],
    ["the second sector", second, "ota_0"],
    ["a newer entry that is not valid", newer, "ota_0"],
  ];
  for (const [name, otadata, running] of cases) {
    await withDevice({ flash: damaged(select(otadata)) }, async (device) => {
      assert.equal((await boot(device)).running, running, name);
    });
  }
});

/** The application, which resets the chip as soon as it runs. */
function restless() {
  const about = readImage(ota);
  const entries = about.entries.map((entry) => {
    if (entry.name !== "app") return entry;
    const text = `import { Chip as C } from "lws/platform/chip"; C.restart();\n${entry.data.toString("utf8")}`;
    return { ...entry, data: Buffer.from(text) };
  });
  return writeImage(about, entries);
}

test("an application on probation that is reset gives way to setup, and one that was not booted keeps its turn", async () => {
  const flash = assembleFlash({ factory, ota_0: restless() });
  select(writeOtadata(1, "new"))(flash);
  await withDevice({ flash }, async (device) => {
    const state = () => readState(device.partition("otadata"));
    assert.equal((await boot(device, ["--button", "down"])).running, "factory");
    assert.equal(state(), "new");
    await device.powerOff();
    const mark = device.mark();
    await device.powerOn();
    await device.waitForLine(/the image in slot 0 is on probation/, { after: mark });
    await device.waitForLine(/the image in slot 0 has not proved itself: rolling back/, { after: mark });
    await servedSetup(device, mark);
    const { running, reset } = await device.control("status");
    assert.deepEqual([running, reset, state()], ["factory", "restart", "aborted"]);
  });
});

test("the button leads into setup for once", async () => {
  await withDevice({ flash: damaged() }, async (device) => {
    const held = await boot(device, ["--button", "down"]);
    assert.deepEqual([held.running, held.rtc], ["factory", WAS_BUTTON]);
    await servedSetup(device);
    await device.powerOff();
    const free = await boot(device);
    assert.deepEqual([free.running, free.rtc, free.reset], ["ota_0", 0, "power on"]);
  });
});

test("the word that asks for setup works for once", async () => {
  const flash = damaged((bytes) => settingsWith([OPEN]).copy(bytes, address("nvs")));
  await withDevice({ flash, air: twelve() }, async (device) => {
    assert.equal((await boot(device)).running, "ota_0");
    const mark = device.mark();
    const answer = await fetch(`${await device.waitForAddress("station", "https")}esplws-rtf`, { method: "POST" });
    assert.equal(answer.status, 200);
    await device.waitForLine(/RTC word 0xb00bcafe: factory image requested/, { after: mark });
    await servedSetup(device);
    const asked = await device.control("status");
    assert.deepEqual([asked.running, asked.rtc, asked.reset], ["factory", WAS_REQUESTED, "restart"]);
    await device.control("restart");
    const free = await device.control("status");
    assert.deepEqual([free.running, free.rtc, free.reset], ["ota_0", 0, "restart"]);
  });
});

test("a damaged setup image gives way to the application", async () => {
  const change = (/** @type {Buffer} */ flash) => {
    flip("factory", factory.length >> 1)(flash);
    select(writeOtadata(0))(flash);
  };
  await withDevice({ flash: damaged(change) }, async (device) => {
    assert.equal((await boot(device)).running, "ota_0");
    await device.waitForLine(/Factory app partition is not bootable/);
  });
});

/** @type {[name: string, flash: Buffer, message: RegExp][]} */
const DEAD = [
  [
    "both images are damaged",
    damaged((flash) => {
      flip("factory", factory.length >> 1)(flash);
      flip("ota_0", 100)(flash);
    }),
    /No bootable app partitions/,
  ],
  ["both slots are blank", assembleFlash(), /No bootable app partitions/],
  [
    "an entry of the partition table is damaged",
    damaged((flash) => {
      flash[TABLE_OFFSET + 32 + 4] ^= 1;
    }),
    /partition table is unusable/,
  ],
  [
    "the partition table's checksum is damaged",
    damaged((flash) => {
      flash[TABLE_OFFSET + 32 * partitions.length + 16] ^= 1;
    }),
    /partition table is unusable/,
  ],
  [
    "the partition table is cut",
    damaged((flash) => flash.fill(0xff, TABLE_OFFSET + 70, TABLE_OFFSET + 4096)),
    /partition table is unusable/,
  ],
  [
    "the partition table is zeros",
    damaged((flash) => flash.fill(0, TABLE_OFFSET, TABLE_OFFSET + 4096)),
    /partition table/,
  ],
  ["the chip is blank", Buffer.alloc(FLASH_SIZE, 0xff), /the flash is blank/],
];

for (const [name, flash, message] of DEAD) {
  test(`the device stops and says why when ${name}`, async () => {
    await withDevice({ flash, air: twelve() }, async (device) => {
      // The device may be gone before it can be asked anything.
      await device.powerOn().catch(() => {});
      assert.equal(await device.waitForOff(), NOT_BOOTABLE);
      await device.waitForLine(message, { timeout: 1000 });
      assert.match(device.lines.at(-1) ?? "", /^E \(\d+\) boot: .*npm start/);
    });
  });
}
