/**
 * Tells every page that is connected which units are in the group of this one, whenever that changes. A message is written in pieces: a head,
 * one piece for each member, and a tail, whose `discard` says that the list has changed meanwhile and follows anew.
 */
import { type Options, Protocol, type ProtocolClass, Write } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import type { Group, GroupListener, Member } from "lws/system/group";

/** What of a message comes next. */
const enum Walk {
  /** Nothing: it is complete. */
  idle = -3,
  head = -2,
  self = -1,
  /** From 0 on: the member at this index. */
}

class Session {
  walk: number = Walk.idle;
  /** What was told is no longer so. */
  stale = true;
  /** A member is written, so that a comma comes before the next. */
  some = false;
}

class LwsGroup extends Protocol implements GroupListener {
  private readonly pages: Wsi[] = [];

  constructor(
    vhost: Vhost,
    options: Options,
    private readonly group: Group,
  ) {
    super(vhost, options);
  }

  override open(): Session {
    return new Session();
  }

  override onEstablished(wsi: Wsi): void {
    if (this.pages.length === 0) this.group.listen(this);
    this.pages.push(wsi);
    wsi.callbackOnWritable();
  }

  override onClosed(wsi: Wsi): void {
    const at = this.pages.indexOf(wsi);
    if (at < 0) return;
    this.pages.splice(at, 1);
    if (this.pages.length === 0) this.group.unlisten(this);
  }

  onMember(): void {
    for (const page of this.pages) {
      (page.pss as Session).stale = true;
      page.callbackOnWritable();
    }
  }

  override onWriteable(wsi: Wsi): void {
    const session = wsi.pss as Session;
    const { members } = this.group;
    if (session.walk === Walk.idle) {
      if (!session.stale) return;
      session.stale = session.some = false;
      session.walk = Walk.head;
    }
    if (session.walk === Walk.head) {
      session.walk = Walk.self;
      wsi.write(`{"group":${JSON.stringify(this.group.name)},"members":[`, Write.text | Write.more);
    } else if (session.walk >= members.length || session.stale) {
      session.walk = Walk.idle;
      wsi.write(`],"discard":"${session.stale ? 1 : 0}"}`, Write.text | Write.continuation);
    } else {
      const member = session.walk === Walk.self ? this.group.self : members[session.walk];
      session.walk++;
      wsi.write(member ? entry(member, session.some) : " ", Write.text | Write.continuation | Write.more);
      session.some ||= member !== undefined;
    }
    if (session.walk !== Walk.idle || session.stale) wsi.callbackOnWritable();
  }
}

function entry(member: Member, comma: boolean): string {
  const { mac, model, role, width, height, address } = member;
  return (
    `${comma ? "," : ""}{"mac":${JSON.stringify(mac)},"model":${JSON.stringify(model)},"role":${JSON.stringify(role)}` +
    `,"width":${JSON.stringify(width)},"height":${JSON.stringify(height)},"ipv4":"${address}"}`
  );
}

/** The protocol "lws-group" about this group. */
export function lwsGroup(group: Group): ProtocolClass {
  return class extends LwsGroup {
    static readonly protocol = "lws-group";
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, group);
    }
  };
}
