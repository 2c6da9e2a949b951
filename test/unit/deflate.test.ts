/** Compression and its window, cut anywhere. */
import { Deflate, Inflate } from "lws/platform/deflate";
import { equal, test, throws } from "./harness";
import { bytes, list } from "./samples";

/** A text with matches, and some that are far apart. */
function sample(): Uint8Array {
  const data = new Uint8Array(6000);
  for (let at = 0; at < data.length; at++) data[at] = at % 700 < 350 ? at % 7 : (at * at) >> 3;
  return data;
}

test("deflate: what was compressed in pieces comes back, decompressed in pieces", () => {
  const data = sample();
  for (const bits of [8, 9, 10, 14]) {
    const deflate = new Deflate(bits);
    const inflate = new Inflate(bits);
    const packed = new Uint8Array(8000);
    let length = 0;
    for (let at = 0; at < data.length; ) {
      const to = Math.min(at + 997, data.length);
      const end = Math.min(length + 40, packed.length);
      const progress = deflate.write(data, at, to, packed, length, end, to === data.length);
      at += Math.floor(progress / 65536);
      length += progress & 0xffff;
    }
    const out = new Uint8Array(300);
    let made = 0;
    for (let at = 0; at < length; ) {
      const progress = inflate.read(packed, at, Math.min(at + 13, length), out, 0, out.length);
      at += Math.floor(progress / 65536);
      for (let i = 0; i < (progress & 0xffff); i++) equal(out[i], data[made + i], `byte ${made + i}`);
      made += progress & 0xffff;
    }
    equal(made, data.length);
    equal(inflate.finish(), true);
    deflate.close();
    inflate.close();
  }
});

test("deflate: nothing is one byte of zero (RFC 7692 §7.2.3.6)", () => {
  const deflate = new Deflate(8);
  const out = new Uint8Array(16);
  equal(deflate.write(bytes(), 0, 0, out, 0, 16, true), 1);
  equal(list(out.subarray(0, 1)), "0");
});

test("deflate: malformed data stays malformed until a reset", () => {
  const inflate = new Inflate(8);
  const out = new Uint8Array(258);
  equal(inflate.read(bytes(6), 0, 1, out, 0, 258), -1);
  equal(inflate.read(bytes(0), 0, 1, out, 0, 258), -1);
  equal(inflate.finish(), false);
  inflate.reset();
  equal(inflate.read(bytes(0), 0, 1, out, 0, 258), 65536);
  equal(inflate.finish(), true);
});

test("deflate: windows, ranges and rooms that can't be, and what is closed", () => {
  for (const bits of [7, 16, -1]) throws(() => new Inflate(bits));
  for (const bits of [7, 15, 99]) throws(() => new Deflate(bits));
  const inflate = new Inflate(8);
  const deflate = new Deflate(8);
  const out = new Uint8Array(300);
  throws(() => inflate.read(out, 0, 301, out, 0, 300));
  throws(() => inflate.read(out, 2, 1, out, 0, 300));
  throws(() => inflate.read(out, 0, 1, out, 0, 257));
  throws(() => deflate.write(out, 0, 1, out, 0, 15, true));
  throws(() => deflate.reset(15));
  inflate.close();
  inflate.close();
  deflate.close();
  throws(() => inflate.finish(), "closed");
  throws(() => deflate.write(out, 0, 1, out, 0, 300, true), "closed");
});
