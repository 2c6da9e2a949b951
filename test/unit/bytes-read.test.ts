/** Natives that look at bytes: span, find, equals, text, latin1, utf8. */

import Resource from "Resource";
import { ByteSet, type ByteSource, Bytes } from "lws/platform/bytes";
import { equal, test, throws } from "./harness";
import { ascii, bytes } from "./samples";

test("bytes: span stops at the first byte outside of the set", () => {
  for (const [set, inside, outside] of [
    [ByteSet.token, "!#$%&'*+-.^_`|~09AZaz", '"(),/:;<=>?@[\\]{} \t\r\n\u0000\u007f'],
    [ByteSet.field, '\t !"#[]~(){}', "\r\n\u0000\u0001\u000b\u001f\u007f"],
    [ByteSet.target, "/%?[]@!$&'()*+,;=:-._~09AZaz", ' "#<>\\^`{|}\t\r\n\u0000\u007f'],
    [ByteSet.digit, "0123456789", "/:aA \u0000"],
    [ByteSet.hex, "0123456789abcdefABCDEF", "/:@GgxX \u0000"],
    [ByteSet.blank, " \t", "\r\n\u000b\u000ca\u0000"],
    [ByteSet.host, "-._09AZaz", ":/@[]%!~, \t\r\n\u0000\u007f"],
  ] as const) {
    const good = ascii(inside);
    equal(Bytes.span(good, 0, good.length, set), good.length, `set ${set}`);
    for (const char of outside) {
      const mixed = ascii(`${inside}${char}${inside}`);
      equal(Bytes.span(mixed, 0, mixed.length, set), inside.length, `set ${set}, ${JSON.stringify(char)}`);
      equal(Bytes.span(mixed, inside.length, mixed.length, set), inside.length, `set ${set} at once`);
    }
  }
  for (let byte = 0x80; byte < 0x100; byte++) {
    for (const set of [ByteSet.token, ByteSet.target, ByteSet.digit, ByteSet.hex, ByteSet.blank, ByteSet.host]) {
      equal(Bytes.span(bytes(byte), 0, 1, set), 0, `byte ${byte} in set ${set}`);
    }
    equal(Bytes.span(bytes(byte), 0, 1, ByteSet.field), 1, `byte ${byte} is obs-text`);
  }
  equal(Bytes.span(ascii("ab"), 1, 1, ByteSet.token), 1, "an empty range");
});

test("bytes: find gives the first place inside of the range, without regard to case", () => {
  const text = ascii("Content-TYPE: text\r\ncontent-type: x");
  const find = (what: string, from = 0, to = text.length) => Bytes.find(text, from, to, what);
  equal(find("content-type"), 0);
  equal(find("CONTENT-type:", 1), 20);
  equal(find("\n"), 19);
  equal(find("x"), 16);
  equal(find("x", 17), 34);
  equal(find("x", 17, 34), -1);
  equal(find("type: x", 0, 34), -1);
  equal(find("type: x"), 28);
  equal(find("zz"), -1);
  equal(find("t", 3, 4), 3);
  equal(find("t", 4, 4), -1);
  equal(Bytes.find(ascii("aaab"), 0, 4, "aab"), 1);
  equal(Bytes.find(ascii("ab"), 0, 2, "abc"), -1);
  equal(Bytes.find(ascii("a@b`c"), 0, 5, "`"), 3, "@ and ` differ in the bit of the case");
  equal(Bytes.find(bytes(0xc1, 0x41), 0, 2, "a"), 1, "only letters have a case");
  equal(Bytes.find(ascii("[x"), 0, 2, "{"), -1);
});

test("bytes: equals", () => {
  const host = ascii("xHoStx");
  equal(Bytes.equals(host, 1, 5, "host"), true);
  equal(Bytes.equals(host, 1, 5, "HOST"), true);
  equal(Bytes.equals(host, 0, 5, "host"), false);
  equal(Bytes.equals(host, 1, 4, "host"), false);
  equal(Bytes.equals(host, 1, 6, "host"), false);
  equal(Bytes.equals(host, 2, 2, ""), true);
  equal(Bytes.equals(ascii("@"), 0, 1, "`"), false);
});

test("bytes: text takes well-formed UTF-8 only (RFC 3629)", () => {
  const text = (...values: number[]) => Bytes.text(bytes(...values), 0, values.length);
  equal(text(), "");
  equal(text(0x61, 0x7f), "a\u007f");
  equal(text(0xc2, 0x80), "\u0080");
  equal(text(0xdf, 0xbf), "\u07ff");
  equal(text(0xe0, 0xa0, 0x80), "\u0800");
  equal(text(0xed, 0x9f, 0xbf), "\ud7ff");
  equal(text(0xee, 0x80, 0x80), "\ue000");
  equal(text(0xef, 0xbf, 0xbf), "\uffff");
  equal(text(0xf0, 0x90, 0x80, 0x80), "\ud800\udc00");
  equal(text(0xf4, 0x8f, 0xbf, 0xbf), "\udbff\udfff");
  equal(text(0xf0, 0x9f, 0x98, 0x80), "😀");
  equal(text(0x61, 0x00, 0x62), undefined, "a NUL");
  for (const bad of malformed) equal(text(...bad), undefined, String(bad));
});

