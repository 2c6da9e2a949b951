/**
 * What an ESP32 application image says about itself. Its first segment starts with ESP-IDF's `esp_app_desc_t`, and right behind that, where
 * ESP-IDF allows a description of one's own, stands ours: kind, model and builder. All of it lies within the first {@link HEAD} bytes.
 */
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import type { Partition } from "lws/platform/flash";
import { UpdateError } from "./error";

/** Bytes from the start of an image that hold everything said here: image header, first segment's header, both descriptions. */
export const HEAD = 416;

const IMAGE_HEADER = 24;
const SEGMENT_HEADER = 8;
/** Bytes of the image header and the first segment's header. */
export const START = IMAGE_HEADER + SEGMENT_HEADER;
/** First byte of every image. */
export const MAGIC = 0xe9;
const MAX_SEGMENTS = 16;
/** Offset of `esp_app_desc_t` and of our description in the image. */
const APP = START;
const LWS = APP + 256;
const APP_MAGIC = 0xabcd5432;
const LWS_MAGIC = 0x4453574c;
/** Kinds of image. */
const SETUP = 1;
const APPLICATION = 2;

/** As the setup page gets it and as update servers publish it; numbers are text. */
export interface ImageInfo {
  readonly schema: "lws1";
  readonly model: string;
  /** Host that built it. */
  readonly builder: string;
  /** Project name. */
  readonly app: string;
  /** Version, as `git describe` gives it. */
  readonly git: string;
  /** When it was built, for a person. */
  readonly date: string;
  /** When it was built, in seconds since 1970. */
  readonly unixtime: string;
  /** "y" for a setup image, "0" for an application. */
  readonly factory: "y" | "0";
}

/**
 * Reads the description out of the first {@link HEAD} bytes.
 * @throws UpdateError UPDATE_NOT_IMAGE where they are no application image, UPDATE_WRONG_CHIP where it is for another chip,
 * UPDATE_WRONG_MODEL where it has no description of ours, UPDATE_WRONG_KIND where that names a kind that there is not.
 */
export function readImageInfo(head: ArrayBuffer): ImageInfo {
  const view = new DataView(head, 0, HEAD);
  const segments = view.getUint8(1);
  if (view.getUint8(0) !== MAGIC || segments === 0 || segments > MAX_SEGMENTS)
    throw new UpdateError("UPDATE_NOT_IMAGE");
  if (view.getUint16(12, true) !== Chip.id) throw new UpdateError("UPDATE_WRONG_CHIP");
  if (view.getUint32(APP, true) !== APP_MAGIC) throw new UpdateError("UPDATE_NOT_IMAGE");
  if (view.getUint32(LWS, true) !== LWS_MAGIC) throw new UpdateError("UPDATE_WRONG_MODEL");
  const kind = view.getUint32(LWS + 4, true);
  if (kind !== SETUP && kind !== APPLICATION) throw new UpdateError("UPDATE_WRONG_KIND");
  return {
    schema: "lws1",
    model: text(head, LWS + 8, 16),
    builder: text(head, LWS + 56, 32),
    app: text(head, LWS + 24, 32),
    git: text(head, APP + 16, 32),
    date: `${text(head, APP + 96, 16)} ${text(head, APP + 80, 16)}`,
    unixtime: String(view.getUint32(LWS + 88, true)),
    factory: kind === SETUP ? "y" : "0",
  };
}

/**
 * Checks that the image may go into the application slot of this device.
 * @throws UpdateError UPDATE_WRONG_MODEL or UPDATE_WRONG_KIND.
 */
export function checkApplication(info: ImageInfo, model: string): void {
  if (info.model !== model) throw new UpdateError("UPDATE_WRONG_MODEL");
  if (info.factory !== "0") throw new UpdateError("UPDATE_WRONG_KIND");
}

/**
 * Length in bytes of the image in `partition`, as its segment headers tell it. Its first {@link START} bytes are in `start` and need not
 * be in flash yet.
 * @returns Infinity when it goes on behind `received` bytes.
 */
export function imageLength(start: ArrayBuffer, partition: Partition, received: number): number {
  const view = new DataView(start);
  const header = new DataView(new ArrayBuffer(SEGMENT_HEADER));
  let at = START + view.getUint32(IMAGE_HEADER + 4, true);
  for (let segments = view.getUint8(1); segments > 1; segments--) {
    if (at + SEGMENT_HEADER > received) return Infinity;
    partition.read(at, header.buffer, 0, SEGMENT_HEADER);
    at += SEGMENT_HEADER + header.getUint32(4, true);
  }
  // The checksum is the last byte of a block of 16, so at least one byte of padding is always there.
  at += 16 - (at % 16);
  if (view.getUint8(23) === 1) at += 32;
  return at <= received ? at : Infinity;
}

/** A text field: up to the first byte that is not printable ASCII. Images come from anywhere. */
function text(head: ArrayBuffer, at: number, size: number): string {
  const bytes = new Uint8Array(head, at, size);
  let length = 0;
  for (; length < size; length++) {
    const byte = bytes[length] as number;
    if (byte < 0x20 || byte > 0x7e) break;
  }
  return Bytes.latin1(bytes, 0, length);
}
