// @ts-check
/** Flashing over a serial line, with a chip made of software at its other end: what arrives, and what is refused before it begins. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { planFlash } from "../../tools/lib/flash-plan.mjs";
import { flashChip } from "../../tools/lib/flasher.mjs";
import { APPLICATION, ESP32_CHIP, SETUP, VIRTUAL_CHIP, wrapSegments, writeImage } from "../../tools/lib/image.mjs";
import { readNvs } from "../../tools/lib/nvs.mjs";
import { readOtadata } from "../../tools/lib/otadata.mjs";
import { partition, projectPartitions, writeTable } from "../../tools/lib/partitions.mjs";
import { PARTITIONS, ROOT } from "../../tools/lib/paths.mjs";
import { FakeChip } from "../lib/fake-chip.mjs";

const folder = mkdtempSync(join(tmpdir(), "lws-xs-serial-"));
after(() => rmSync(folder, { recursive: true }));

/** @param {string} name @param {Buffer | string} contents */
function file(name, contents) {
  writeFileSync(join(folder, name), contents);
  return join(folder, name);
}

const text = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i) >> 3));
/** @param {number} kind @param {number} [chip] @param {Buffer} [data] */
const image = (kind, chip = ESP32_CHIP, data = text) =>
  writeImage({ version: "1.2.3", app: "lamp", kind, chip }, [{ kind: 2, name: "text", data }]);

const setup = image(SETUP);
const application = image(APPLICATION);
const loader = wrapSegments(ESP32_CHIP, [{ address: 0x3fff0000, data: Buffer.alloc(0x4000, 7) }]);
const files = {
  factory: file("factory.bin", setup),
  app: file("app.bin", application),
  bootloader: file("bootloader.bin", loader),
  nvs: file("unit.csv", "key,type,encoding,value\nlws-station,namespace,,\nserial,data,string,A1B2C3\n"),
};
const partitions = projectPartitions();
/** @param {string} label @param {Buffer} flash */
const slot = (label, flash) => {
  const { offset, size } = partition(partitions, label);
  return flash.subarray(offset, offset + size);
};

/** @param {FakeChip} chip @param {import("../../tools/lib/flash-plan.mjs").FlashFiles} what @param {object} [options] */
const flash = (chip, what, options = {}) =>
  flashChip(planFlash(what), { path: "/dev/ttyUSB0", attempts: 1, openBinding: chip.open, ...options });

/** A chip that has the project's table. @param {import("../lib/fake-chip.mjs").FakeChipOptions} [options] */
function chipWithTable(options) {
  const chip = new FakeChip(options);
  writeTable(partitions).copy(chip.flash, 0x8000);
  return chip;
}

