/**
 * The records that a unit has of itself (RFC 6762, RFC 6763): its address under its name, and its services. A set of them is a number, a bit
 * for each, so that answers can wait and be struck out without an object each.
 */
import { DnsClass, type DnsReader, DnsType } from "./dns-message";
import type { DnsWriter, Section } from "./dns-writer";

/** Something that others of the network may find. */
export interface MdnsService {
  /** `_https._tcp`, for example. */
  type: string;
  port: number;
  /** Instances of this name, a DNS label; "": there is none now. Default: the name of the unit, which no other has. */
  instance?: () => string;
  /** `key=value` (RFC 6763 §6), each at most 255 bytes. */
  text?: () => readonly string[];
}

/** Bits of a set of records. Behind these stand those of the services, {@link Its} for each. */
export const enum Bit {
  host = 1,
  /** That the host has no address but that. */
  onlyThat = 2,
}

/** Bits of the records of one service. */
const enum Its {
  pointer = 1,
  place = 2,
  text = 4,
  kind = 8,
  all = 15,
}

/** A set of records of service `i`. */
function ofService(its: number, i: number): number {
  return its << (2 + 4 * i);
}

/** Those of service `i` out of a set. */
function itsOf(bits: number, i: number): number {
  return (bits >> (2 + 4 * i)) & Its.all;
}

/** Seconds that records with a host in them are good for, and others (RFC 6762 §10). */
const HOST_TTL = 120;
const OTHER_TTL = 4500;
/** The same for who asks as if we were a name server (§6.7). */
const LEGACY_TTL = 10;

/** How records are written. */
export const enum Manner {
  usual,
  /** For a resolver that does not know multicast. */
  legacy,
  /** They are no longer so. */
  goodbye,
}

const KINDS = "_services._dns-sd._udp.local";

function fullName({ instance, type }: MdnsService, label: string): string {
  const own = instance ? instance() : label;
  return own === "" ? "" : `${own}.${type}.local`;
}

/** What is asked for when services of `type` are looked for. */
export function typeName(type: string): string {
  return `${type}.local`;
}

export class MdnsRecords {
  /** Name of the unit, without `.local`. */
  label = "";
  /** The same with it. */
  host = "";
  /** Full names of the services' instances; "": there is none. */
  private names: readonly string[] = [];

  constructor(readonly services: readonly MdnsService[]) {}

  /** Takes `label` and the present names of the services. */
  rename(label: string): void {
    this.label = label;
    this.host = `${label}.local`;
    this.names = this.services.map((service) => fullName(service, label));
  }

  /** Whether a service has another name than it had at the last {@link MdnsRecords.rename}. */
  get isStale(): boolean {
    return this.services.some((service, i) => fullName(service, this.label) !== this.names[i]);
  }

  /** Names that nobody else may have, as questions. */
  claim(writer: DnsWriter): void {
    writer.question(this.host, DnsType.ANY, DnsClass.IN | DnsClass.topBit);
    for (let i = 0; i < this.services.length; i++) {
      if ((this.services[i] as MdnsService).instance) continue;
      writer.question(this.instance(i), DnsType.ANY, DnsClass.IN | DnsClass.topBit);
    }
  }

  /** Every record that there is. */
  get all(): number {
    let bits = Bit.host as number;
    for (let i = 0; i < this.services.length; i++) if (this.instance(i) !== "") bits |= ofService(Its.all, i);
    return bits;
  }

  /** The records that answer the question that has just been read. */
  answers(reader: DnsReader): number {
    const { type } = reader;
    const dnsClass = reader.class & ~DnsClass.topBit;
    if (dnsClass !== DnsClass.IN && dnsClass !== DnsClass.ANY) return 0;
    if (reader.isAbout(this.host)) return type === DnsType.A || type === DnsType.ANY ? Bit.host : Bit.onlyThat;
    const pointer = type === DnsType.PTR || type === DnsType.ANY;
    const kinds = pointer && reader.isAbout(KINDS);
    let bits = 0;
    for (let i = 0; i < this.services.length; i++) {
      const name = this.instance(i);
      if (name === "") continue;
      let found = 0;
      if (kinds) found = Its.kind;
      else if (pointer && reader.isAbout(typeName((this.services[i] as MdnsService).type))) found = Its.pointer;
      else if (reader.isAbout(name)) {
        if (type === DnsType.SRV || type === DnsType.ANY) found = Its.place;
        if (type === DnsType.TXT || type === DnsType.ANY) found |= Its.text;
      }
      bits |= ofService(found, i);
    }
    return bits;
  }

  /** What whoever gets `bits` will ask for next, without that. */
  additional(bits: number): number {
    let more = bits & Bit.host ? Bit.onlyThat : 0;
    for (let i = 0; i < this.services.length; i++) {
      const its = itsOf(bits, i);
      if (its & Its.pointer) more |= ofService(Its.place | Its.text, i);
      if (its & (Its.pointer | Its.place)) more |= Bit.host;
    }
    return more & ~bits;
  }

