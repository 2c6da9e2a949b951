// @ts-check
/** Images: what is written can be read back, byte for byte where ESP-IDF says how, and no damage passes. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { MODULE, RESOURCE, readArchive, writeArchive } from "../../tools/lib/archive.mjs";
import {
  APPLICATION,
  ESP32_CHIP,
  readImage,
  SETUP,
  VIRTUAL_CHIP,
  verifyImage,
  wrapSegments,
  writeImage,
} from "../../tools/lib/image.mjs";

const INFO = { version: "1.2.3+abc", app: "lws-demos", kind: APPLICATION, unixtime: 1_790_000_000 };
const ENTRIES = [
  { kind: MODULE, name: "main", data: Buffer.from("export {};") },
  { kind: RESOURCE, name: "www/é.html", data: Buffer.from([0, 255, 128]) },
  { kind: RESOURCE, name: "empty", data: Buffer.alloc(0) },
];

test("the bytes are those that ESP-IDF describes", () => {
  // One segment of eight bytes: computed by hand from esp_image_header_t, esp_image_segment_header_t and the checksum rule.
  const image = wrapSegments(0x0005, [{ address: 0x3f400020, data: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]) }]);
  const body = [
    ...[0xe9, 0x01, 0x02, 0x20, 0x00, 0x00, 0x08, 0x40], // magic, segments, DIO, 4 MB 40 MHz, entry
    ...[0xee, 0, 0, 0, 0x05, 0x00, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0x01], // pins, chip, revisions, hash follows
    ...[0x20, 0x00, 0x40, 0x3f, 0x08, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
    ...[0, 0, 0, 0, 0, 0, 0, 0xef ^ 1 ^ 2 ^ 3 ^ 4 ^ 5 ^ 6 ^ 7 ^ 8], // the checksum is the last of a block of 16
  ];
  assert.equal(image.subarray(0, -32).toString("hex"), Buffer.from(body).toString("hex"));
  assert.equal(body.length % 16, 0);
  assert.deepEqual(image.subarray(-32), createHash("sha256").update(Buffer.from(body)).digest());
});

test("a full last block is followed by a whole block for the checksum", () => {
  const image = wrapSegments(0, [{ address: 0, data: Buffer.alloc(16) }]);
  assert.equal(image.length, 24 + 8 + 16 + 16 + 32);
  assert.equal(verifyImage(image, 0).problem, "");
});

test("descriptors stand where a device looks for them", () => {
  const image = writeImage(INFO, ENTRIES);
  assert.equal(image.readUInt32LE(32), 0xabcd5432);
  assert.equal(image.toString("latin1", 32 + 16, 32 + 26), "1.2.3+abc\0");
  assert.equal(image.toString("latin1", 32 + 48, 32 + 58), "lws-demos\0");
  assert.equal(image.toString("latin1", 32 + 80, 32 + 89), "14:13:20\0");
  assert.equal(image.toString("latin1", 32 + 96, 32 + 108), "Sep 21 2026\0");
  assert.equal(image.readUInt32LE(32 + 256), 0x4453574c);
  assert.equal(image.toString("latin1", 32 + 256, 32 + 260), "LWSD");
  assert.equal(image.toString("latin1", 32 + 384, 32 + 388), "LWSX");
});

test("an image is read back as it was written", () => {
  const { entries, ...about } = readImage(writeImage({ ...INFO, model: "other", builder: "me" }, ENTRIES));
  assert.deepEqual(entries, ENTRIES);
  assert.deepEqual(
    [about.version, about.app, about.kind, about.model, about.builder, about.unixtime, about.chip],
    [INFO.version, INFO.app, INFO.kind, "other", "me", INFO.unixtime, VIRTUAL_CHIP],
  );
});

test("equal sources give equal bytes", () => {
  assert.deepEqual(writeImage(INFO, ENTRIES), writeImage(INFO, ENTRIES));
});

test("every archive is read back as it was written, with aligned and terminated data", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\0"));
  const data = fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes));
  const entry = fc.record({ kind: fc.constantFrom(MODULE, RESOURCE), name, data }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
      const archive = writeArchive(entries);
      const found = readArchive(archive);
      assert.deepEqual(found, entries);
      for (const { data } of found) {
        const offset = data.byteOffset - archive.byteOffset;
        assert.equal(offset % 16, 0);
        assert.equal(archive[offset + data.length], 0);
      }
    }),
  );
});

test("a partition of padding after the image does no harm", () => {
  const image = writeImage(INFO, ENTRIES);
  const { problem, length } = verifyImage(Buffer.concat([image, Buffer.alloc(5000, 0xff)]));
  assert.deepEqual([problem, length], ["", image.length]);
});

test("any byte that changes is noticed", () => {
  const image = writeImage({ ...INFO, kind: SETUP }, ENTRIES);
  fc.assert(
    fc.property(fc.nat(image.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(image);
      damaged[at] ^= change;
      // Byte 23 alone says whether a hash follows; the boot loader believes it.
      assert.ok(verifyImage(damaged).problem !== "" || at === 23);
    }),
    { numRuns: 500 },
  );
});

test("any byte that is missing is noticed", () => {
  const image = writeImage(INFO, ENTRIES);
  for (let length = 0; length < image.length; length++)
    assert.notEqual(verifyImage(image.subarray(0, length)).problem, "");
});

test("each problem has its word", () => {
  const image = writeImage(INFO, ENTRIES);
  /** @param {(image: Buffer) => void} change */
  const problemAfter = (change) => {
    const copy = Buffer.from(image);
    change(copy);
    return verifyImage(copy).problem;
  };
  assert.equal(verifyImage(Buffer.alloc(4096, 0xff)).problem, "empty");
  assert.equal(
    problemAfter((copy) => copy.writeUInt8(0xea, 0)),
    "magic",
  );
  assert.equal(verifyImage(image, ESP32_CHIP).problem, "chip");
  assert.equal(
    problemAfter((copy) => copy.writeUInt8(17, 1)),
    "segments",
  );
  assert.equal(
    problemAfter((copy) => copy.writeUInt32LE(0x7fffffff, 28)),
    "segments",
  );
  assert.equal(
    problemAfter((copy) => copy.writeUInt8(copy[500] ^ 1, 500)),
    "checksum",
  );
  assert.equal(
    problemAfter((copy) => copy.writeUInt8(copy[copy.length - 1] ^ 1, copy.length - 1)),
    "sha256",
  );
});

test("a text that does not fit its field is refused", () => {
  assert.throws(() => writeImage({ ...INFO, model: "m".repeat(16) }, []), RangeError);
});
