/**
 * What a plugin provides. A plugin is a class; every vhost that enables it makes an instance of its own, and that instance is the
 * plugin's per-vhost data (lws: vhd). Per-session data (pss) is what {@link Protocol.open} returns; it lives in `wsi.pss` while
 * the connection is bound to the protocol.
 *
 * Rules: a handler is never re-entered; nothing is written but from a writeable handler, once each; what a handler throws costs that
 * connection and no other. Buffers given to a handler belong to the core, unless a piece is `owned`: copy what is kept.
 */
import type { ByteSource } from "lws/platform/bytes";
import type { Vhost } from "./vhost";
import type { Wsi } from "./wsi";

/** Per-vhost options (lws: pvo): names and text values from the vhost's configuration. */
export type Options = Readonly<Record<string, string>>;

/** A plugin as an image names it: `protocols: { "lws-mirror-protocol": [Mirror, { … }] }` or without options. */
export interface ProtocolClass {
  /** Name in the WebSocket handshake, in callback mounts and in the log. */
  readonly protocol: string;
  new (vhost: Vhost, options: Options): Protocol;
}

/** Which part of a message a piece is. */
export const enum Piece {
  first = 1,
  final = 2,
  /** First and final. */
  whole = 3,
  binary = 4,
  wholeBinary = 7,
  /** The buffer is the receiver's to keep: nobody else has it. */
  owned = 8,
}

export abstract class Protocol {
  /** Largest WebSocket message that is gathered and delivered whole, in bytes; 0: pieces are delivered as they arrive. */
  readonly messageLimit: number = 0;
  /** Largest request body that is accepted, in bytes. */
  readonly bodyLimit: number = 65536;
  /** Methods that a callback mount of this protocol answers, as an Allow header lists them; others get 405. */
  readonly methods: string = "GET, HEAD";

  /** Largest piece that a raw connection delivers, in bytes; 0: as much as the context's buffer holds. */
  readonly pieceLimit: number = 0;
  /** Per-vhost option `basic-auth`: what the vhost's authenticator looks users up in before a connection is bound. */
  readonly basicAuth: string | undefined;
  /** WebSocket: false where messages of this protocol are never compressed, whatever the role could do. */
  readonly deflate: boolean = true;
  /** Per-vhost option `default`, "1": the protocol of WebSocket clients that ask for none, in place of the vhost's first. */
  readonly isDefault: boolean;
  /** Per-vhost option `allow-origin`: further origins whose pages may connect a WebSocket, separated by spaces, or `*` for all. */
  readonly allowOrigin: string | undefined;

  constructor(
    readonly vhost: Vhost,
    options: Options,
  ) {
    this.basicAuth = options["basic-auth"];
    this.isDefault = options["default"] === "1";
    this.allowOrigin = options["allow-origin"];
  }

  /** HTTP: true where requests are passed on to another server: upgrades then come to this protocol, too, and `allowOrigin` counts for all of them. */
  get relays(): boolean {
    return false;
  }

  /** A connection is being bound: returns its pss. */
  open(_wsi: Wsi): unknown {
    return undefined;
  }
  /** The vhost goes away; its connections have been closed before. */
  destroy(): void {}

  /** HTTP: the headers are there; ask `transaction(wsi)` for them. Answer now with its `reply` or `begin`, or later. */
  onRequest(_wsi: Wsi): void {}
  /** HTTP: a piece of the request body, chunked coding removed. */
  onBody(_wsi: Wsi, _buffer: Uint8Array, _from: number, _to: number): void {}
  /** HTTP: the request body is complete; also comes for an empty one. */
  onBodyEnd(_wsi: Wsi): void {}
  /** HTTP: what stands in place of `$name` in a file of a mount that has this protocol interpret it; undefined: the name is not known. */
  onVariable(_wsi: Wsi, _name: string): string | undefined {
    return undefined;
  }

  /** WebSocket: whether this handshake may go on; false answers 403. */
  onFilter(_wsi: Wsi): boolean {
    return true;
  }
  /** WebSocket: the handshake is done. Raw: the connection is the protocol's from now on. */
  onEstablished(_wsi: Wsi): void {}
  /** WebSocket and raw: a piece of a message; `piece` has bits of {@link Piece}. */
  onReceive(_wsi: Wsi, _buffer: Uint8Array, _from: number, _to: number, _piece: number): void {}
  /** WebSocket, as a client: most bytes of a message that are taken at once; more of them follow, unless reading is stopped. At least 1. */
  room(_wsi: Wsi): number {
    return Number.POSITIVE_INFINITY;
  }
  /** WebSocket: the peer answered a ping. */
  onPong(_wsi: Wsi): void {}
  /** WebSocket: the peer closes, with 1005 when it gave no code; the close frame is echoed. */
  onPeerClose(_wsi: Wsi, _code: number, _reason: string): void {}

  /** One `wsi.write()` may be made now. May come unasked: the handler decides whether there is something to say. */
  onWriteable(_wsi: Wsi): void {}
  /** `wsi.setTimer()` ran out. */
  onTimer(_wsi: Wsi): void {}
  /** The connection, or for HTTP the transaction, is over, whatever ended it. Exactly once for each {@link Protocol.open}. */
  onClosed(_wsi: Wsi): void {}
}

/** What a write carries; roles take those bits that concern them. */
export const enum Write {
  /** WebSocket text message. */
  text = 1,
  /** WebSocket binary message. */
  binary = 2,
  /** Body of an HTTP response, or raw bytes. */
  body = 0,
  /** More pieces of this message or body follow. */
  more = 16,
  /** A later piece of a message whose first had `more`. */
  continuation = 32,
}

export type Writable = string | ByteSource;
