/** A connection of a server's stream that speaks HTTP/1.1: the stream lasts as long as it does, over all requests that are made on it. */
import { Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { begin, Phase, type Transaction, transaction } from "lws/http/transaction";
import type { Accepted } from "./accepted";
import { AcceptedWs } from "./accepted-ws";
import type { Link } from "./adapter";
import { Part } from "./handlers";
import { AnswerHead, valuesOf } from "./server-values";
import { StreamState } from "./states";

/** Most bytes that are written at once. */
const pieceLimit = 1520;

export class AcceptedH1 implements Link {
  /** Undefined when the stream has let go, or has gone on to a WebSocket. */
  stream: Accepted | undefined = undefined;
  /** A request is to be answered, and its transaction is ours. */
  private isAsked = false;
  /** Anything of the request's body has come. */
  private hasCome = false;

  constructor(readonly wsi: Wsi) {}

  // --- for the stream -----------------------------------------------------------------------------------------------------------

  requestTx(): void {
    const { wsi, stream } = this;
    if (!this.isAsked || !stream) return;
    const http = transaction(wsi);
    // An answer waits for the end of what it answers, unless it is a refusal.
    if (http.phase === Phase.body && http.status === 0) {
      if (stream.status < 400) return;
      http.expect = false;
    }
    wsi.callbackOnWritable();
  }

  rxFlow(on: boolean): void {
    if (this.isAsked && !(on && this.stream?.isHolding)) this.wsi.rxFlow(on);
  }

  /** How long a connection may be idle is the vhost's to say. */
  confirmValid(): void {}

  close(): void {
    const { wsi } = this;
    const http = this.isAsked ? transaction(wsi) : undefined;
    this.stream = undefined;
    // A body that ends where the connection does must not look complete.
    const isOpen = http?.phase === Phase.sending && http.bodyLength < 0 && http.minor === 0;
    if (isOpen) wsi.transport?.abort?.();
    if (isOpen) wsi.drop();
    else wsi.finish();
  }

  // --- for the transaction ------------------------------------------------------------------------------------------------------

  /** The headers of a request are there. */
  request(http: Transaction): void {
    const { stream, wsi } = this;
    if (!stream) return;
    this.isAsked = stream.isAsked = true;
    this.hasCome = false;
    stream.setRequest(valuesOf(stream.type, http));
    if (http.phase === Phase.body && stream.rxRoom(1) === 0) wsi.rxFlow(false);
    if (!stream.establish(this) || !stream.tell(this, StreamState.serverTxn)) return;
    if (stream.wantsTx) this.requestTx();
  }

  body(buffer: Uint8Array, from: number, to: number): void {
    const flags = this.hasCome ? 0 : Part.som;
    this.hasCome = true;
    this.stream?.take(this, buffer, from, to, flags);
  }

  bodyEnd(): void {
    const { stream, wsi } = this;
    if (!stream) return;
    if (this.hasCome && !stream.take(this, stream.payload.bytes, 0, 0, Part.eom)) return;
    wsi.rxFlow(true);
    if (stream.wantsTx) wsi.callbackOnWritable();
  }

  send(http: Transaction): void {
    const { stream, wsi } = this;
    if (!stream?.wantsTx) return;
    if (http.status !== 0) this.write(stream);
    else if (http.phase !== Phase.body || stream.status >= 400) {
      stream.isAsked = false;
      const status = stream.status === 0 ? 404 : stream.status;
      const { type, length, lines } = new AnswerHead(stream.type, stream.values, status, stream.txLength);
      begin(wsi, status, type, length, lines);
    }
  }

  private write(stream: Accepted): void {
    const { wsi } = this;
    const room = stream.payload;
    room.open(0, Math.min(pieceLimit, room.bytes.length));
    if (!stream.fill(this, room)) return;
    const { flags, from, length } = room;
    const isLast = (flags & Part.eom) !== 0;
    if (length === 0 && !isLast) return;
    wsi.write(room.bytes, isLast ? Write.body : Write.more, from, from + length);
    if (isLast) return;
    stream.wantMore();
    wsi.callbackOnWritable();
  }

  /** The transaction is over. */
  over(): void {
    this.isAsked = false;
    this.wsi.rxFlow(true);
    this.stream?.endRequest();
  }

  /** The stream goes on over a WebSocket. */
  upgrade(): AcceptedWs {
    const { stream, wsi } = this;
    const link = new AcceptedWs(stream, wsi);
    this.stream = undefined;
    stream?.moveTo(link);
    return link;
  }

  /** The connection is over. */
  lost(): void {
    const { stream } = this;
    this.stream = undefined;
    stream?.ended(this);
  }
}
