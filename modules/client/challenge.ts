/** What a server wants to be shown (RFC 9110 §11.6.1): schemes with parameters, as WWW-Authenticate lists them. What is malformed ends the list. */
import { ByteSet, Bytes } from "lws/platform/bytes";

/** Schemes, and parameters of each, that are looked at; a server that names more is not helped. */
const limit = 16;

const enum Char {
  quote = 0x22,
  comma = 0x2c,
  slash = 0x2f,
  equals = 0x3d,
}

export class Challenge {
  private readonly names: string[] = [];
  private readonly values: string[] = [];

  /** `scheme` in lower case. */
  constructor(readonly scheme: string) {}

  /** Value of the parameter `name`, which is in lower case; undefined where it is absent. */
  get(name: string): string | undefined {
    return this.values[this.names.indexOf(name)];
  }

  /** @internal False: it is there already, or they are too many. */
  add(name: string, value: string): boolean {
    const { names, values } = this;
    if (names.includes(name) || names.length === limit) return false;
    names.push(name);
    values.push(value);
    return true;
  }
}

/** The value of a header, from left to right. */
class Scanner {
  at = 0;
  private readonly bytes: Uint8Array;

  /** `text` has a character for each byte. */
  constructor(text: string) {
    this.bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[i] = text.charCodeAt(i);
  }

  get isOver(): boolean {
    return this.at >= this.bytes.length;
  }

  /** Skips white space, and commas where there may be any. */
  skip(commas: boolean): void {
    const { bytes } = this;
    do this.at = Bytes.span(bytes, this.at, bytes.length, ByteSet.blank);
    while (commas && this.eat(Char.comma));
  }

  eat(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  /** "" where there is none. */
  token(): string {
    const { at, bytes } = this;
    this.at = Bytes.span(bytes, at, bytes.length, ByteSet.token);
    return Bytes.latin1(bytes, at, this.at);
  }

  /** A token, or a quoted string of UTF-8 without its quotes; undefined for neither. */
  value(): string | undefined {
    if (!this.eat(Char.quote)) return this.token() || undefined;
    const { bytes } = this;
    const { length } = bytes;
    let value: string | undefined = "";
    for (;;) {
      const quote = Bytes.find(bytes, this.at, length, '"');
      const backslash = Bytes.find(bytes, this.at, quote < 0 ? length : quote, "\\");
      const end = backslash < 0 ? quote : backslash;
      const part: string | undefined = end < 0 ? undefined : Bytes.text(bytes, this.at, end);
      if (part === undefined || value === undefined) return undefined;
      value += part;
      this.at = end + 1;
      if (backslash < 0) return value;
      if (this.isOver) return undefined;
      const one = Bytes.text(bytes, this.at, this.at + 1);
      value = one === undefined ? undefined : value + one;
      this.at++;
    }
  }

  /** What follows stands behind a comma, or there is nothing. */
  get isAtEnd(): boolean {
    this.skip(false);
    return this.isOver || this.bytes[this.at] === Char.comma;
  }

  /** Passes over a credential that stands where parameters would (token68). */
  skipCredential(): void {
    const { at } = this;
    while (this.token() !== "" || this.eat(Char.slash));
    while (this.eat(Char.equals));
    if (!this.isAtEnd) this.at = at;
  }
}

/** Reads a parameter: false, and nothing is read, where there is none; undefined where it is malformed. */
function readParameter(scanner: Scanner, to: Challenge): boolean | undefined {
  const from = scanner.at;
  const name = scanner.token();
  scanner.skip(false);
  if (name === "" || !scanner.eat(Char.equals)) {
    scanner.at = from;
    return false;
  }
  scanner.skip(false);
  const value = scanner.value();
  return value !== undefined && scanner.isAtEnd && to.add(name.toLowerCase(), value) ? true : undefined;
}

/** Reads the values of all headers, one after the other; each has a character for a byte. */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  const all: Challenge[] = [];
  for (const text of headers) {
    const scanner = new Scanner(text);
    let last: Challenge | undefined;
    for (scanner.skip(true); !scanner.isOver && all.length < limit; scanner.skip(true)) {
      const isParameter: boolean | undefined = last ? readParameter(scanner, last) : false;
      if (isParameter === undefined) {
        all.pop();
        return all;
      }
      if (isParameter) continue;
      const scheme = scanner.token();
      if (scheme === "") return all;
      last = new Challenge(scheme.toLowerCase());
      all.push(last);
      if (!scanner.isAtEnd) scanner.skipCredential();
    }
  }
  return all;
}
