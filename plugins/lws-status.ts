/**
 * Tells every page that is connected who else is, whenever that changes. A message is written in pieces: a head, one piece for each
 * connection, and a tail. Options: `version` and `hostname` as the message says them, and `newer`, the version that is to be had, where there is one: that one is
 * read for each message, so it may be a getter.
 */
import { type Options, Protocol, Write } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { transaction } from "lws/http/transaction";

/** Characters of a User-Agent that are kept. */
const AGENT = 255;

/** What of a message comes next. */
const enum Walk {
  /** Nothing: it is complete. */
  idle = -2,
  head = -1,
  /** From 0 on: the connection at this index. */
}

class Session {
  readonly time = Math.floor(Date.now() / 1000);
  walk: number = Walk.idle;
  /** What was told is no longer so. */
  stale = true;
  constructor(readonly agent: string) {}
}

export class LwsStatus extends Protocol {
  static readonly protocol = "lws-status";
  /** Newest first. */
  private readonly pages: Wsi[] = [];
  private readonly options: Options;
  private readonly head: string;

  constructor(vhost: Vhost, options: Options) {
    super(vhost, options);
    const version = JSON.stringify(options["version"] ?? "lws-xs");
    const hostname = JSON.stringify(options["hostname"] ?? vhost.name);
    this.head = `{"version":${version},"wss_over_h2":"0","hostname":${hostname}`;
    this.options = options;
  }

  override open(wsi: Wsi): Session {
    return new Session((transaction(wsi).header("user-agent") ?? "").slice(0, AGENT));
  }

  override onEstablished(wsi: Wsi): void {
    this.pages.unshift(wsi);
    this.tellAll();
  }

  override onClosed(wsi: Wsi): void {
    const at = this.pages.indexOf(wsi);
    if (at < 0) return;
    this.pages.splice(at, 1);
    this.tellAll();
  }

  override onWriteable(wsi: Wsi): void {
    const session = wsi.pss as Session;
    const { pages } = this;
    if (session.walk === Walk.idle) {
      if (!session.stale) return;
      session.stale = false;
      session.walk = Walk.head;
    }
    // One that is no longer right is cut short, and told anew.
    if (session.walk >= pages.length || (session.stale && session.walk !== Walk.head)) {
      session.walk = Walk.idle;
      wsi.write("]}", Write.text | Write.continuation);
    } else if (session.walk === Walk.head) {
      session.walk = 0;
      const newer = this.options["newer"] ?? "";
      const offer = newer === "" ? "" : `,"newer":${JSON.stringify(newer)}`;
      wsi.write(`${this.head}${offer},"wsi":"${pages.length}","conns":[`, Write.text | Write.more);
    } else {
      const page = pages[session.walk] as Wsi;
      const { time, agent } = page.pss as Session;
      const comma = session.walk++ > 0 ? "," : "";
      const text = `${comma}{"peer":${JSON.stringify(page.peer)},"time":"${time}","ua":${JSON.stringify(agent)}}`;
      wsi.write(text, Write.text | Write.continuation | Write.more);
    }
    if (session.walk !== Walk.idle || session.stale) wsi.callbackOnWritable();
  }

  private tellAll(): void {
    for (const page of this.pages) {
      (page.pss as Session).stale = true;
      page.callbackOnWritable();
    }
  }
}
