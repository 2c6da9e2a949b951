/** Reads JSON (RFC 8259) as it comes, in pieces of any length, and makes a tape of it. What is no JSON, or too much of it, is refused with the byte that shows it. */
import { type ErrorCode, LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";
import { escaped, hexOf, isBlank, isNumeral, plainEnd, putCharacter } from "./characters";
import { Kind, PolicyTape } from "./tape";

export interface PolicyLimits {
  /** Bytes of the text, and of what is kept of it, with an eighth more. Default 16384, at most 57344. */
  text?: number;
  /** Objects and lists that stand one in another. Default 16. */
  depth?: number;
  /** Members of an object. Default 96. */
  members?: number;
  /** Entries of a section, or of any other list. Default 64. */
  entries?: number;
}

/** What comes next. */
const enum Next {
  value,
  /** A value, or the end of the list. */
  first,
  /** A key, or the end of the object. */
  firstKey,
  key,
  colon,
  comma,
  /** All that has been named so far is between values; blanks mean nothing there. */
  nothing,
  text,
  escape,
  hex,
  number,
  word,
}

/** Bytes of a text where nothing else is said. */
export const textLimit = 16_384;
/** So that a tape's lengths fit two bytes. */
const largest = 57_344;
/** Bytes that a tape may be longer than its text, where that is a short one. */
const spare = 128;
const mark = 0xefbbbf;
/** Most characters of a number. */
const digits = 40;

export class PolicyScanner {
  readonly tape: PolicyTape;
  private readonly textLimit: number;
  private readonly depthLimit: number;
  private readonly memberLimit: number;
  private next: Next = Next.value;
  /** Bytes that have come. */
  private count = 0;
  private utf8 = 0;
  /** Objects and lists that have no end yet. */
  private readonly open: number[] = [];
  /** How many keys of theirs there are, and a bit for each, which keys of like length and end share: only those are compared. */
  private readonly counts: number[] = [];
  private readonly marks: number[] = [];
  /** The record that is being written. */
  private start = 0;
  private isKey = false;
  /** Of an escape: its hex digits, what they come to, and the first half of a pair of surrogates. */
  private hexes = 0;
  private code = 0;
  private high = 0;
  private word = "";
  private letters = 0;

  constructor({ text = textLimit, depth = 16, members = 96 }: PolicyLimits = {}) {
    this.textLimit = Math.min(text, largest);
    this.depthLimit = depth;
    this.memberLimit = members;
    this.tape = new PolicyTape(this.textLimit + (this.textLimit >> 3) + spare);
  }

  /** Takes a piece. Throws POLICY_SYNTAX, POLICY_TWICE and POLICY_TOO_LARGE; then nothing more can be done with it. */
  push(bytes: Uint8Array, from: number, to: number): void {
    this.utf8 = Bytes.utf8(bytes, from, to, this.utf8);
    if (this.utf8 < 0) throw new LwsError("POLICY_SYNTAX");
    if (this.count + to - from > this.textLimit) throw new LwsError("POLICY_TOO_LARGE");
    let at = from;
    // A byte order mark, which editors write and nobody sees.
    while (at < to && this.count < 3 && bytes[at] === ((mark >> (16 - 8 * this.count)) & 0xff)) {
      at++;
      this.count++;
    }
    this.count += to - at;
    while (at < to) {
      if (this.next === Next.text) at = this.takeText(bytes, at, to);
      else if (this.next === Next.number) at = this.takeNumber(bytes, at, to);
      else {
        const c = bytes[at++] as number;
        if (this.next > Next.text) this.letter(c);
        else if (c !== 0x20 && !isBlank(c)) this.structure(c);
      }
    }
  }

  /** There is no more: the tape. Throws POLICY_SYNTAX where something is missing. */
  end(): PolicyTape {
    if (this.next === Next.number) this.closeNumber();
    if (this.next !== Next.nothing || this.utf8 !== 0) this.fail();
    return this.tape;
  }

  /** A letter of a word, or of an escape. */
  private letter(c: number): void {
    if (this.next === Next.word) this.spell(c);
    else if (this.next === Next.hex) this.hex(c);
    else this.escape(c);
  }

  private structure(c: number): void {
    switch (this.next) {
      case Next.first:
        if (c === 0x5d) this.closeLast();
        else this.value(c);
        return;
      case Next.value:
        this.value(c);
        return;
      case Next.firstKey:
      case Next.key:
        if (c === 0x22) this.beginText(true);
        else if (c === 0x7d && this.next === Next.firstKey) this.closeLast();
        else this.fail();
        return;
      case Next.colon:
        if (c !== 0x3a) this.fail();
        this.next = Next.value;
        return;
      case Next.comma:
        this.comma(c);
        return;
      default:
        this.fail();
    }
  }

  private comma(c: number): void {
    const { tape, open } = this;
    const isList = tape.kind(open[open.length - 1] as number) === Kind.list;
    if (c === 0x2c) this.next = isList ? Next.value : Next.key;
    else if (c === (isList ? 0x5d : 0x7d)) this.closeLast();
    else this.fail();
  }

  private value(c: number): void {
    const { tape, open } = this;
    if (open.length > this.depthLimit) this.fail("POLICY_TOO_LARGE");
    if (c === 0x22) this.beginText(false);
    else if (c === 0x7b || c === 0x5b) {
      open.push(tape.begin(c === 0x7b ? Kind.object : Kind.list));
      this.marks.push(0);
      this.counts.push(0);
      this.next = c === 0x7b ? Next.firstKey : Next.first;
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      this.start = tape.begin(Kind.number);
      tape.put(c);
      this.next = Next.number;
    } else {
      this.word = c === 0x74 ? "true" : c === 0x66 ? "false" : c === 0x6e ? "null" : "";
      if (this.word === "") this.fail();
      this.letters = 1;
      this.next = Next.word;
    }
  }

  private spell(c: number): void {
    const { word } = this;
    if (word.charCodeAt(this.letters) !== c) this.fail();
    if (++this.letters < word.length) return;
    this.tape.begin(word === "true" ? Kind.yes : word === "false" ? Kind.no : Kind.none);
    this.closeValue();
  }

  private takeNumber(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && isNumeral(bytes[at] as number)) at++;
    this.tape.append(bytes, from, at);
    if (this.tape.length - this.start > digits) this.fail("POLICY_TOO_LARGE");
    if (at < to) this.closeNumber();
    return at;
  }

  private closeNumber(): void {
    const { tape, start } = this;
    tape.close(start);
    const text = tape.text(start) ?? "";
    const [found = ""] = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(text) ?? [];
    // What goes on behind a number is no part of it, but of what holds it.
    if (found !== "" && found !== text) this.next = Next.comma;
    if (found !== text) this.fail();
    this.closeValue();
  }

  private closeValue(): void {
    this.next = this.open.length === 0 ? Next.nothing : Next.comma;
  }

  private closeLast(): void {
    this.tape.close(this.open.pop() as number);
    this.marks.pop();
    this.counts.pop();
    this.closeValue();
  }

  // --- texts -----------------------------------------------------------------------------------------------------------------

  private beginText(isKey: boolean): void {
    this.start = this.tape.begin(isKey ? Kind.key : Kind.text);
    this.isKey = isKey;
    this.next = Next.text;
  }

  private takeText(bytes: Uint8Array, from: number, to: number): number {
    const at = plainEnd(bytes, from, to);
    const c = at < to ? (bytes[at] as number) : 0;
    if (this.high !== 0 && (at > from || c !== 0x5c)) this.fail();
    this.tape.append(bytes, from, at);
    if (at === to) return at;
    if (c === 0x5c) this.next = Next.escape;
    else if (c === 0x22) this.closeText();
    else this.fail();
    return at + 1;
  }

  private closeText(): void {
    const { tape, start, isKey } = this;
    tape.close(start);
    if (!isKey) {
      this.closeValue();
      return;
    }
    this.checkKey(this.open.length - 1);
    this.next = Next.colon;
  }

  /** The key that has been read is there once, and they are not too many. */
  private checkKey(depth: number): void {
    const { tape, start, marks } = this;
    const object = this.open[depth] as number;
    const bit = 1 << (tape.length - start + 7 * (tape.bytes[tape.length - 1] as number));
    const mark = marks[depth] as number;
    marks[depth] = mark | bit;
    if (mark & bit) {
      for (let key = tape.first(object); key < start; key = tape.end(tape.end(key))) {
        if (tape.isSame(key, start)) this.failAt(start, "POLICY_TWICE");
      }
    }
    const count = (this.counts[depth] as number) + 1;
    this.counts[depth] = count;
    if (count > this.memberLimit) this.failAt(object, "POLICY_TOO_LARGE");
  }

  private escape(c: number): void {
    if (c === 0x75) {
      this.hexes = this.code = 0;
      this.next = Next.hex;
      return;
    }
    const byte = this.high === 0 ? escaped(c) : 0;
    if (byte === 0) this.fail();
    this.tape.put(byte);
    this.next = Next.text;
  }

  private hex(c: number): void {
    const digit = hexOf(c);
    if (digit < 0) this.fail();
    this.code = (this.code << 4) | digit;
    if (++this.hexes < 4) return;
    this.next = Next.text;
    const { code, high } = this;
    const isLow = code >= 0xdc00 && code <= 0xdfff;
    if (isLow !== (high !== 0)) this.fail();
    this.high = code >= 0xd800 && code <= 0xdbff ? code : 0;
    if (this.high === 0) putCharacter(this.tape, isLow ? 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00) : code);
  }

  // --- what is wrong -----------------------------------------------------------------------------------------------------------

  /** Says where: at the value that is being read, or is to come; where that is none, at what holds it. */
  private fail(code: ErrorCode = "POLICY_SYNTAX"): never {
    const { next, tape, open } = this;
    const outer = open[open.length - 1];
    const isInside = next === Next.text || next === Next.escape || next === Next.hex;
    if (next === Next.nothing || outer === undefined) throw new LwsError(code);
    const isOuter = next === Next.comma || next === Next.key || next === Next.firstKey || (isInside && this.isKey);
    if (isOuter) this.failAt(outer, code);
    if (isInside || next === Next.number) this.failAt(this.start, code);
    this.failAt(tape.begin(Kind.none), code);
  }

  private failAt(at: number, code: ErrorCode): never {
    const { tape, open } = this;
    if (at !== open[open.length - 1] && tape.kind(at) !== Kind.none) tape.close(at);
    for (const each of open) tape.close(each);
    return tape.refuse(at, code);
  }
}
