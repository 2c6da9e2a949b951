/**
 * Multicast DNS (RFC 6762): the unit claims `<name>.local`, gives way to who has it already, and answers for it and its services on each
 * interface with the address that it has there. Floods cost little: a record goes to the group once a second, and only so many answers to
 * single askers.
 */
import type { Context } from "lws/core/context";
import { type Recipient, receiveAll } from "lws/core/datagrams";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { type InterfaceName, Netif, UDP, type UDPTarget } from "lws/platform/sockets";
import Time from "time";
import { Dns, DnsClass, DnsReader, DnsType } from "./dns-message";
import { DnsWriter, Section } from "./dns-writer";
import { numbered, numberOf } from "./identity";
import { Bit, Manner, MdnsRecords, type MdnsService, typeName } from "./mdns-records";

export interface MdnsOptions {
  context: Context;
  /**
   * Has the name that is wanted, a DNS label of at most 31 characters, and the one to begin with, which may have a number behind it. Both are looked
   * at at each {@link Mdns.update}.
   */
  identity: { readonly wanted: string; readonly hostname: string };
  services: readonly MdnsService[];
  /** The network has left this name, without `.local`, to the unit. */
  onName?: (label: string) => void;
}

/** Who looks for services. */
export interface MdnsListener {
  /** A response came from `sender`; its records may be read. */
  onResponse(reader: DnsReader, sender: string): void;
}

const GROUP = "224.0.0.251";
const PORT = 5353;
/** Most questions and records of a message that are looked at. */
const MOST = 64;
/** Answers to single askers, and conflicts, in a second and in ten. */
const UNICASTS = 20;
const CONFLICTS = 15;

/** What {@link Mdns.step} counts: three probes, two announcements (§8). */
const enum Step {
  probes = 3,
  again = 4,
  settled = 5,
}

/** One interface. It waits for the time to send what others have asked for. */
class Link extends Sul {
  address = "";
  /** Records that the group is to be told. */
  pending = 0;
  /** Records that it was told lately, and when. */
  recent = 0;
  since = 0;

  constructor(
    private readonly mdns: Mdns,
    readonly name: InterfaceName,
  ) {
    super();
  }
  override fire(): void {
    this.mdns.flush(this);
  }
}

export class Mdns extends Sul implements UDPTarget, Recipient {
  readonly records: MdnsRecords;
  /** Gets the responses of others. */
  listener: MdnsListener | undefined = undefined;
  /** @internal */
  readonly socket: UDP;
  private readonly links: readonly Link[];
  private reader: DnsReader | undefined = undefined;
  private wanted = "";
  private number = 1;
  private step: number = Step.settled;
  private conflicts = 0;
  private unicasts = 0;
  private second = 0;
  private closed = false;

  /** Throws Error("port in use") or Error("no socket"). */
  constructor(private readonly options: MdnsOptions) {
    super();
    this.records = new MdnsRecords(options.services);
    this.links = [new Link(this, "station"), new Link(this, "ap")];
    this.socket = new UDP({ port: PORT, target: this });
    this.socket.join(GROUP);
    this.update();
  }

  /** The unit's address where the group is; "" where it has none. */
  get address(): string {
    return (this.links.find((link) => link.address !== "") as Link | undefined)?.address ?? "";
  }

  /** Whether the unit has that address. */
  isOurs(address: string): boolean {
    for (const link of this.links) if (link.address === address) return true;
    return false;
  }

  /** Takes over a name, services or addresses that may have changed. */
  update(): void {
    if (this.closed) return;
    const { records, links, options } = this;
    const { wanted } = options.identity;
    let fresh = false;
    for (const link of links) {
      const address = Netif.address(link.name)?.address ?? "";
      if (address === link.address) continue;
      link.address = address;
      link.pending = link.recent = 0;
      fresh ||= address !== "";
    }
    if (wanted !== this.wanted || records.isStale) {
      this.goodbye();
      this.wanted = wanted;
      const { hostname } = options.identity;
      this.number = hostname === wanted ? 1 : numberOf(hostname);
      records.rename(hostname);
      fresh = true;
    }
    if (fresh) this.probe(0);
  }

