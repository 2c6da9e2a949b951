/** Builds DNS messages (RFC 1035 §4.1). What does not fit is left out as a whole, and {@link DnsWriter.end} gives what did. */
import { Bytes } from "lws/platform/bytes";
import { Dns, DnsClass, DnsType } from "./dns-message";

/** Sections of a message, by where their count stands in the header. */
export const enum Section {
  question = 4,
  answer = 6,
  authority = 8,
  additional = 10,
}

export class DnsWriter {
  /** Where the next byte goes. */
  end = 0;
  /** Where the data of the present record begin. */
  private data = 0;

  /** `limit`: most bytes of a message, at most those of the buffer. */
  constructor(
    readonly buffer: Uint8Array,
    private readonly limit = 1400,
  ) {}

  /** Begins a message. */
  begin(id: number, flags: number): void {
    this.buffer.fill(0, 0, Dns.header);
    this.put16(0, id);
    this.put16(2, flags);
    this.end = Dns.header;
  }

  /** Copies the range as `count` questions. */
  copyQuestions(source: Uint8Array, from: number, to: number, count: number): void {
    this.end = Bytes.copy(source, from, to, this.buffer, this.end);
    this.put16(Section.question, count);
  }

  question(name: string, type: DnsType, dnsClass: number): void {
    this.count(Section.question);
    this.name(name);
    this.u16(type);
    this.u16(dnsClass);
  }

  /** Begins a record of at most `room` bytes behind its name; false where there is no room left. */
  record(section: Section, name: string, type: DnsType, dnsClass: number, ttl: number, room: number): boolean {
    if (this.end + name.length + 12 + room > this.limit) return false;
    this.count(section);
    this.name(name);
    this.fixed(type, dnsClass, ttl);
    return true;
  }

  /** Says how long the data of the record are that were written. */
  close(): void {
    this.put16(this.data - 2, this.end - this.data);
  }

  /** The address of the question that was copied, its name being that of the question (RFC 1035 §4.1.4). */
  answerA(ttl: number, address: string): void {
    this.count(Section.answer);
    this.u16(0xc000 | Dns.header);
    this.fixed(DnsType.A, DnsClass.IN, ttl);
    this.address(address);
    this.close();
  }

  /** A dotted address as four bytes. */
  address(address: string): void {
    let byte = 0;
    for (let i = 0; i <= address.length; i++) {
      const c = address.charCodeAt(i);
      if (c >= 0x30) byte = byte * 10 + c - 0x30;
      else {
        this.u8(byte);
        byte = 0;
      }
    }
  }

  /** A name, its labels separated by dots. */
  name(name: string): void {
    let label = this.end++;
    for (let i = 0; i < name.length; i++) {
      const c = name.charCodeAt(i);
      if (c === 0x2e) {
        this.buffer[label] = this.end - label - 1;
        label = this.end++;
      } else this.u8(c);
    }
    this.buffer[label] = this.end - label - 1;
    if (name !== "") this.u8(0);
  }

  /** A character string (RFC 1035 §3.3) of at most 255 bytes. */
  text(text: string): void {
    const at = this.end;
    this.end = Bytes.put(text, this.buffer, at + 1);
    this.buffer[at] = this.end - at - 1;
  }

  u8(value: number): void {
    this.buffer[this.end++] = value;
  }

  u16(value: number): void {
    this.put16(this.end, value);
    this.end += 2;
  }

  private fixed(type: DnsType, dnsClass: number, ttl: number): void {
    this.u16(type);
    this.u16(dnsClass);
    this.u16(ttl >>> 16);
    this.u16(ttl & 0xffff);
    this.u16(0);
    this.data = this.end;
  }

  private count(section: Section): void {
    this.put16(section, ((this.buffer[section] as number) << 8) + (this.buffer[section + 1] as number) + 1);
  }

  private put16(at: number, value: number): void {
    this.buffer[at] = value >> 8;
    this.buffer[at + 1] = value;
  }
}
