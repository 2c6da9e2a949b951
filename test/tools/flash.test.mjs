// @ts-check
/** Partition table, otadata and the flash chip as a whole. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assembleFlash, readPartition, rewritePartition } from "../../tools/lib/flash.mjs";
import { APPLICATION, verifyImage, writeImage } from "../../tools/lib/image.mjs";
import { readOtadata, readState, sequenceCrc, writeOtadata } from "../../tools/lib/otadata.mjs";
import { parsePartitions, projectPartitions, readTable, writeTable } from "../../tools/lib/partitions.mjs";

const IMAGE = writeImage({ version: "1", app: "test", kind: APPLICATION }, []);

test("the project's table", () => {
  assert.deepEqual(
    projectPartitions().map(({ label, type, subtype, offset, size }) => [label, type, subtype, offset, size]),
    [
      ["nvs", 1, 2, 0x9000, 0x6000],
      ["otadata", 1, 0, 0xf000, 0x2000],
      ["phy_init", 1, 1, 0x11000, 0x1000],
      ["factory", 0, 0, 0x20000, 0x1d0000],
      ["ota_0", 0, 0x10, 0x1f0000, 0x210000],
    ],
  );
});

test("the binary table is the boot loader's", () => {
  const table = writeTable(
    parsePartitions("nvs, data, nvs, 0x9000, 24K, encrypted\napp0, app, factory, 0x10000, 1M,\n"),
  );
  const entries =
    "aa50 01 02 00900000 00600000 6e767300000000000000000000000000 01000000" +
    "aa50 00 00 00000100 00001000 61707030000000000000000000000000 00000000";
  const hex = entries.replaceAll(" ", "");
  const md5 = createHash("md5").update(Buffer.from(hex, "hex")).digest("hex");
  assert.equal(table.toString("hex", 0, 96), `${hex}ebeb${"ff".repeat(14)}${md5}`);
  assert.ok(table.subarray(96).every((byte) => byte === 0xff));
  assert.equal(table.length, 0x1000);
});

test("a table is read back as it was written; a damaged one is refused", () => {
  const table = writeTable(projectPartitions());
  assert.deepEqual(readTable(table), projectPartitions());
  table[40] ^= 1;
  assert.throws(() => readTable(table), /MD5/);
});

for (const [what, csv] of /** @type {[RegExp, string][]} */ ([
  [/overlaps a/, "a,data,nvs,0x9000,0x2000,\nb,data,ota,0xa000,0x2000,"],
  [/multiple of 0x10000/, "a,app,factory,0x18000,0x10000,"],
  [/beyond the flash/, "a,app,factory,0x3f0000,0x20000,"],
  [/boot loader or the table/, "a,data,nvs,0x8000,0x1000,"],
  [/multiple of 0x1000/, "a,data,nvs,0x9000,0x800,"],
  [/unknown subtype/, "a,data,cheese,0x9000,0x1000,"],
  [/second partition a/, "a,data,nvs,0x9000,0x1000,\na,data,nvs,0xa000,0x1000,"],
  [/offset has to be stated/, "a,data,nvs,,0x1000,"],
  [/1 to 16 characters/, "a-name-of-17-char,data,nvs,0x9000,0x1000,"],
])) {
  test(`a table is refused: ${what.source}`, () => assert.throws(() => parsePartitions(csv), what));
}

test("otadata selects a slot as ESP-IDF writes it", () => {
  // The first 32 bytes that otatool.py writes for slot 0.
  assert.equal(writeOtadata(1).toString("hex", 0, 32), `01000000${"ff".repeat(20)}ffffffff9a984347`);
  assert.equal(sequenceCrc(2).toString(16), "55f63774");
  assert.equal(readOtadata(writeOtadata(1)), 1);
  assert.equal(readOtadata(writeOtadata(2)), 2);
  assert.equal(readOtadata(writeOtadata()), 0);
  const damaged = writeOtadata(1);
  damaged[28] ^= 1;
  assert.equal(readOtadata(damaged), 0);
});

test("otadata keeps the state of a slot", () => {
  for (const [number, state] of ["new", "pending", "valid", "invalid", "aborted"].entries()) {
    const otadata = writeOtadata(1, state);
    assert.equal(otadata.readUInt32LE(24), number);
    assert.equal(readState(otadata), state);
    assert.equal(readOtadata(otadata), number < 3 ? 1 : 0, state);
    writeOtadata(2, "valid").copy(otadata, 4096, 4096);
    assert.deepEqual([readOtadata(otadata), readState(otadata)], [2, "valid"]);
  }
  assert.equal(readState(writeOtadata(1)), "undefined");
  assert.equal(readState(writeOtadata()), "");
});

test("a flash chip holds table, images and choice", () => {
  const flash = assembleFlash({ factory: IMAGE, ota_0: IMAGE });
  assert.equal(flash.length, 0x400000);
  assert.deepEqual(readTable(flash.subarray(0x8000, 0x9000)), projectPartitions());
  assert.equal(verifyImage(flash.subarray(0x20000, 0x1f0000)).problem, "");
  assert.equal(verifyImage(flash.subarray(0x1f0000)).problem, "");
  assert.equal(readOtadata(flash.subarray(0xf000, 0x11000)), 1);
  assert.ok(flash.subarray(0x9000, 0xf000).every((byte) => byte === 0xff));
  assert.equal(readOtadata(assembleFlash({ factory: IMAGE }).subarray(0xf000, 0x11000)), 0);
  assert.equal(readOtadata(assembleFlash({ ota_0: IMAGE, boot: "factory" }).subarray(0xf000, 0x11000)), 0);
});

test("an image that outgrows its partition is refused", () => {
  assert.throws(() => assembleFlash({ factory: Buffer.alloc(0x1d0001) }), /only 1900544/);
});

test("one partition of a flash file is rewritten, the rest stays", () => {
  const folder = mkdtempSync(join(tmpdir(), "lws-xs-flash-"));
  try {
    const file = join(folder, "flash.bin");
    const flash = assembleFlash({ factory: IMAGE });
    flash.fill(7, 0x9000, 0xf000);
    writeFileSync(file, flash);
    assert.equal(rewritePartition(file, "factory", IMAGE), false);
    const other = writeImage({ version: "2", app: "test", kind: APPLICATION }, []);
    assert.equal(rewritePartition(file, "factory", other), true);
    assert.deepEqual(readPartition(file, "factory").subarray(0, other.length), other);
    assert.ok(readPartition(file, "nvs").every((byte) => byte === 7));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
