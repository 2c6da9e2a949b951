/** Sends every whole message back, text as text and binary as binary. While one waits to go out, nothing more is read. */
import { Piece, Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";

class Pending {
  message: ArrayBuffer | undefined = undefined;
  isBinary = false;
}

export class Echo extends Protocol {
  static readonly protocol = "bench-echo";

  override readonly messageLimit = 16384;
  override open(): Pending {
    return new Pending();
  }
  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number, piece: number): void {
    const pending = wsi.pss as Pending;
    pending.message = (buffer.buffer as ArrayBuffer).slice(buffer.byteOffset + from, buffer.byteOffset + to);
    pending.isBinary = (piece & Piece.binary) !== 0;
    wsi.rxFlow(false);
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    const pending = wsi.pss as Pending;
    const message = pending.message;
    if (!message) return;
    pending.message = undefined;
    wsi.write(message, pending.isBinary ? Write.binary : Write.text);
    wsi.rxFlow(true);
  }
}
