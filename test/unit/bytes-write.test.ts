/** Natives that write bytes: put, size, copy, mask. */

import Resource from "Resource";
import { Bytes } from "lws/platform/bytes";
import { equal, test, throws } from "./harness";
import { ascii, bytes, list } from "./samples";

test("bytes: put writes UTF-8 and size tells how much", () => {
  for (const [text, expected] of [
    ["", ""],
    ["aZ", "97,90"],
    ["\u007f\u0080\u07ff\u0800\uffff", "127,194,128,223,191,224,160,128,239,191,191"],
    ["\u0000", "0"],
    ["a\u0000b", "97,0,98"],
    ["é€", "195,169,226,130,172"],
    ["😀", "240,159,152,128"],
    ["\udbff\udfff", "244,143,191,191"],
  ] as const) {
    const into = new Uint8Array(16).fill(255);
    const size = expected === "" ? 0 : expected.split(",").length;
    equal(Bytes.size(text), size, JSON.stringify(text));
    equal(Bytes.put(text, into, 3), 3 + size, JSON.stringify(text));
    equal(list(into.subarray(3, 3 + size)), expected, JSON.stringify(text));
    equal(list(into.subarray(0, 3)), "255,255,255", "before it");
    equal(into[3 + size], 255, "behind it");
  }
});

test("bytes: half of a surrogate pair goes out as something that is UTF-8", () => {
  for (const text of ["\ud800", "\udc00", "a\ud83db", "\udc00\ud800", "😀\ud83d"]) {
    const size = Bytes.size(text);
    const into = new Uint8Array(size);
    equal(Bytes.put(text, into, 0), size, JSON.stringify(text));
    equal(Bytes.utf8(into, 0, size, 0), 0, JSON.stringify(text));
  }
});

test("bytes: put writes nothing that does not fit", () => {
  const into = new Uint8Array(4).fill(255);
  equal(Bytes.put("abcde", into, 0), -1);
  equal(Bytes.put("ab", into, 3), -1);
  equal(Bytes.put("a", into, 4), -1);
  equal(Bytes.put("abé€", into, 0), -1);
  equal(list(into), "255,255,255,255");
  equal(Bytes.put("", into, 4), 4);
  equal(Bytes.put("abcd", into, 0), 4);
  throws(() => Bytes.put("a", into, 5), "RangeError");
  throws(() => Bytes.put("a", into, -1), "RangeError");
});

test("bytes: put and copy keep to a view's own range", () => {
  const all = new Uint8Array(8).fill(255);
  const view = all.subarray(2, 5);
  equal(Bytes.put("abcd", view, 0), -1);
  equal(Bytes.put("abc", view, 0), 3);
  equal(list(all), "255,255,97,98,99,255,255,255");
  equal(Bytes.copy(view, 1, 3, view, 0), 2);
  equal(list(all), "255,255,98,99,99,255,255,255");
  throws(() => Bytes.copy(view, 0, 3, view, 1), "RangeError");
});

test("bytes: copy works between all kinds of buffers, and over itself", () => {
  const buffer = new ArrayBuffer(6);
  equal(Bytes.copy(new Resource("www/sample.txt"), 2, 6, buffer, 1), 5);
  equal(list(buffer), "0,50,51,97,98,0");
  equal(Bytes.copy(buffer, 1, 5, buffer, 2), 6);
  equal(list(buffer), "0,50,50,51,97,98");
  equal(Bytes.copy(buffer, 2, 6, buffer, 0), 4);
  equal(list(buffer), "50,51,97,98,97,98");
  equal(Bytes.copy(buffer, 6, 6, buffer, 6), 6);
});

test("bytes: copy checks both ranges, and flash can't be written", () => {
  const source = ascii("abcd");
  const into = new Uint8Array(4);
  for (const [from, to, at] of [
    [0, 5, 0],
    [-1, 2, 0],
    [3, 2, 0],
    [0, 4, 1],
    [0, 1, 4],
    [0, 0, 5],
    [0, 1, -1],
  ] as const) {
    throws(() => Bytes.copy(source, from, to, into, at), "RangeError");
  }
  equal(list(into), "0,0,0,0");
  const flash = new Resource("www/sample.txt") as unknown as Uint8Array;
  throws(() => Bytes.copy(source, 0, 1, flash, 0));
  throws(() => Bytes.put("a", flash, 0));
  throws(() => Bytes.mask(flash, 0, 1, 1, 0));
  equal(Bytes.latin1(flash, 0, 7), "0123abc");
});

test("bytes: mask undoes the example of RFC 6455 §5.7", () => {
  const hello = bytes(0x7f, 0x9f, 0x4d, 0x51, 0x58);
  equal(Bytes.mask(hello, 0, 5, 0x37fa213d, 0), 1);
  equal(Bytes.latin1(hello, 0, 5), "Hello");
});

test("bytes: mask goes on where it stopped, at any cut and any address", () => {
  const key = 0xfedcba98 | 0;
  const keyBytes = [0xfe, 0xdc, 0xba, 0x98];
  for (let start = 0; start < 4; start++) {
    for (let length = 0; length < 20; length++) {
      const expected = new Uint8Array(length);
      for (let i = 0; i < length; i++) expected[i] = (i * 7) ^ (keyBytes[i % 4] as number);
      for (let cut = 0; cut <= length; cut++) {
        const all = new Uint8Array(start + length + 3).fill(0x55);
        for (let i = 0; i < length; i++) all[start + i] = i * 7;
        const phase = Bytes.mask(all, start, start + cut, key, 0);
        equal(phase, cut % 4, "phase");
        equal(Bytes.mask(all, start + cut, start + length, key, phase), length % 4, "phase at the end");
        equal(list(all.subarray(start, start + length)), list(expected), `${start} ${length} ${cut}`);
        equal(all[start + length], 0x55, "behind it");
      }
    }
  }
});

test("bytes: mask checks its range", () => {
  const buffer = new ArrayBuffer(4);
  for (const [from, to] of [
    [0, 5],
    [-1, 2],
    [3, 2],
    [5, 5],
  ] as const) {
    throws(() => Bytes.mask(buffer, from, to, -1, 0), "RangeError");
  }
  equal(Bytes.mask(buffer, 2, 2, -1, 3), 3);
  equal(list(buffer), "0,0,0,0");
});
