/**
 * Sends back what it receives, 128 bytes at a time. While a piece waits to go out nothing more is read, so that none is lost however slowly
 * the peer takes them.
 */
import { Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Bytes } from "lws/platform/bytes";

const PIECE = 128;

class Echo {
  readonly piece = new ArrayBuffer(PIECE);
  length = 0;
}

export class LwsRawTest extends Protocol {
  static readonly protocol = "protocol-lws-raw-test";

  override readonly pieceLimit = PIECE;

  override open(): Echo {
    return new Echo();
  }

  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    const echo = wsi.pss as Echo;
    echo.length = Bytes.copy(buffer, from, to, echo.piece, 0);
    wsi.rxFlow(false);
    wsi.callbackOnWritable();
  }

  override onWriteable(wsi: Wsi): void {
    const echo = wsi.pss as Echo;
    const { length } = echo;
    if (length === 0) return;
    echo.length = 0;
    wsi.write(echo.piece, Write.body, 0, length);
    wsi.rxFlow(true);
  }
}
