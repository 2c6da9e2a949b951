/**
 * Units of one group know each other: each announces itself as a service, and whoever wants to know asks the network for the others. A member
 * announces in one packet who and where it is; what a packet says of members that it names beside is not looked at.
 */
import type { Context } from "lws/core/context";
import { Sul } from "lws/core/scheduler";
import { Bytes } from "lws/platform/bytes";
import Time from "time";
import { DnsClass, type DnsReader, DnsType, readName } from "./dns-message";
import type { Identity } from "./identity";
import type { Mdns, MdnsListener } from "./mdns";
import type { MdnsService } from "./mdns-records";

export interface GroupOptions {
  context: Context;
  identity: Identity;
  /** Size of the frame in which a page of another member shows this one, in pixels. Default 320 × 160. */
  width?: number;
  height?: number;
  /** Most members that are remembered. Default 16. */
  limit?: number;
}

export class Member {
  model = "";
  role = "";
  mac = "";
  width = "";
  height = "";
  /** Time.ticks when it was heard of last. */
  seen = 0;
  constructor(
    /** Its name on the network, with `.local`. */
    readonly host: string,
    public address: string,
  ) {}
}

export type MemberEvent = "add" | "change" | "remove";

export interface GroupListener {
  onMember(event: MemberEvent, member: Member): void;
}

const TYPE = "_lwsgrmem._tcp";
/** Milliseconds between questions, and after which a member that is no longer heard of is gone. */
const ASK = 5000;
const FORGET = 60_000;
/** Keys of a member's text, and most characters of their values. */
const KEYS = ["model", "role", "mac", "width", "height"] as const;
const LENGTHS: Readonly<Record<(typeof KEYS)[number], number>> = { model: 15, role: 15, mac: 19, width: 5, height: 5 };

export class Group extends Sul implements MdnsListener {
  /** The others; the unit itself is not among them. */
  readonly members: Member[] = [];
  private mdns: Mdns | undefined = undefined;
  private readonly listeners: GroupListener[] = [];
  /** Name of the group whose members are known. */
  private asked = "";

  constructor(private readonly options: GroupOptions) {
    super();
  }

  /** Name of the group; "": the unit has none. */
  get name(): string {
    return this.options.identity.group;
  }

  /** What the unit announces; none while it has no group. */
  get service(): MdnsService {
    const { identity, width = 320, height = 160 } = this.options;
    return {
      type: TYPE,
      port: 443,
      instance: () => identity.group,
      text: () => [
        `model=${identity.model}`,
        `group=${identity.group}`,
        `role=${identity.role}`,
        `mac=${identity.mac}`,
        `width=${width}`,
        `height=${height}`,
      ],
    };
  }

  /** Says by what the others are found. */
  use(mdns: Mdns): void {
    this.mdns = mdns;
    mdns.listener = this;
  }

  /** The unit as a member; undefined while it has no group. */
  get self(): Member | undefined {
    const { identity, width = 320, height = 160 } = this.options;
    if (identity.group === "" || !this.mdns) return undefined;
    const self = new Member(this.mdns.records.host, this.mdns.address);
    self.model = identity.model;
    self.role = identity.role;
    self.mac = identity.mac;
    self.width = String(width);
    self.height = String(height);
    return self;
  }

  /** The network is asked as long as somebody listens. */
  listen(listener: GroupListener): void {
    this.listeners.push(listener);
    if (this.next === null) this.options.context.scheduler.schedule(this, 0);
  }

  unlisten(listener: GroupListener): void {
    const at = this.listeners.indexOf(listener);
    if (at < 0) return;
    this.listeners.splice(at, 1);
    if (this.listeners.length > 0) return;
    this.options.context.scheduler.cancel(this);
    this.members.length = 0;
    this.asked = "";
  }

  /** @internal Forgets who is gone, and asks who is there. */
  override fire(): void {
    const { name } = this;
    for (let i = this.members.length - 1; i >= 0; i--) {
      const member = this.members[i] as Member;
      if (name !== this.asked || (Time.ticks - member.seen) >>> 0 >= FORGET) this.remove(i);
    }
    this.asked = name;
    if (name !== "") this.mdns?.query(TYPE);
    this.options.context.scheduler.schedule(this, ASK);
  }

  /** @internal */
  onResponse(reader: DnsReader, sender: string): void {
    const name = this.asked;
    if (this.listeners.length === 0 || name === "") return;
    const instance = `${name}.${TYPE}.local`;
    const host = this.find(reader, DnsType.SRV, instance) ? this.target(reader) : "";
    if (host === "") return;
    const gone = reader.ttl === 0;
    if (!this.find(reader, DnsType.TXT, instance)) return;
    const heard = new Member(host, sender);
    if (!readText(reader, heard, name)) return;
    if (this.find(reader, DnsType.A, host)) heard.address = reader.address || sender;
    this.heard(heard, gone);
  }

  private heard(heard: Member, gone: boolean): void {
    const { members, options } = this;
    const at = members.findIndex((member) => member.host === heard.host);
    heard.seen = Time.ticks;
    if (gone) {
      if (at >= 0) this.remove(at);
    } else if (at >= 0) {
      const old = members[at] as Member;
      members[at] = heard;
      if (old.address !== heard.address || KEYS.some((key) => old[key] !== heard[key])) this.tell("change", heard);
    } else if (members.length < (options.limit ?? 16)) {
      members.push(heard);
      this.tell("add", heard);
    }
  }

  private remove(at: number): void {
    const [member] = this.members.splice(at, 1);
    this.tell("remove", member as Member);
  }

  private tell(event: MemberEvent, member: Member): void {
    for (const listener of this.listeners) listener.onMember(event, member);
  }

  /** The host that the service record leads to, in lower case; "" where that is no host of the local network. */
  private target(reader: DnsReader): string {
    const host = readName(reader.buffer, reader.from + 6, reader.to)?.toLowerCase() ?? "";
    return host.length <= 31 + 6 && host.endsWith(".local") ? host : "";
  }

  /** Reads on to the first record about `name` of that type. */
  private find(reader: DnsReader, type: DnsType, name: string): boolean {
    if (!reader.toRecords()) return false;
    for (let left = Math.min(reader.records, 64); left > 0 && reader.record(); left--) {
      if (reader.type === type && (reader.class & ~DnsClass.topBit) === DnsClass.IN && reader.isAbout(name))
        return true;
    }
    return false;
  }
}

/** All pairs of the text (RFC 6763 §6.4) that a member has; false where they are of another group. */
function readText(reader: DnsReader, member: Member, group: string): boolean {
  const { buffer, to } = reader;
  let ours = true;
  for (let at = reader.from; at < to; ) {
    const end = at + 1 + (buffer[at] as number);
    if (end > to) return false;
    const equals = Bytes.find(buffer, at + 1, end, "=");
    if (equals > 0) {
      for (const key of KEYS) {
        if (!Bytes.equals(buffer, at + 1, equals, key) || member[key] !== "") continue;
        const value = Bytes.text(buffer, equals + 1, Math.min(end, equals + 1 + LENGTHS[key]));
        member[key] = value ?? "";
      }
      if (Bytes.equals(buffer, at + 1, equals, "group")) ours = Bytes.equals(buffer, equals + 1, end, group);
    }
    at = end;
  }
  return ours;
}
