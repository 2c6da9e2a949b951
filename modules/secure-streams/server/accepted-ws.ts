/** A connection of a server's stream that has become a WebSocket (RFC 6455). */
import { Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { transaction } from "lws/http/transaction";
import { MessageLink } from "lws/secure-streams/message-link";
import { StreamState } from "lws/secure-streams/states";
import type { Accepted } from "./accepted";
import type { AcceptedH1 } from "./accepted-h1";
import { valuesOf } from "./values";

export class AcceptedWs extends MessageLink {
  constructor(
    private stream: Accepted | undefined,
    private readonly wsi: Wsi,
  ) {
    super();
  }

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
    const part = this.partOf(piece, from === to);
    if (part >= 0) this.stream?.take(this, buffer, from, to, part);
  }

  send(): void {
    if (this.stream) this.write(this.stream, this.wsi);
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
