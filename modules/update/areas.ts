/**
 * Two areas at the end of the application slot, each for a JavaScript part: what differs from the application image that is there. Image and trailer lie at
 * an area's start. A record in its last block is written when they are whole, and says which part is newer; the boot loader and the
 * application that has proved itself add to it what has become of the part.
 */
import { BLOCK, type Partition } from "lws/platform/flash";
import { hasBase, readTrailer, TRAILER } from "./trailer";

/** Bytes of an area, and of image and trailer in it. */
const AREA = 0x60000;
export const AREA_ROOM = AREA - BLOCK;
const COUNT = 2;
const MAGIC = 0x4f53574c;

/** Offsets in a record. */
const enum Field {
  sequence = 4,
  length = 8,
  crc = 12,
  pending = 16,
  aborted = 24,
  size = 28,
}

/** A part with a sound record. */
export interface Part {
  /** Offset of its area in the slot. */
  readonly offset: number;
  readonly sequence: number;
  /** The boot loader has given it up. */
  readonly aborted: boolean;
  /** It goes over the image in the slot. */
  readonly fits: boolean;
}

/** The part in the area at `offset` of the slot, whose image has the trailer `base`. */
function readPart(slot: Partition, offset: number, base: Uint8Array | undefined): Part | undefined {
  const record = new ArrayBuffer(Field.size);
  const view = new DataView(record);
  slot.read(offset + AREA_ROOM, record, 0, Field.size);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(Field.crc, true) !== crcOf(record)) return undefined;
  const length = view.getUint32(Field.length, true);
  const trailer = length > TRAILER && length <= AREA_ROOM ? readTrailer(slot, offset) : undefined;
  return {
    offset,
    sequence: view.getUint32(Field.sequence, true),
    aborted: view.getUint32(Field.aborted, true) !== 0xffffffff,
    fits: trailer !== undefined && base !== undefined && hasBase(trailer, base),
  };
}

/** The parts that there are, whether the boot loader would take them or not. */
function parts(slot: Partition, base: Uint8Array | undefined): (Part | undefined)[] {
  return Array.from({ length: COUNT }, (_, n) => readPart(slot, slot.size - (COUNT - n) * AREA, base));
}

/** The newest part that goes over the image in the slot. */
export function newestPart(slot: Partition): Part | undefined {
  const base = readTrailer(slot);
  let newest: Part | undefined;
  for (const part of parts(slot, base)) if (part?.fits && isNewer(part.sequence, newest)) newest = part;
  return newest;
}

/**
 * Where the next part goes, and its number: into the area that is not in use. `base` is the trailer of the image in the slot, `end` where that is over.
 * @returns undefined where the image leaves no area free.
 */
export function nextArea(
  slot: Partition,
  base: Uint8Array,
  end: number,
): { offset: number; sequence: number } | undefined {
  const there = parts(slot, base);
  let used: Part | undefined;
  let last: Part | undefined;
  for (const part of there) {
    if (!part) continue;
    if (isNewer(part.sequence, last)) last = part;
    if (part.fits && !part.aborted && isNewer(part.sequence, used)) used = part;
  }
  const sequence = ((last?.sequence ?? 0) + 1) >>> 0;
  for (let n = 0; n < COUNT; n++) {
    const offset = slot.size - (COUNT - n) * AREA;
    const isLast = n === COUNT - 1;
    if (offset >= end && (offset !== used?.offset || isLast)) return { offset, sequence };
  }
  return undefined;
}

/** Numbers go round: of two, the newer one is less than half of the way ahead. */
function isNewer(sequence: number, than: Part | undefined): boolean {
  return than === undefined || ((sequence - than.sequence) | 0) > 0;
}

/** What lies in the area at `offset` counts for nothing from now on. */
export function eraseRecord(slot: Partition, offset: number): void {
  slot.erase(offset + AREA_ROOM, BLOCK);
}

/** The part in the area at `offset` is whole: `length` bytes, its trailer included. The boot loader takes it from now on. */
export function writeRecord(slot: Partition, offset: number, sequence: number, length: number): void {
  const record = new ArrayBuffer(Field.pending);
  const view = new DataView(record);
  view.setUint32(0, MAGIC, true);
  view.setUint32(Field.sequence, sequence, true);
  view.setUint32(Field.length, length, true);
  view.setUint32(Field.crc, crcOf(record), true);
  slot.write(offset + AREA_ROOM, record, 0, Field.pending);
}

/** CRC-32 of what stands before it, begun as `esp_rom_crc32_le` does. */
function crcOf(record: ArrayBuffer): number {
  const bytes = new Uint8Array(record);
  let crc = 0;
  for (let at = 0; at < Field.crc; at++) {
    crc ^= bytes[at] as number;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
