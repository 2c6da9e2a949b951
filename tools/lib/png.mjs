// @ts-check
/**
 * Makes screenshots small: a page has few colours, so that a palette does (PNG, W3C Recommendation 2nd edition: colour type 3). Reads what
 * browsers write: 8 bits a channel, with or without alpha, not interlaced.
 */
import { deflateSync, gzipSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
const RGB = 2;
const RGBA = 6;

/** @param {Buffer} png @returns {{ width: number, height: number, pixels: Buffer }} pixels: three bytes each */
function decode(png) {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error("no PNG");
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const type = png[25];
  if (png[24] !== 8 || (type !== RGB && type !== RGBA) || png[28] !== 0) throw new Error("not a PNG of this kind");
  /** @type {Buffer[]} */ const data = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString("latin1", at + 4, at + 8) === "IDAT")
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  const step = type === RGBA ? 4 : 3;
  const lines = unfilter(inflateSync(Buffer.concat(data)), width * step, height, step);
  const pixels = Buffer.alloc(width * height * 3);
  for (let from = 0, to = 0; to < pixels.length; from += step, to += 3) lines.copy(pixels, to, from, from + 3);
  return { width, height, pixels };
}

/** Undoes the filter of each line (§9.2). @param {Buffer} data @param {number} length @param {number} height @param {number} step */
function unfilter(data, length, height, step) {
  const out = Buffer.alloc(length * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (length + 1)];
    const line = data.subarray(y * (length + 1) + 1, (y + 1) * (length + 1));
    const at = y * length;
    for (let x = 0; x < length; x++) {
      const left = x < step ? 0 : out[at + x - step];
      const up = y === 0 ? 0 : out[at + x - length];
      const corner = x < step || y === 0 ? 0 : out[at + x - length - step];
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      out[at + x] = line[x] + guess;
    }
  }
  return out;
}

/** @param {number} a left @param {number} b above @param {number} c above left */
function paeth(a, b, c) {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** The colours that are there most often, and for every other the nearest of them. @param {Buffer} pixels @param {number} most */
function palette(pixels, most) {
  /** @type {Map<number, number>} */ const counts = new Map();
  for (let at = 0; at < pixels.length; at += 3) {
    const colour = pixels.readUIntBE(at, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([colour]) => colour);
  const kept = colours.slice(0, most);
  /** @type {Map<number, number>} */ const index = new Map();
  for (const colour of colours) {
    let best = 0;
    let least = Infinity;
    for (const [n, other] of kept.entries()) {
      const [r, g, b] = [16, 8, 0].map((shift) => ((colour >> shift) & 255) - ((other >> shift) & 255));
      const far = r * r + g * g + b * b;
      if (far < least) [least, best] = [far, n];
    }
    index.set(colour, best);
  }
  return { kept, index };
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length);
  // gzip ends with the same CRC-32, and the length.
  frame.writeUInt32BE(gzipSync(body, { level: 0 }).subarray(-8).readUInt32LE(), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/**
 * The same picture with at most `most` colours, a power of two up to 256.
 * @param {Buffer} png
 */
export function withPalette(png, most = 64) {
  const { width, height, pixels } = decode(png);
  const { kept, index } = palette(pixels, most);
  const bits = kept.length > 16 ? 8 : kept.length > 4 ? 4 : 2;
  const length = Math.ceil((width * bits) / 8);
  const lines = Buffer.alloc(height * (length + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const n = /** @type {number} */ (index.get(pixels.readUIntBE((y * width + x) * 3, 3)));
      lines[y * (length + 1) + 1 + ((x * bits) >> 3)] |= n << (8 - bits - ((x * bits) & 7));
    }
  }
  const header = Buffer.from(png.subarray(16, 29));
  header[8] = bits;
  header[9] = 3;
  const colours = Buffer.alloc(kept.length * 3);
  for (const [n, colour] of kept.entries()) colours.writeUIntBE(colour, n * 3, 3);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", colours),
    chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
