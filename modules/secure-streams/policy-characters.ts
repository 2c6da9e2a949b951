/** Characters of JSON (RFC 8259), as bytes. */
import { ByteSet, Bytes } from "lws/platform/bytes";
import type { PolicyTape } from "./policy-tape";

export function isBlank(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}

/** Where the first character of a text is that does not stand for itself; `to` where there is none. */
export function plainEnd(bytes: Uint8Array, from: number, to: number): number {
  const quote = Bytes.find(bytes, from, to, '"');
  const slash = Bytes.find(bytes, from, quote < 0 ? to : quote, "\\");
  const end = slash >= 0 ? slash : quote >= 0 ? quote : to;
  return controlIn(bytes, from, end);
}

/** Where the first control character is, DEL left out; `to` where there is none. */
function controlIn(bytes: Uint8Array, from: number, to: number): number {
  const tab = Bytes.find(bytes, from, to, "\t");
  const end = tab < 0 ? to : tab;
  for (let at = from; ; at++) {
    at = Bytes.span(bytes, at, end, ByteSet.field);
    if (at === end || bytes[at] !== 0x7f) return at;
  }
}

/** Whether there is no control character. */
export function isPrintable(bytes: Uint8Array, from: number, to: number): boolean {
  return Bytes.span(bytes, from, to, ByteSet.field) === to && Bytes.find(bytes, from, to, "\t") < 0;
}

/** What numbers are made of. */
export function isNumeral(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || c === 0x2d || c === 0x2e || c === 0x2b || (c | 0x20) === 0x65;
}

/** Value of a hex digit; -1 for anything else. */
export function hexOf(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const letter = c | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** What stands for itself or something else behind a backslash; 0 for nothing. */
export function escaped(c: number): number {
  switch (c) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return c;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return 0;
  }
}

/** Appends a character as UTF-8. */
export function putCharacter(tape: PolicyTape, code: number): void {
  if (code < 0x80) {
    tape.put(code);
    return;
  }
  if (code < 0x800) tape.put(0xc0 | (code >> 6));
  else {
    if (code < 0x10000) tape.put(0xe0 | (code >> 12));
    else {
      tape.put(0xf0 | (code >> 18));
      tape.put(0x80 | ((code >> 12) & 0x3f));
    }
    tape.put(0x80 | ((code >> 6) & 0x3f));
  }
  tape.put(0x80 | (code & 0x3f));
}
