/** A link whose connection is a WebSocket, on either side: messages, in the pieces that the user of a stream reads and writes. */
import { log } from "lws/core/log";
import { Piece, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { Link } from "./adapter";
import { Part } from "./handlers";
import { StreamFlag } from "./policy";
import type { Stream } from "./stream";

/** Most bytes that are written at once. */
const pieceLimit = 1400;

export abstract class MessageLink implements Link {
  /** A message of ours is begun, and not ended. */
  private isInside = false;
  /** Of a message of the peer's, nothing but its beginning has come. */
  private isFresh = false;

  abstract requestTx(): void;
  abstract rxFlow(on: boolean): void;
  abstract confirmValid(): void;
  abstract close(): void;

  /** Bits of {@link Part} for a piece that has come; -1 where there is nothing to tell of it. */
  protected partOf(piece: number, isEmpty: boolean): number {
    const isFirst = this.isFresh || (piece & Piece.first) !== 0;
    const isFinal = (piece & Piece.final) !== 0;
    this.isFresh = isFirst && isEmpty && !isFinal;
    return isEmpty && !isFinal ? -1 : (isFirst ? Part.som : 0) | (isFinal ? Part.eom : 0);
  }

  /** Sends a piece of what the user of `stream` wants to write. A piece that begins inside of a message, or goes on without one, ends the stream. */
  protected write(stream: Stream, wsi: Wsi): void {
    const { isInside } = this;
    if (!stream.wantsTx) return;
    const room = stream.payload;
    room.open(0, Math.min(pieceLimit, room.bytes.length));
    room.flags = isInside ? 0 : Part.som;
    if (!stream.fill(this, room)) return;
    const { flags, from, length } = room;
    const isLast = (flags & Part.eom) !== 0;
    if (length === 0 && !isLast) return;
    if (isInside === ((flags & Part.som) !== 0)) {
      log.err(`stream ${stream.type.name}`, isInside ? "a message begins inside of another" : "no message has begun");
      stream.destroy();
      return;
    }
    this.isInside = !isLast;
    let how: number = stream.type.flags & StreamFlag.binary ? Write.binary : Write.text;
    if (isInside) how |= Write.continuation;
    if (!isLast) how |= Write.more;
    wsi.write(room.bytes, how, from, from + length);
  }
}
