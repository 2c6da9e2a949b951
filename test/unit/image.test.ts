/** What an application image says about itself, read from the one that runs these cases. */
import { Partition } from "lws/platform/flash";
import { checkApplication, HEAD, type ImageInfo, imageLength, readImageInfo, START } from "lws/update/image";
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
    [changed(12, 0, 0), "UPDATE_WRONG_CHIP"],
    [changed(12, 9, 0), "UPDATE_WRONG_CHIP"],
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

test("image: only an application for this model may be installed", () => {
  const info = readImageInfo(head());
  checkApplication(info, "lws");
  throws(() => checkApplication(info, "other"), "UPDATE_WRONG_MODEL");
  const setup: ImageInfo = { ...info, factory: "y" };
  throws(() => checkApplication(setup, "lws"), "UPDATE_WRONG_KIND");
});

test("image: its length follows from its segments", () => {
  const partition = new Partition("ota_0");
  const start = head().slice(0, START);
  const length = imageLength(start, partition, partition.size);
  equal(length > HEAD && length < partition.size, true, String(length));
  equal(imageLength(start, partition, length), length);
  equal(imageLength(start, partition, length - 1), Number.POSITIVE_INFINITY);
  equal(imageLength(start, partition, HEAD), Number.POSITIVE_INFINITY);
  const view = new DataView(start);
  view.setUint32(28, 0xfffffff0, true);
  equal(imageLength(start, partition, partition.size), Number.POSITIVE_INFINITY);
  view.setUint8(1, 16);
  equal(imageLength(start, partition, partition.size), Number.POSITIVE_INFINITY);
  partition.close();
});