test("bytes: latin1 makes a character of every byte", () => {
  const all = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) all[byte] = byte;
  const text = Bytes.latin1(all, 0, 256);
  equal(text.length, 256);
  for (let byte = 0; byte < 256; byte++) equal(text.charCodeAt(byte), byte);
  equal(Bytes.latin1(all, 65, 68), "ABC");
  equal(Bytes.latin1(all, 65, 65), "");
});

test("bytes: utf8 gives the same verdict whole, byte by byte and at every cut", () => {
  const run = (values: Uint8Array, cuts: readonly number[]) => {
    let state = 0;
    let from = 0;
    for (const to of [...cuts, values.length]) {
      state = Bytes.utf8(values, from, to, state);
      if (state < 0) return -1;
      from = to;
    }
    return state;
  };
  const check = (values: number[], verdict: "good" | "bad" | "unfinished") => {
    const given = bytes(...values);
    const splits: number[][] = [[], values.map((_, at) => at)];
    for (let at = 0; at <= values.length; at++) splits.push([at]);
    for (const cuts of splits) {
      const state = run(given, cuts);
      const found = state < 0 ? "bad" : state > 0 ? "unfinished" : "good";
      equal(found, verdict, `${values} cut at ${cuts}`);
    }
  };
  check([], "good");
  check([0x00, 0x61, 0x7f], "good");
  check([0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0x62], "good");
  check([0xed, 0x9f, 0xbf, 0xee, 0x80, 0x80, 0xf4, 0x8f, 0xbf, 0xbf], "good");
  for (const begun of [[0xc3], [0xe2], [0xe2, 0x82], [0xf0], [0xf0, 0x9f], [0xf0, 0x9f, 0x98], [0xf4, 0x8f, 0xbf]]) {
    check([0x61, ...begun], "unfinished");
    check([...begun, 0x61], "bad");
    check([...begun, 0xc3], "bad");
  }
  for (const bad of malformed) check([...bad, 0x61], "bad");
});

/** RFC 3629 §3, §4: none of these can become UTF-8, whatever follows. */
const malformed: readonly (readonly number[])[] = [
  [0x80],
  [0xbf],
  [0xc0, 0xaf],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x80, 0xaf],
  [0xe0, 0x9f, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xf0, 0x80, 0x80, 0xaf],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0xfe],
  [0xff],
  [0xc3, 0x28],
  [0xe2, 0x28, 0xa1],
  [0xe2, 0x82, 0x28],
  [0xf0, 0x9f, 0x28, 0x80],
];

test("bytes: buffers, views and flash read alike", () => {
  const view = ascii("....0123abc....").subarray(4, 11);
  const buffer = ascii("0123abc").buffer as ArrayBuffer;
  const flash = new Resource("www/sample.txt");
  for (const source of [view, buffer, flash] as ByteSource[]) {
    equal(source.byteLength, 7);
    equal(Bytes.span(source, 0, 7, ByteSet.digit), 4);
    equal(Bytes.find(source, 0, 7, "ABC"), 4);
    equal(Bytes.equals(source, 3, 6, "3AB"), true);
    equal(Bytes.text(source, 1, 5), "123a");
    equal(Bytes.latin1(source, 4, 7), "abc");
    equal(Bytes.utf8(source, 0, 7, 0), 0);
  }
});

test("bytes: a range outside of the buffer throws, whatever asks", () => {
  const source = ascii("abcdef").subarray(1, 5);
  const calls: readonly ((from: number, to: number) => unknown)[] = [
    (from, to) => Bytes.span(source, from, to, ByteSet.token),
    (from, to) => Bytes.find(source, from, to, "a"),
    (from, to) => Bytes.equals(source, from, to, "a"),
    (from, to) => Bytes.text(source, from, to),
    (from, to) => Bytes.latin1(source, from, to),
    (from, to) => Bytes.utf8(source, from, to, 0),
  ];
  for (const call of calls) {
    for (const [from, to] of [
      [0, 5],
      [-1, 4],
      [3, 2],
      [5, 5],
      [0, 0x7fffffff],
      [0x80000000, 0x80000001],
    ] as const) {
      throws(() => call(from, to), "RangeError");
    }
    call(4, 4);
    call(0, 4);
  }
  throws(() => Bytes.latin1("text" as unknown as ByteSource, 0, 1), "TypeError");
  throws(() => Bytes.latin1(undefined as unknown as ByteSource, 0, 0), "TypeError");
});
