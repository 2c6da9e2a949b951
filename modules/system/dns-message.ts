/**
 * DNS messages (RFC 1035 §4.1) where they lie: nothing is copied out of one to be looked at. Every read is bounded, and a compression
 * pointer counts only if it leads before the beginning of what it continues, so that no walk is endless.
 */
import { Bytes } from "lws/platform/bytes";

export const enum DnsType {
  A = 1,
  CNAME = 5,
  PTR = 12,
  TXT = 16,
  AAAA = 28,
  SRV = 33,
  NSEC = 47,
  ANY = 255,
}

export const enum DnsClass {
  IN = 1,
  ANY = 255,
  /** Multicast, in a question: a unicast answer will do (RFC 6762 §5.4). In a record: it replaces all others (§10.2). */
  topBit = 0x8000,
}

export const enum Dns {
  /** Bytes of the header. */
  header = 12,
  /** Flags: a response; its opcode; authoritative; truncated; recursion desired. */
  response = 0x8000,
  opcode = 0x7800,
  authoritative = 0x0400,
  truncated = 0x0200,
  desired = 0x0100,
  available = 0x0080,
  rcode = 0x000f,
}

/** Longest name that {@link readName} returns where nothing else is said. */
const NAME = 80;

export function u16(buffer: Uint8Array, at: number): number {
  return ((buffer[at] as number) << 8) | (buffer[at + 1] as number);
}

/** Index behind the name at `at`, -1 where it is malformed. */
export function skipName(buffer: Uint8Array, at: number, end: number): number {
  const start = at;
  while (at < end) {
    const length = buffer[at] as number;
    if (length === 0) return at + 1 - start > 255 ? -1 : at + 1;
    if (length >= 0xc0) {
      if (at + 2 > end) return -1;
      const to = u16(buffer, at) & 0x3fff;
      return to < Dns.header || to >= start ? -1 : at + 2;
    }
    if (length > 63 || at - start > 254) return -1;
    at += length + 1;
  }
  return -1;
}

/** Whether the name at `at` is `name`, labels with dots between them, without regard to the case of ASCII letters. */
function nameIs(buffer: Uint8Array, at: number, end: number, name: string): boolean {
  let i = 0;
  let start = at;
  while (at < end) {
    const length = buffer[at] as number;
    if (length === 0) return i === name.length;
    if (length >= 0xc0) {
      const to = at + 2 > end ? start : u16(buffer, at) & 0x3fff;
      if (to < Dns.header || to >= start) return false;
      start = at = to;
      continue;
    }
    if (length > 63 || at + length >= end) return false;
    if (i > 0 && name.charCodeAt(i++) !== 0x2e) return false;
    if (i + length > name.length) return false;
    for (const last = at + length; at < last; i++) {
      if (lower(buffer[++at] as number) !== lower(name.charCodeAt(i))) return false;
    }
    at++;
  }
  return false;
}

function lower(c: number): number {
  return c >= 0x41 && c <= 0x5a ? c + 32 : c;
}

/** The name at `at` with dots between its labels, undefined where it is malformed, has more than `most` characters or a dot in a label. */
export function readName(buffer: Uint8Array, at: number, end: number, most = NAME): string | undefined {
  let name = "";
  let start = at;
  while (at < end) {
    const length = buffer[at] as number;
    if (length === 0) return name;
    if (length >= 0xc0) {
      const to = at + 2 > end ? start : u16(buffer, at) & 0x3fff;
      if (to < Dns.header || to >= start) return undefined;
      start = at = to;
      continue;
    }
    if (length > 63 || at + length >= end || name.length + length > most) return undefined;
    const label = Bytes.text(buffer, at + 1, at + 1 + length);
    if (label === undefined || label.includes(".")) return undefined;
    name = name === "" ? label : `${name}.${label}`;
    at += length + 1;
  }
  return undefined;
}

/** Walks through the questions and records of one message. */
export class DnsReader {
  end = 0;
  /** Where the next question or record begins. */
  at = 0;
  /** Of the question or record read last: where its name begins, its type, its class with its top bit. */
  name = 0;
  type = 0;
  class = 0;
  /** Of the record read last. */
  ttl = 0;
  /** Where the data of the record read last begin and end. */
  from = 0;
  to = 0;

  constructor(readonly buffer: Uint8Array) {}

  /** A message of `length` bytes stands at the beginning of the buffer; false where it has no whole header. */
  begin(length: number): boolean {
    this.end = length;
    this.at = Dns.header;
    return length >= Dns.header;
  }

  get id(): number {
    return u16(this.buffer, 0);
  }
  get flags(): number {
    return u16(this.buffer, 2);
  }
  get questions(): number {
    return u16(this.buffer, 4);
  }
  get answers(): number {
    return u16(this.buffer, 6);
  }
  get authorities(): number {
    return u16(this.buffer, 8);
  }
  /** Records of all three sections. */
  get records(): number {
    return this.answers + this.authorities + u16(this.buffer, 10);
  }

  /** Reads a question; false where none stands. */
  question(): boolean {
    return this.#head(4);
  }

  /** Reads a record; false where none stands. */
  record(): boolean {
    if (!this.#head(10)) return false;
    const { buffer } = this;
    const from = this.at;
    const to = from + u16(buffer, from - 2);
    if (to > this.end) return false;
    this.ttl = (u16(buffer, from - 6) << 16) | u16(buffer, from - 4);
    this.from = from;
    this.at = this.to = to;
    return true;
  }

  /** To the first record; false where a question is malformed. */
  toRecords(): boolean {
    this.at = Dns.header;
    for (let left = this.questions; left > 0; left--) if (!this.question()) return false;
    return true;
  }

  /** Whether the question or record is about `name`. */
  isAbout(name: string): boolean {
    return nameIs(this.buffer, this.name, this.end, name);
  }

  /** Whether the data of the record, `skip` bytes from their beginning, are the name `name`. */
  isTo(name: string, skip = 0): boolean {
    return nameIs(this.buffer, this.from + skip, this.to, name);
  }

  /** The data of an A record as a dotted address, "" where they are none. */
  get address(): string {
    const { buffer, from, to } = this;
    if (to - from !== 4) return "";
    return `${buffer[from]}.${buffer[from + 1]}.${buffer[from + 2]}.${buffer[from + 3]}`;
  }

  #head(fixed: number): boolean {
    const { buffer, at, end } = this;
    const after = skipName(buffer, at, end);
    if (after < 0 || after + fixed > end) return false;
    this.name = at;
    this.type = u16(buffer, after);
    this.class = u16(buffer, after + 2);
    this.at = after + fixed;
    return true;
  }
}
