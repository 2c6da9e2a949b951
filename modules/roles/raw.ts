/** Bytes in, bytes out: a connection that speaks nothing that the server knows, and is a protocol's own affair (lws: raw). */
import type { Protocol, Writable } from "lws/core/protocol";
import { Piece } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import type { FallbackRole } from "lws/http/http-vhost";
import { Bytes } from "lws/platform/bytes";

export interface RawOptions {
  /** Milliseconds of silence after which a peer is dropped. Default five minutes. */
  idle?: number;
}

export class RawRole implements FallbackRole {
  readonly name = "raw";
  private readonly idle: number;

  constructor(options: RawOptions = {}) {
    this.idle = options.idle ?? 300_000;
  }

  /** Takes a connection over, for `protocol`. */
  adopt(wsi: Wsi, protocol: Protocol): void {
    wsi.role = this;
    wsi.state = undefined;
    wsi.protocol = protocol;
    wsi.pss = protocol.open(wsi);
    wsi.setTimeout(Timeout.silence, this.idle);
    protocol.onEstablished(wsi);
  }

  onRx(wsi: Wsi): void {
    const { buffer } = wsi.vhost.context;
    const protocol = wsi.protocol as Protocol;
    const limit = protocol.pieceLimit;
    const count = wsi.read(buffer, 0, limit > 0 && limit < buffer.length ? limit : buffer.length);
    if (count === 0) return;
    wsi.setTimeout(Timeout.silence, this.idle);
    protocol.onReceive(wsi, buffer, 0, count, Piece.whole | Piece.binary);
  }

  onWriteable(wsi: Wsi): void {
    wsi.protocol?.onWriteable(wsi);
  }

  /** All that came before has been delivered. A protocol that has still something to say keeps reading stopped until it has. */
  onEnd(wsi: Wsi): void {
    wsi.finish();
  }

  onTimeout(wsi: Wsi): void {
    wsi.drop();
  }

  write(wsi: Wsi, data: Writable, _how: number, from: number, to: number): void {
    if (typeof data !== "string") {
      wsi.send(data, from, to);
      return;
    }
    const bytes = new ArrayBuffer(Bytes.size(data));
    wsi.send(bytes, 0, Bytes.put(data, bytes, 0));
  }

  close(wsi: Wsi): void {
    wsi.finish();
  }

  onClosed(wsi: Wsi): void {
    const { protocol } = wsi;
    wsi.protocol = undefined;
    protocol?.onClosed(wsi);
    wsi.pss = undefined;
  }
}
