/**
 * Sends every whole message back as it came: text as text, binary as binary. While one waits to go out, nothing more is read. The option
 * `limit` is the largest message in bytes; 0 sends each piece back as it arrives, so that there is no largest. The option `deflate` "0" refuses
 * compression.
 */
import { LwsError } from "lws/core/errors";
import { type Options, Piece, Protocol, Write } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";

class Pending {
  message: Uint8Array | undefined = undefined;
  from = 0;
  to = 0;
  how = 0;
}

/** Bytes of a message that fits the heap twice, besides all else. */
const LIMIT = 16384;

export class Echo extends Protocol {
  static readonly protocol = "lws-echo";
  override readonly messageLimit: number;
  override readonly deflate: boolean;

  constructor(vhost: Vhost, options: Options) {
    super(vhost, options);
    const limit = options["limit"] ?? String(LIMIT);
    if (!/^\d{1,8}$/.test(limit)) throw new LwsError("BAD_OPTION", `limit ${limit}`);
    this.messageLimit = Number(limit);
    this.deflate = options["deflate"] !== "0";
  }

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
    if (message === undefined) return;
    pending.message = undefined;
    wsi.write(message, pending.how, pending.from, pending.to);
    wsi.rxFlow(true);
  }
}
