/** The body of a request on its way to an origin: one piece of it, framed in place (RFC 9112 §7.1). */
import { LwsError } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import { Bytes } from "lws/platform/bytes";

/** Room for the size of a chunk before the data, and for what ends chunk and body behind it. */
const before = 8;
const behind = 7;

export class Upload {
  private readonly buffer: Uint8Array;
  private end = before;
  private isFinished = false;

  /** A piece is what is read at once. */
  constructor(
    client: Wsi,
    private readonly isChunked: boolean,
  ) {
    this.buffer = new Uint8Array(before + client.vhost.context.buffer.length + behind);
  }

  /** Something waits to be sent. */
  get isFull(): boolean {
    return this.end > before;
  }

  /** All that was added is sent, and what ends a chunked body. */
  get isDone(): boolean {
    return this.end === before && (this.isFinished || !this.isChunked);
  }

  add(source: Uint8Array, from: number, to: number): void {
    if (this.end + to - from > this.buffer.length - behind) throw new LwsError("INTERNAL", "upload");
    this.end = Bytes.copy(source, from, to, this.buffer, this.end);
  }

  /** Sends what is there, and with `isComplete` what ends the body. False if there was nothing to send. */
  send(client: Wsi, isComplete: boolean): boolean {
    const { buffer } = this;
    let from = before;
    let to = this.end;
    if (this.isChunked) {
      if (to > from) {
        const size = `${(to - from).toString(16)}\r\n`;
        from -= size.length;
        Bytes.put(size, buffer, from);
        to = Bytes.put("\r\n", buffer, to);
      }
      if (isComplete && !this.isFinished) {
        this.isFinished = true;
        to = Bytes.put("0\r\n\r\n", buffer, to);
      }
    }
    this.end = before;
    if (to === from) return false;
    client.send(buffer, from, to);
    return true;
  }
}
