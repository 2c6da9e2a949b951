/** What an answer of a name server says (RFC 1035 §4.1): the addresses of one name, through the aliases that it may have. */

import { isHostAddress } from "lws/client/endpoint";
import { Dns, DnsClass, DnsReader, DnsType, readName, skipName } from "lws/system/dns-message";

/** Longest name that is asked for. */
export const LONGEST_NAME = 127;
/** Most addresses that are taken of one name. */
const ADDRESSES = 4;
/** Most aliases on the way to an address. */
const ALIASES = 4;

const enum Rcode {
  none = 0,
  noName = 3,
}

export const enum Verdict {
  /** It is no answer to the question, or malformed: as if it had not come. */
  ignored,
  /** The addresses are there. */
  addresses,
  /** The name is an alias of another, whose address has to be asked for. */
  alias,
  /** There is no such name, or it has no address. */
  noName,
  /** The server can't tell. */
  failed,
}

export class ResolveAnswer {
  /** After {@link Verdict.addresses}: those, and for how many seconds they are good. */
  addresses: string[] = [];
  ttl = 0;
  /** After any verdict: the name at the end of the aliases, and how many of them have been gone through. */
  name = "";
  aliases = 0;
  private readonly reader: DnsReader;

  constructor(buffer: Uint8Array) {
    this.reader = new DnsReader(buffer);
  }

  /** Identification of the message that stands at the beginning of the buffer; -1 where it is none. */
  begin(length: number): number {
    return this.reader.begin(length) ? this.reader.id : -1;
  }

  /** Reads the message as the answer to a question for `name`, which `aliases` have led to; `ttl` is how long these are good. */
  read(name: string, aliases: number, ttl: number): Verdict {
    const { reader } = this;
    const { flags } = reader;
    this.name = name;
    this.aliases = aliases;
    this.ttl = ttl;
    this.addresses = [];
    if ((flags & (Dns.response | Dns.opcode)) !== Dns.response || reader.questions !== 1) return Verdict.ignored;
    if (!reader.question() || reader.type !== DnsType.A || reader.class !== DnsClass.IN || !reader.isAbout(name))
      return Verdict.ignored;
    const rcode = flags & Dns.rcode;
    if (rcode !== Rcode.none && rcode !== Rcode.noName) return Verdict.failed;
    for (let before = -1; this.aliases !== before; ) {
      before = this.aliases;
      if (!this.gather()) return Verdict.ignored;
      if (this.aliases > ALIASES) return Verdict.failed;
    }
    if (this.addresses.length > 0) return Verdict.addresses;
    // Of an alias whose end is not told, NXDOMAIN is about the end (RFC 6604 §3).
    if (rcode === Rcode.noName) return Verdict.noName;
    if (this.name !== name) return Verdict.alias;
    // What was cut off, or comes from a server that does not look for others, says nothing of the name.
    const knows = flags & (Dns.available | Dns.authoritative);
    return flags & Dns.truncated || !knows ? Verdict.failed : Verdict.noName;
  }

  /** Goes through all answers once for {@link ResolveAnswer.name}: takes its addresses, or goes on to what it is an alias of. False where one is malformed. */
  private gather(): boolean {
    const { reader } = this;
    const { buffer } = reader;
    const { name } = this;
    let alias = "";
    if (!reader.toRecords()) return false;
    for (let left = reader.answers; left > 0; left--) {
      if (!reader.record()) return this.addresses.length > 0 && (reader.flags & Dns.truncated) !== 0;
      if (reader.class !== DnsClass.IN || !reader.isAbout(name)) continue;
      if (reader.type === DnsType.A) {
        const { address } = reader;
        if (address === "") return false;
        if (!isHostAddress(address) || this.addresses.length === ADDRESSES) continue;
        this.addresses.push(address);
        this.age();
      } else if (reader.type === DnsType.CNAME && alias === "") {
        if (skipName(buffer, reader.from, reader.to) !== reader.to) return false;
        alias = (readName(buffer, reader.from, reader.to, LONGEST_NAME) ?? "").toLowerCase();
        if (alias === "") return false;
        this.age();
      }
    }
    if (alias !== "" && this.addresses.length === 0) {
      this.name = alias;
      this.aliases++;
    }
    return true;
  }

  /** All that has led to the addresses is good only as long as its shortest part; a TTL with its top bit set is 0 (RFC 2181 §8). */
  private age(): void {
    this.ttl = Math.min(this.ttl, Math.max(this.reader.ttl, 0));
  }
}