  private goodbye(): void {
    if (this.step >= Step.probes && this.wanted !== "") this.tellAll(this.records.all, Manner.goodbye);
  }

  /** Asks the network for services of `type`; the answers come to {@link Mdns.listener}. */
  query(type: string): void {
    const writer = this.writer(0, 0);
    writer.question(typeName(type), DnsType.PTR, DnsClass.IN);
    for (const link of this.links) this.send(link, writer);
  }

  /** @internal */
  onDatagram(): void {
    receiveAll(this.options.context, "mdns", this);
  }

  /** Takes all records back and says nothing any more. */
  close(): void {
    if (this.closed) return;
    const { scheduler } = this.options.context;
    this.goodbye();
    this.closed = true;
    scheduler.cancel(this);
    for (const link of this.links) scheduler.cancel(link);
    this.socket.close();
  }

  /** @internal The next step on the way to the name. */
  override fire(): void {
    const { scheduler } = this.options.context;
    // Without a network there is nobody to ask; the next address begins anew.
    if (this.address === "") return;
    if (this.step < Step.probes) {
      for (const link of this.links) if (link.address !== "") this.sendProbe(link);
      scheduler.schedule(this, 250);
    } else {
      if (this.step === Step.probes) {
        log.notice("mdns", `the unit is ${this.records.host}`);
        scheduler.schedule(this, 1000);
      }
      this.tellAll(this.records.all, Manner.usual);
      if (this.step === Step.again) {
        this.conflicts = 0;
        this.options.onName?.(this.records.label);
      }
    }
    if (this.step < Step.settled) this.step++;
  }

  /** @internal Sends what is due on `link`. */
  flush(link: Link): void {
    const bits = link.pending;
    link.pending = 0;
    if (bits && this.step >= Step.probes) this.tell(link, bits, Manner.usual);
  }

  // --- the name -----------------------------------------------------------------------------------------------------------------

  private probe(least: number): void {
    this.step = 0;
    this.options.context.scheduler.schedule(this, least + Math.floor(Math.random() * 250));
  }

  private sendProbe(link: Link): void {
    const { records } = this;
    const writer = this.writer(0, 0);
    records.claim(writer);
    records.write(writer, Section.authority, Bit.host, link.address, Manner.legacy);
    this.send(link, writer);
  }

  /** Somebody else says that the name is his. While we ask for it, it is; later we ask again (§9). */
  private contradicted(): void {
    const { records, wanted } = this;
    const wait = ++this.conflicts > CONFLICTS ? 5000 : 0;
    if (this.step < Step.probes) {
      records.rename(numbered(wanted, ++this.number));
      log.warn("mdns", `the name is taken, tries ${records.host}`);
    }
    this.probe(wait);
  }

  /** Another one asks for the same name at the same time: whose address is the greater one gets it (§8.2). */
  private tieBreak(reader: DnsReader, link: Link): void {
    if (this.step >= Step.probes || reader.type !== DnsType.A || !reader.isAbout(this.records.host)) return;
    const theirs = reader.address.split(".");
    const ours = link.address.split(".");
    for (let i = 0; i < 4; i++) {
      const difference = Number(theirs[i] ?? 0) - Number(ours[i]);
      if (difference < 0) return;
      if (difference > 0) {
        this.probe(1000);
        return;
      }
    }
  }

  // --- what others say ------------------------------------------------------------------------------------------------------------

  /** @internal */
  receive(socket: UDP, length: number): void {
    const { options, links } = this;
    const { context } = options;
    if (length < Dns.header || !socket.near || socket.port === 0) return;
    const link = links[socket.interface === "ap" ? 1 : 0] as Link;
    if (link.address === "") return;
    this.reader ??= new DnsReader(context.buffer);
    const { reader } = this;
    reader.begin(length);
    if (reader.flags & (Dns.opcode | Dns.rcode)) return;
    if (!(reader.flags & Dns.response)) this.asked(reader, link);
    else if (socket.port === PORT) this.told(reader, socket.address);
  }