// Most of the time is spent on resets and silence.
describe("a chip at the other end", { concurrency: true }, () => {
  test("a blank chip gets all that it needs, and starts the application", async () => {
    const chip = new FakeChip();
    await flash(chip, { ...files, partitions: PARTITIONS }, { baud: 460_800 });
    assert.deepEqual(chip.flash.subarray(0x1000, 0x1000 + loader.length), loader);
    assert.deepEqual(chip.flash.subarray(0x8000, 0x9000), writeTable(partitions));
    assert.deepEqual(slot("factory", chip.flash).subarray(0, setup.length), setup);
    assert.deepEqual(slot("ota_0", chip.flash).subarray(0, application.length), application);
    assert.equal(readOtadata(slot("otadata", chip.flash)), 1);
    assert.deepEqual(
      readNvs(slot("nvs", chip.flash)).map(({ space, key, value }) => [space, key, String(value)]),
      [["lws-station", "serial", "A1B2C3"]],
    );
    assert.equal(chip.started, "application");
    assert.equal(chip.baudRate, 460_800);
    assert.equal(chip.isOpen, false);
  });

  test("a new setup image alone leaves settings, application and its selection", async () => {
    const chip = chipWithTable();
    for (const label of ["nvs", "otadata", "ota_0"]) slot(label, chip.flash).fill(5);
    await flash(chip, { factory: files.factory });
    assert.deepEqual(slot("factory", chip.flash).subarray(0, setup.length), setup);
    for (const label of ["nvs", "otadata", "ota_0"])
      assert.ok(
        slot(label, chip.flash).every((byte) => byte === 5),
        label,
      );
  });

  test("--erase leaves nothing of what was there", async () => {
    const chip = new FakeChip();
    chip.flash.fill(5);
    await flash(chip, { ...files, nvs: undefined, partitions: PARTITIONS }, { erase: true });
    assert.ok(slot("nvs", chip.flash).every((byte) => byte === 0xff));
    assert.deepEqual(slot("ota_0", chip.flash).subarray(0, application.length), application);
  });

  test("what can't work is said before the first byte is written", async () => {
    const others = Buffer.from(writeTable(partitions));
    others.fill(0, 32, 64);
    /** @type {[what: string, chip: FakeChip, options: object, sentence: RegExp][]} */
    const cases = [
      ["no answer", chipWithTable({ mute: true }), {}, /^no answer from a chip at \/dev\/ttyUSB0/],
      [
        "another chip",
        chipWithTable({ magic: 0x09 }),
        {},
        /^the images are for the ESP32, and this chip is an ESP32-S3$/,
      ],
      ["no chip that is known", chipWithTable({ magic: 0x12345678 }), {}, /^no answer from a chip/],
      [
        "too little flash",
        chipWithTable({ size: 21 }),
        {},
        /^the chip has 2 MB of flash, and the partitions need 4 MB$/,
      ],
      ["a blank chip", new FakeChip(), {}, /no partition table/],
      ["an erased chip", chipWithTable(), { erase: true }, /no partition table/],
    ];
    const foreign = new FakeChip();
    others.copy(foreign.flash, 0x8000);
    cases.push(["another table", foreign, {}, /another partition table/]);
    await Promise.all(
      cases.map(async ([what, chip, options, sentence]) => {
        const before = Buffer.from(chip.flash);
        await assert.rejects(flash(chip, files, options), { message: sentence }, what);
        assert.ok(chip.flash.equals(before), what);
        assert.equal(chip.isOpen, false, what);
      }),
    );
  });

  test("flash that does not keep what is written is told of", async () => {
    await assert.rejects(flash(chipWithTable({ spoil: 1 }), files), { message: /^\/dev\/ttyUSB0: MD5/ });
  });
});

test("files are checked before the port is opened", () => {
  let count = 0;
  const other = (/** @type {Buffer} */ bytes) => ({ app: file(`other${count++}.bin`, bytes) });
  const damaged = Buffer.from(application);
  damaged[1000] ^= 1;
  for (const [what, sentence] of /** @type {[object, RegExp][]} */ ([
    [{}, /nothing to flash/],
    [{ app: join(folder, "absent.bin") }, /there is no file/],
    [other(image(APPLICATION, VIRTUAL_CHIP)), /is for the virtual device/],
    [other(image(APPLICATION, 99)), /unknown kind, 99/],
    [{ ...files, ...other(image(APPLICATION, 9)) }, /is for the ESP32-S3, and another file for the ESP32$/],
    [other(setup), /not of the kind that belongs into ota_0/],
    [other(damaged), /damaged one \(checksum\)/],
    [other(Buffer.from("hello")), /no image/],
    [other(loader), /no application descriptor/],
    [other(image(APPLICATION, 0, Buffer.alloc(0x210000))), /only 2162688/],
    [{ bootloader: file("big.bin", image(SETUP)) }, /28672 are there for it/],
    [{ nvs: file("bad.csv", "hello\n") }, /first row/],
    [{ ...files, partitions: file("bad-table.csv", "nvs,data\n") }, /bad-table.csv:1/],
    [
      {
        ...files,
        partitions: file("bad.table", Buffer.concat([writeTable(partitions).subarray(0, 96), Buffer.alloc(32)])),
      },
      /table/,
    ],
  ])) {
    assert.throws(() => planFlash(what), { message: sentence });
  }
});

test("the command ends with one sentence and code 1", () => {
  const run = (/** @type {string[]} */ ...args) => {
    const { status, stderr } = spawnSync(process.execPath, ["tools/lws-xs.mjs", "flash", ...args], {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(status, 1);
    return stderr.trim().split("\n").at(-1);
  };
  assert.match(run("--app", files.app) ?? "", /error: --port is missing$/);
  assert.match(
    run("--port", join(folder, "tty"), "--app", files.app) ?? "",
    /error: there is no serial port .*tty; there (is|are) /,
  );
  assert.match(run("--port", "x", "--wrong") ?? "", /error: unknown option '--wrong'; see --help$/);
});
