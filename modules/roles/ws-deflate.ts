/**
 * permessage-deflate (RFC 7692) with windows that a chip can afford. Memory is taken while a message is under way, unless a context is to be
 * kept; compressed bytes are never gathered, and decompressed ones go to the protocol as they come.
 */
import type { ErrorCode } from "lws/core/errors";
import type { Writable } from "lws/core/protocol";
import { Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import { Deflate, Inflate } from "lws/platform/deflate";
import type { Agreement } from "./ws-deflate-offer";
import { agree } from "./ws-deflate-offer";
import type { Extension, ExtensionSession } from "./ws-extension";
import { deliver } from "./ws-receive";
import { frameRoom, sendBuilt } from "./ws-send";
import type { WsState } from "./ws-state";
import { WsFlag } from "./ws-state";

export interface DeflateOptions {
  /** Window of what clients send, as power of two: 8 to 15. Clients that can't be held to it get no compression. */
  clientWindowBits?: number;
  /** Window of what is sent, as power of two: 8 to 14. */
  serverWindowBits?: number;
  /** Clients that can't be held to a small window get the 32 kB that they need, while a message of theirs is under way. */
  largeWindows?: boolean;
  /** Clients may refer to their earlier messages: every connection then keeps its window and 1.3 kB. */
  clientTakeover?: boolean;
  /** Messages refer to earlier ones, unless the client objects: every connection then keeps two windows and half a kilobyte. */
  serverTakeover?: boolean;
  /** Bytes that a message may be decompressed to where the protocol sets no limit. */
  messageLimit?: number;
  /** Shorter messages are sent as they are. */
  threshold?: number;
}

export class PerMessageDeflate implements Extension {
  readonly clientWindowBits: number;
  readonly serverWindowBits: number;
  readonly largeWindows: boolean;
  readonly clientTakeover: boolean;
  readonly serverTakeover: boolean;
  readonly messageLimit: number;
  readonly threshold: number;

  constructor(options: DeflateOptions = {}) {
    this.clientWindowBits = options.clientWindowBits ?? 10;
    this.serverWindowBits = options.serverWindowBits ?? 10;
    this.largeWindows = options.largeWindows ?? false;
    this.clientTakeover = options.clientTakeover ?? false;
    this.serverTakeover = options.serverTakeover ?? false;
    this.messageLimit = options.messageLimit ?? 65536;
    this.threshold = options.threshold ?? 64;
  }

  negotiate(offers: string): ExtensionSession | undefined {
    const agreement = agree(this, offers);
    return agreement && new DeflateSession(this, agreement);
  }
}

class DeflateSession implements ExtensionSession {
  private inflate: Inflate | undefined = undefined;
  private deflate: Deflate | undefined = undefined;
  /** Bytes that the message under way was decompressed to. */
  private inflated = 0;
  /** First byte of the next frame of the message that is being sent; -1 while none is sent compressed. */
  private first = -1;

  constructor(
    private readonly options: PerMessageDeflate,
    private readonly agreement: Agreement,
  ) {}

  get answer(): string {
    return this.agreement.answer;
  }

  receive(wsi: Wsi, ws: WsState, from: number, to: number): number | ErrorCode {
    const { buffer, tx } = wsi.vhost.context;
    let inflate = this.inflate;
    if (!inflate) {
      try {
        this.inflate = inflate = new Inflate(this.agreement.clientBits);
      } catch {
        return "OVERLOADED";
      }
    }
    const progress = inflate.read(buffer, from, to, tx, 0, Math.min(tx.length, 65535));
    if (progress < 0) return "WS_BAD_DATA";
    const made = progress & 0xffff;
    const at = from + Math.floor(progress / 65536);
    if (at < to) {
      // There is more to come out of what was read: the rest goes back as it came, for the next round.
      ws.left += to - at;
      ws.phase = (ws.phase - (to - at)) & 3;
      Bytes.mask(buffer, at, to, ws.key, ws.phase);
    }
    const isEnd = ws.left === 0 && (ws.flags & WsFlag.fin) !== 0;
    if (isEnd && !inflate.finish()) return "WS_BAD_DATA";
    this.inflated += made;
    if (wsi.protocol?.messageLimit === 0 && this.inflated > this.options.messageLimit) return "WS_TOO_BIG";
    if (isEnd) this.endInflate();
    if (made === 0 && !isEnd) {
      if (ws.left === 0) ws.flags &= WsFlag.outside;
      return at;
    }
    return deliver(wsi, ws, tx, 0, made, 0) ?? at;
  }

  private endInflate(): void {
    this.inflated = 0;
    if (this.agreement.clientTakeover) return;
    this.inflate?.close();
    this.inflate = undefined;
  }

  write(wsi: Wsi, data: Writable, how: number, from: number, to: number): boolean {
    if (how & Write.continuation && this.first < 0) return false;
    let source: ByteSource;
    let at = from;
    let end = to;
    if (typeof data === "string") {
      // Outside of reading, the buffer for it is free.
      source = wsi.vhost.context.buffer;
      end = Bytes.put(data, source as Uint8Array, 0);
      if (end < 0) {
        source = new ArrayBuffer(Bytes.size(data));
        end = Bytes.put(data, source, 0);
      }
      at = 0;
    } else source = data;
    if (!(how & Write.continuation)) {
      if (!(how & Write.more) && end - at < this.options.threshold) return false;
      if (!this.beginDeflate()) return false;
      this.first = (how & 15) | 0x40;
    }
    return this.send(wsi, source, at, end, (how & Write.more) === 0, (how & (Write.more | Write.continuation)) === 0);
  }

  private send(wsi: Wsi, source: ByteSource, from: number, to: number, isLast: boolean, isWhole: boolean): boolean {
    const tx = wsi.vhost.context.tx;
    const takeover = this.agreement.serverTakeover;
    const deflate = this.deflate as Deflate;
    let at = from;
    do {
      const progress = deflate.write(source, at, to, tx, frameRoom, Math.min(tx.length, 65535), isLast);
      const made = progress & 0xffff;
      at += Math.floor(progress / 65536);
      const isEnd = isLast && at === to;
      if (isEnd && isWhole && !takeover && (this.first & 0x40) !== 0 && made >= to - from) {
        this.endDeflate();
        return false;
      }
      if (made === 0) continue;
      sendBuilt(wsi, isEnd ? this.first | 0x80 : this.first, frameRoom + made);
      this.first = 0;
    } while (at < to);
    if (isLast) this.endDeflate();
    return true;
  }

  /** False where there is no memory for it. */
  private beginDeflate(): boolean {
    try {
      this.deflate ??= new Deflate(this.agreement.serverBits);
      return true;
    } catch {
      return false;
    }
  }

  private endDeflate(): void {
    this.first = -1;
    if (this.agreement.serverTakeover) return;
    this.deflate?.close();
    this.deflate = undefined;
  }

  close(): void {
    this.inflate?.close();
    this.deflate?.close();
  }
}
