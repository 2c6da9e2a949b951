/** A connection of a server's stream that has become a WebSocket (RFC 6455). */
import { log } from "lws/core/log";
import { Piece, Protocol, type ProtocolClass, Write } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { transaction } from "lws/http/transaction";
import type { Accepted } from "./accepted";
import type { AcceptedH1 } from "./accepted-h1";
import type { Link } from "./adapter";
import { Part } from "./handlers";
import { StreamFlag } from "./policy";
import { valuesOf } from "./server-values";
import { StreamState } from "./states";

/** Most bytes that are written at once. */
const pieceLimit = 1400;

export class AcceptedWs implements Link {
  /** A message of ours is begun, and not ended. */
  private isInside = false;
  /** Of a message of the client's, nothing but its beginning has come. */
  private isFresh = false;

  constructor(
    private stream: Accepted | undefined,
    private readonly wsi: Wsi,
  ) {}

  // --- for the stream -----------------------------------------------------------------------------------------------------------

  requestTx(): void {
    this.wsi.callbackOnWritable();
  }
  rxFlow(on: boolean): void {
    if (!on || !this.stream?.isHolding) this.wsi.rxFlow(on);
  }
  /** What comes from the client is a sign of life by itself; how long it may be silent is the role's to say. */
  confirmValid(): void {}
  close(): void {
    this.stream = undefined;
    this.wsi.close(1000);
  }

  // --- for the wire -------------------------------------------------------------------------------------------------------------

  established(): void {
    const { stream, wsi } = this;
    if (!stream?.way) {
      wsi.close(1001);
      return;
    }
    if (stream.rxRoom(1) === 0) wsi.rxFlow(false);
    if (stream.establish(this) && stream.tell(this, StreamState.serverUpgrade) && stream.wantsTx) this.requestTx();
  }

  receive(buffer: Uint8Array, from: number, to: number, piece: number): void {
    const isFirst = this.isFresh || (piece & Piece.first) !== 0;
    const isFinal = (piece & Piece.final) !== 0;
    this.isFresh = isFirst && from === to && !isFinal;
    if (from === to && !isFinal) return;
    this.stream?.take(this, buffer, from, to, (isFirst ? Part.som : 0) | (isFinal ? Part.eom : 0));
  }

  send(): void {
    const { stream, isInside, wsi } = this;
    if (!stream?.wantsTx) return;
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

  /** The connection is over. */
  lost(): void {
    const { stream } = this;
    this.stream = undefined;
    stream?.ended(this);
  }
}

/** Who lets clients in. */
export interface Doorman {
  /** Whether there can be a stream for this connection. */
  mayEnter(wsi: Wsi): boolean;
  /** The link of a connection, whose stream may just have been made. */
  linkOf(wsi: Wsi): AcceptedH1;
}

/** What a server type offers to WebSocket clients under one of its subprotocols. The pss is the link. */
class Talk extends Protocol {
  constructor(
    vhost: Vhost,
    options: Readonly<Record<string, string>>,
    private readonly door: Doorman,
    /** Clients have to ask for it by its name. */
    private readonly isNamed: boolean,
  ) {
    super(vhost, options);
  }

  override onFilter(wsi: Wsi): boolean {
    if (this.isNamed && transaction(wsi).header("sec-websocket-protocol") === undefined) return false;
    return this.door.mayEnter(wsi);
  }
  /** The request can still be read. */
  override open(wsi: Wsi): AcceptedWs {
    const link = this.door.linkOf(wsi);
    const { stream } = link;
    stream?.setRequest(valuesOf(stream.type, transaction(wsi)));
    return link.upgrade();
  }
  override onEstablished(wsi: Wsi): void {
    (wsi.pss as AcceptedWs).established();
  }
  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number, piece: number): void {
    (wsi.pss as AcceptedWs).receive(buffer, from, to, piece);
  }
  override onWriteable(wsi: Wsi): void {
    (wsi.pss as AcceptedWs).send();
  }
  override onClosed(wsi: Wsi): void {
    (wsi.pss as AcceptedWs).lost();
  }
}

/** The protocol with this name. */
export function talkAs(name: string, door: Doorman, isNamed: boolean): ProtocolClass {
  return class extends Talk {
    static readonly protocol = name;
    constructor(vhost: Vhost, options: Readonly<Record<string, string>>) {
      super(vhost, options, door, isNamed);
    }
  };
}