  private told(reader: DnsReader, sender: string): void {
    if (this.isOurs(sender) || !reader.toRecords()) return;
    for (let left = Math.min(reader.records, MOST); left > 0 && reader.record(); left--) {
      if (!this.records.contradicts(reader, this)) continue;
      this.contradicted();
      break;
    }
    this.listener?.onResponse(reader, sender);
  }

  private asked(reader: DnsReader, link: Link): void {
    const { records, socket } = this;
    let bits = 0;
    let direct = 0;
    const count = reader.questions;
    if (count > MOST) return;
    for (let left = count; left > 0; left--) {
      if (!reader.question()) return;
      const found = records.answers(reader);
      if (reader.class & DnsClass.topBit) direct |= found;
      bits |= found;
    }
    const questions = reader.at;
    const known = reader.answers;
    let left = Math.min(known + reader.authorities, MOST);
    for (let i = 0; i < left; i++) {
      if (!reader.record()) left = 0;
      else if (i >= known) this.tieBreak(reader, link);
      else if (socket.port === PORT) {
        const struck = ~records.known(reader, link.address);
        bits &= struck;
        // The rest of what an asker knows comes in packets of its own, without questions (§7.2).
        if (count === 0) link.pending &= struck;
      }
    }
    if (!bits || this.step < Step.probes) return;
    if (socket.port !== PORT) this.answer(reader, link, bits, questions);
    else {
      if (direct & bits) this.answer(reader, link, direct & bits, 0);
      this.later(link, bits & ~direct, reader.authorities > 0 ? 250 : 1000, (reader.flags & Dns.truncated) !== 0);
    }
  }

  // --- what we say ----------------------------------------------------------------------------------------------------------------

  /** Answers who asked alone; `questions`: it knows no multicast, and is to see its questions, which end there. */
  private answer(reader: DnsReader, link: Link, bits: number, questions: number): void {
    const { socket, records } = this;
    if ((Time.ticks - this.second) >>> 0 >= 1000) {
      this.second = Time.ticks;
      this.unicasts = 0;
    }
    if (this.unicasts++ >= UNICASTS) return;
    const writer = this.writer(questions ? reader.id : 0, Dns.response | Dns.authoritative);
    if (questions > 0) writer.copyQuestions(reader.buffer, Dns.header, questions, reader.questions);
    const manner = questions > 0 ? Manner.legacy : Manner.usual;
    records.write(writer, Section.answer, bits, link.address, manner);
    records.write(writer, Section.additional, records.additional(bits), link.address, manner);
    socket.write(writer.buffer, 0, writer.end, socket.address, socket.port, link.name);
  }

  /** Tells the group: at once where nobody else can answer, else after a random time (§6), and later still where more is to come. */
  private later(link: Link, bits: number, gap: number, more: boolean): void {
    if ((Time.ticks - link.since) >>> 0 < gap) bits &= ~link.recent;
    if (!bits) return;
    link.pending |= bits;
    if (link.next !== null) return;
    const wait = more ? 400 : this.records.mayCollide(bits) ? 20 : 0;
    this.options.context.scheduler.schedule(link, wait && wait + Math.floor(Math.random() * 100));
  }

  private tellAll(bits: number, manner: Manner): void {
    for (const link of this.links) this.tell(link, bits, manner);
  }

  private tell(link: Link, bits: number, manner: Manner): void {
    if (link.address === "") return;
    const { records } = this;
    const writer = this.writer(0, Dns.response | Dns.authoritative);
    records.write(writer, Section.answer, bits, link.address, manner);
    if (manner === Manner.usual)
      records.write(writer, Section.additional, records.additional(bits), link.address, manner);
    const now = Time.ticks;
    if ((now - link.since) >>> 0 >= 1000) link.recent = 0;
    link.since = now;
    link.recent |= bits;
    this.send(link, writer);
  }

  private writer(id: number, flags: number): DnsWriter {
    const writer = new DnsWriter(this.options.context.tx);
    writer.begin(id, flags);
    return writer;
  }

  private send(link: Link, writer: DnsWriter): void {
    if (link.address !== "") this.socket.write(writer.buffer, 0, writer.end, GROUP, PORT, link.name);
  }
}
