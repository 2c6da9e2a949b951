/**
 * Counts: sends each connection a decimal number every 50 ms, beginning with 0. `reset` begins anew, `closeme`, each with a line feed,
 * closes with 1001 and the reason "seeya"; anything else is ignored. The per-vhost option `options` is a number whose bit 0 stops the timer.
 */
import { type Options, Piece, Protocol, Write } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { Bytes } from "lws/platform/bytes";

/** Milliseconds between two numbers. */
const INTERVAL = 50;

class Session {
  counter = 0;
  /** The timer has run since the last number. */
  due = false;
}

export class DumbIncrement extends Protocol {
  static readonly protocol = "dumb-increment-protocol";
  private readonly isManual: boolean;

  constructor(vhost: Vhost, options: Options) {
    super(vhost, options);
    this.isManual = (Number(options["options"] ?? 0) & 1) === 1;
  }

  override open(): Session {
    return new Session();
  }

  override onEstablished(wsi: Wsi): void {
    if (!this.isManual) wsi.setTimer(INTERVAL);
  }

  override onTimer(wsi: Wsi): void {
    (wsi.pss as Session).due = true;
    wsi.setTimer(INTERVAL);
    wsi.callbackOnWritable();
  }

  override onWriteable(wsi: Wsi): void {
    const session = wsi.pss as Session;
    if (!session.due) return;
    session.due = false;
    wsi.write(String(session.counter++), Write.text);
  }

  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number, piece: number): void {
    if (!(piece & Piece.first)) return;
    if (to - from >= 6 && Bytes.equals(buffer, from, from + 6, "reset\n")) (wsi.pss as Session).counter = 0;
    else if (to - from >= 8 && Bytes.equals(buffer, from, from + 8, "closeme\n")) wsi.close(1001, "seeya");
  }
}
