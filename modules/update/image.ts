/**
 * What an ESP32 application image says about itself. Its first segment starts with ESP-IDF's `esp_app_desc_t`, and right behind that, where
 * ESP-IDF allows a description of one's own, stands ours: kind, model, builder and versions. All of it lies within the first {@link HEAD} bytes.
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
const APP_MAGIC = 0xabcd5432;
const LWS_MAGIC = 0x4453574c;

/** Offsets in an image, from `esp_app_desc_t` on those of descriptions. */
export const enum At {
  segments = 1,
  chip = 12,
  hashed = 23,
  firstLength = 28,
  app = 32,
  version = 48,
  time = 112,
  date = 128,
  lws = 288,
  kind = 292,
  model = 296,
  name = 312,
  builder = 344,
  unixtime = 376,
  numbers = 380,
  minimum = 388,
}

/** What an image is for. */
export const enum Kind {
  setup = 1,
  application = 2,
  /** What differs from an application image that is there. */
  javascript = 3,
}

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
  const segments = view.getUint8(At.segments);
  if (view.getUint8(0) !== MAGIC || segments === 0 || segments > MAX_SEGMENTS)
    throw new UpdateError("UPDATE_NOT_IMAGE");
  if (view.getUint16(At.chip, true) !== Chip.id) throw new UpdateError("UPDATE_WRONG_CHIP");
  if (view.getUint32(At.app, true) !== APP_MAGIC) throw new UpdateError("UPDATE_NOT_IMAGE");
  if (view.getUint32(At.lws, true) !== LWS_MAGIC) throw new UpdateError("UPDATE_WRONG_MODEL");
  const kind = view.getUint32(At.kind, true);
  if (kind < Kind.setup || kind > Kind.javascript) throw new UpdateError("UPDATE_WRONG_KIND");
  return {
    schema: "lws1",
    model: text(head, At.model, 16),
    builder: text(head, At.builder, 32),
    app: text(head, At.name, 32),
    git: text(head, At.version, 32),
    date: `${text(head, At.date, 16)} ${text(head, At.time, 16)}`,
    unixtime: String(view.getUint32(At.unixtime, true)),
    factory: kind === Kind.setup ? "y" : "0",
  };
}

/** What the image is for; `head` has passed {@link readImageInfo}. */
export function imageKind(head: ArrayBuffer): Kind {
  return new DataView(head).getUint32(At.kind, true);
}

/**
 * Length in bytes of the image at `from` in `partition`, as its segment headers tell it, all of which are in flash.
 * @returns Infinity when it goes on behind the partition's end.
 */
export function imageLength(partition: Partition, from = 0): number {
  const room = partition.size - from;
  const header = new DataView(new ArrayBuffer(IMAGE_HEADER));
  partition.read(from, header.buffer, 0, IMAGE_HEADER);
  const hashed = header.getUint8(At.hashed) === 1;
  let at = IMAGE_HEADER;
  for (let segments = header.getUint8(At.segments); segments > 0; segments--) {
    if (at + SEGMENT_HEADER > room) return Infinity;
    partition.read(from + at, header.buffer, 0, SEGMENT_HEADER);
    at += SEGMENT_HEADER + header.getUint32(4, true);
  }
  const length = padded(at, hashed);
  return length <= room ? length : Infinity;
}

/** Length of an image whose segments end at `end`: the checksum is the last byte of a block of 16, so at least one byte of padding is always there. */
function padded(end: number, hashed: boolean): number {
  return end + 16 - (end % 16) + (hashed ? 32 : 0);
}

/** Finds the end of an image while it streams by. */
export class ImageEnd {
  /** Bytes of the image, its hash included; Infinity as long as the header of its last segment has not come by. */
  length = Infinity;
  /** Where the length of the next segment stands. */
  private next: number;
  private segments: number;
  private hashed: boolean;
  private value = 0;

  /** `head` holds the first {@link HEAD} bytes, which {@link readImageInfo} has accepted: their segment is not over. */
  constructor(head: ArrayBuffer) {
    const view = new DataView(head);
    this.hashed = view.getUint8(At.hashed) === 1;
    this.segments = view.getUint8(At.segments);
    this.next = START;
    this.take(view.getUint32(At.firstLength, true));
  }

  /** Looks at `bytes[from, to)`, the first of which has the offset `at` in the image. */
  scan(bytes: Uint8Array, from: number, to: number, at: number): void {
    const end = at + to - from;
    while (this.segments > 0 && this.next + SEGMENT_HEADER > at && this.next + 4 < end) {
      const field = this.next + 4;
      const last = Math.min(field + 4, end);
      for (let i = Math.max(field, at); i < last; i++)
        this.value += (bytes[from + i - at] as number) * 2 ** (8 * (i - field));
      if (last < field + 4) return;
      const { value } = this;
      this.next += SEGMENT_HEADER;
      this.take(value);
    }
  }

  /** The segment whose data begins at `next` has `length` bytes. */
  private take(length: number): void {
    this.next += length;
    this.value = 0;
    if (--this.segments === 0) this.length = padded(this.next, this.hashed);
  }
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