  /** True where some of them are others' as well, who may all answer at once. */
  mayCollide(bits: number): boolean {
    for (let i = 0; i < this.services.length; i++) {
      const its = itsOf(bits, i);
      if (its & (Its.pointer | Its.kind) || ((this.services[i] as MdnsService).instance && its)) return true;
    }
    return false;
  }

  /** Records that whoever sent the record that has just been read knows and need not be told (RFC 6762 §7.1). */
  known(reader: DnsReader, address: string): number {
    const { type, ttl } = reader;
    if (ttl < HOST_TTL / 2) return 0;
    if (type === DnsType.A) return reader.address === address && reader.isAbout(this.host) ? Bit.host : 0;
    for (let i = 0; i < this.services.length; i++) {
      const name = this.instance(i);
      if (name === "") continue;
      const { type: kind, port } = this.services[i] as MdnsService;
      let bits = 0;
      if (type === DnsType.PTR && ttl >= OTHER_TTL / 2) {
        if (reader.isTo(name) && reader.isAbout(typeName(kind))) bits = Its.pointer;
        else if (reader.isTo(typeName(kind)) && reader.isAbout(KINDS)) bits = Its.kind;
      } else if (type === DnsType.SRV && reader.isAbout(name) && this.isPlace(reader, port)) bits = Its.place;
      if (bits) return ofService(bits, i);
    }
    return 0;
  }

  /** Whether the record that has just been read says of a name of ours alone what is not so; `unit` knows our addresses. */
  contradicts(reader: DnsReader, unit: { isOurs(address: string): boolean }): boolean {
    if (reader.ttl === 0 || (reader.class & ~DnsClass.topBit) !== DnsClass.IN) return false;
    if (reader.type === DnsType.A) return reader.isAbout(this.host) && !unit.isOurs(reader.address);
    if (reader.type !== DnsType.SRV) return false;
    for (let i = 0; i < this.services.length; i++) {
      const { instance, port } = this.services[i] as MdnsService;
      if (!instance && reader.isAbout(this.instance(i))) return !this.isPlace(reader, port);
    }
    return false;
  }

  /** Writes `bits`, as they are on an interface of ours that has `address`. */
  write(writer: DnsWriter, section: Section, bits: number, address: string, manner: Manner): void {
    const flush = manner === Manner.legacy ? DnsClass.IN : DnsClass.IN | DnsClass.topBit;
    const hostTtl = manner === Manner.usual ? HOST_TTL : manner === Manner.legacy ? LEGACY_TTL : 0;
    const ttl = manner === Manner.usual ? OTHER_TTL : hostTtl;
    if (bits & Bit.host && writer.record(section, this.host, DnsType.A, flush, hostTtl, 4)) {
      writer.address(address);
      writer.close();
    }
    if (bits & Bit.onlyThat && writer.record(section, this.host, DnsType.NSEC, flush, hostTtl, this.host.length + 5)) {
      writer.name(this.host);
      // RFC 4034 §4.1.2: the types below 8 that are there, of which A is the first but one.
      writer.u16(1);
      writer.u8(0x40);
      writer.close();
    }
    for (let i = 0; i < this.services.length; i++) {
      const its = itsOf(bits, i);
      const service = this.services[i] as MdnsService;
      const name = this.instance(i);
      if (name === "" || !its) continue;
      const unique = service.instance ? DnsClass.IN : flush;
      const kind = typeName(service.type);
      if (its & Its.kind) this.pointer(writer, section, KINDS, kind, ttl);
      if (its & Its.pointer) this.pointer(writer, section, kind, name, ttl);
      if (its & Its.place && writer.record(section, name, DnsType.SRV, unique, hostTtl, this.host.length + 8)) {
        writer.u16(0);
        writer.u16(0);
        writer.u16(service.port);
        writer.name(this.host);
        writer.close();
      }
      if (its & Its.text) this.text(writer, section, name, unique, ttl, service.text?.() ?? []);
    }
  }

  private pointer(writer: DnsWriter, section: Section, from: string, to: string, ttl: number): void {
    if (!writer.record(section, from, DnsType.PTR, DnsClass.IN, ttl, to.length + 2)) return;
    writer.name(to);
    writer.close();
  }

  private text(
    w: DnsWriter,
    section: Section,
    name: string,
    dnsClass: number,
    ttl: number,
    all: readonly string[],
  ): void {
    let room = 1;
    for (const text of all) room += text.length + 1;
    if (!w.record(section, name, DnsType.TXT, dnsClass, ttl, room)) return;
    for (const text of all) w.text(text);
    // RFC 6763 §6.1: no text at all is one empty string.
    if (all.length === 0) w.u8(0);
    w.close();
  }

  /** Full name of the instance of service `i`, or "". */
  private instance(i: number): string {
    return this.names[i] as string;
  }

  private isPlace(reader: DnsReader, port: number): boolean {
    const { buffer, from, to } = reader;
    const there = to - from > 6 ? ((buffer[from + 4] as number) << 8) | (buffer[from + 5] as number) : -1;
    return there === port && reader.isTo(this.host, 6);
  }
}
