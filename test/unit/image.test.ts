/** What an application image says about itself, read from the one that runs these cases. */
import { Chip } from "lws/platform/chip";
import { Partition } from "lws/platform/flash";
import { At, HEAD, ImageEnd, imageKind, imageLength, Kind, readImageInfo, START } from "lws/update/image";
import { equal, test, throws } from "./harness";

function head(): ArrayBuffer {
  const partition = new Partition("ota_0");
  const bytes = new ArrayBuffer(HEAD);
  partition.read(0, bytes, 0, HEAD);
  partition.close();
  return bytes;
}

/** The head with other bytes at `at`. */
function changed(at: number, ...values: readonly number[]): ArrayBuffer {
  const bytes = head();
  new Uint8Array(bytes).set(values, at);
  return bytes;
}

test("image: this one", () => {
  const info = readImageInfo(head());
  equal(info.schema, "lws1");
  equal(info.app, "unit");
  equal(info.model, "lws");
  equal(info.factory, "0");
  equal(Number(info.unixtime) > 1_500_000_000, true, info.unixtime);
  for (const value of Object.values(info)) equal(typeof value, "string");
});

test("image: what is none", () => {
  const app = START;
  for (const [bytes, code] of [
    [new ArrayBuffer(HEAD), "UPDATE_NOT_IMAGE"],
    [new Uint8Array(HEAD).fill(0xff).buffer, "UPDATE_NOT_IMAGE"],
    [changed(0, 0xe8), "UPDATE_NOT_IMAGE"],
    [changed(1, 0), "UPDATE_NOT_IMAGE"],
    [changed(1, 17), "UPDATE_NOT_IMAGE"],
    [changed(app, 0), "UPDATE_NOT_IMAGE"],
    [changed(12, (Chip.id & 0xff) ^ 1), "UPDATE_WRONG_CHIP"],
    [changed(13, (Chip.id >> 8) ^ 1), "UPDATE_WRONG_CHIP"],
    [changed(app + 256, 0), "UPDATE_WRONG_MODEL"],
  ] as const) {
    throws(() => readImageInfo(bytes as ArrayBuffer), code);
  }
  throws(() => readImageInfo(new ArrayBuffer(HEAD - 1)));
});

test("image: its texts end where they stop being printable", () => {
  const model = START + 256 + 8;
  equal(readImageInfo(changed(model, 0x61, 0x22, 0x5c, 0x07, 0x62)).model, 'a"\\');
  equal(readImageInfo(changed(model, 0xff)).model, "");
  equal(readImageInfo(changed(model, ...new Array<number>(16).fill(0x61))).model, "a".repeat(16));
});

test("image: its kind", () => {
  equal(imageKind(head()), Kind.application);
  for (const kind of [Kind.setup, Kind.application, Kind.javascript]) {
    equal(imageKind(changed(At.kind, kind)), kind);
    equal(readImageInfo(changed(At.kind, kind)).factory, kind === Kind.setup ? "y" : "0");
  }
  for (const kind of [0, 4, 255]) throws(() => readImageInfo(changed(At.kind, kind)), "UPDATE_WRONG_KIND");
});

test("image: its length follows from its segments", () => {
  const partition = new Partition("ota_0");
  const length = imageLength(partition);
  equal(length > HEAD && length < partition.size, true, String(length));
  // A chip's image has several segments; the head tells the length of the first.
  equal(new ImageEnd(head()).length, new Uint8Array(head())[At.segments] === 1 ? length : Number.POSITIVE_INFINITY);
  equal(imageLength(partition, partition.size - 100), Number.POSITIVE_INFINITY);
  partition.close();
});

/** An image of three segments as bytes. */
function segmented(...lengths: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2048).fill(0xa5);
  bytes.set(new Uint8Array(head()));
  const view = new DataView(bytes.buffer);
  bytes[At.segments] = lengths.length;
  let at = 24;
  for (const length of lengths) {
    view.setUint32(at + 4, length, true);
    at += 8 + length;
  }
  return bytes;
}

test("image: its end is found while it streams by, however it is cut", () => {
  const bytes = segmented(700, 0, 404);
  for (const size of [1, 2, 3, 5, 7, 64, 415, 1000, 2048]) {
    const end = new ImageEnd(bytes.slice(0, HEAD).buffer);
    for (let at = HEAD; at < bytes.length; at += size) {
      equal(end.length === Number.POSITIVE_INFINITY || at > 24 + 8 + 700 + 8, true, `${size} at ${at}`);
      end.scan(bytes, at, Math.min(at + size, bytes.length), at);
    }
    // The segments end at 1152, a multiple of 16: 16 bytes with the checksum, 32 of hash.
    equal(end.length, 1152 + 16 + 32, String(size));
  }
});

test("image: without a hash of its own it is shorter", () => {
  const bytes = segmented(1000);
  bytes[At.hashed] = 0;
  equal(new ImageEnd(bytes.slice(0, HEAD).buffer).length, 1040);
});
