/** Protocols of the corpus image. */
import { Piece, Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Bytes } from "lws/platform/bytes";

class Pending {
  message: Uint8Array | undefined = undefined;
  from = 0;
  to = 0;
  how = 0;
}

/** Sends each piece back as it came, as a frame of its own, and reads nothing more meanwhile. */
export class Pieces extends Protocol {
  static readonly protocol: string = "pieces";

  override open(): Pending {
    return new Pending();
  }
  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number, piece: number): void {
    const pending = wsi.pss as Pending;
    const isOwned = (piece & Piece.owned) !== 0;
    pending.message = isOwned ? buffer : buffer.slice(from, to);
    pending.from = isOwned ? from : 0;
    pending.to = isOwned ? to : to - from;
    pending.how =
      (piece & Piece.binary ? Write.binary : Write.text) |
      (piece & Piece.first ? 0 : Write.continuation) |
      (piece & Piece.final ? 0 : Write.more);
    wsi.rxFlow(false);
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    const pending = wsi.pss as Pending;
    const message = pending.message;
    if (!message) return;
    pending.message = undefined;
    wsi.write(message, pending.how, pending.from, pending.to);
    wsi.rxFlow(true);
  }
}

/** Sends whole messages back. */
export class Whole extends Pieces {
  static override readonly protocol = "whole";
  override readonly messageLimit: number = 20000;
}

/** Takes messages of up to 100 bytes. */
export class Small extends Pieces {
  static override readonly protocol = "small";
  override readonly messageLimit: number = 100;
}

/** Wants no compression. */
export class Plain extends Pieces {
  static override readonly protocol = "plain";
  override readonly messageLimit: number = 16384;
  override readonly deflate: boolean = false;
}

/** May be reached from pages of two other origins. */
export class Outside extends Pieces {
  static override readonly protocol = "outside";
  override readonly messageLimit: number = 100;
}

/** May be reached from any page. */
export class Anybody extends Pieces {
  static override readonly protocol = "anybody";
  override readonly messageLimit: number = 16384;
}

/** Reads nothing after the first message, until its timer runs out. Then it counts what comes. */
export class Stopper extends Protocol {
  static readonly protocol = "stopper";

  override open(): { bytes: number; isStopped: boolean } {
    return { bytes: 0, isStopped: false };
  }
  override onReceive(wsi: Wsi, _buffer: Uint8Array, from: number, to: number, piece: number): void {
    const state = wsi.pss as { bytes: number; isStopped: boolean };
    state.bytes += to - from;
    if (!state.isStopped) {
      state.isStopped = true;
      wsi.rxFlow(false);
      wsi.setTimer(3000);
    } else if (piece & Piece.final) wsi.callbackOnWritable();
  }
  override onTimer(wsi: Wsi): void {
    wsi.rxFlow(true);
  }
  override onWriteable(wsi: Wsi): void {
    wsi.write(String((wsi.pss as { bytes: number }).bytes));
  }
}

/** Tells what happens, and closes when asked to: `close CODE REASON`. */
export class Events extends Protocol {
  static readonly protocol = "events";
  override readonly messageLimit: number = 200;

  override open(): string[] {
    return [];
  }
  private say(wsi: Wsi, text: string): void {
    (wsi.pss as string[]).push(text);
    wsi.callbackOnWritable();
  }
  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number, piece: number): void {
    const text = Bytes.latin1(buffer, from, to);
    const [, code, reason] = /^close (\d+) ?(.*)$/.exec(text) ?? [];
    if (code !== undefined) wsi.close(Number(code), reason);
    else this.say(wsi, `${piece & Piece.binary ? "binary" : "text"} of ${to - from}`);
  }
  override onPong(wsi: Wsi): void {
    this.say(wsi, "pong");
  }
  override onWriteable(wsi: Wsi): void {
    const text = (wsi.pss as string[]).shift();
    if (text === undefined) return;
    wsi.write(text);
    wsi.callbackOnWritable();
  }
}
