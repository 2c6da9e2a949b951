/** What the core asks of a wire (HTTP/1, WebSocket, raw, …). A role has no state of its own: a connection's is in `wsi.state`. */
import type { Writable } from "./protocol";
import type { Wsi } from "./wsi";
import type { Timeout } from "./wsi-flags";

export interface Role {
  readonly name: string;
  /** Bytes can be read with `wsi.read`. Called again in a later turn if some are left. */
  onRx(wsi: Wsi): void;
  /** One write may be made, by the role or, through it, by the protocol. */
  onWriteable(wsi: Wsi): void;
  /** The peer has sent its FIN. */
  onEnd(wsi: Wsi): void;
  /** A wait that `wsi.setTimeout` started is over. */
  onTimeout(wsi: Wsi, reason: Timeout): void;
  /** `wsi.write` of a protocol: frames the data and sends it with `wsi.send`. */
  write(wsi: Wsi, data: Writable, how: number, from: number, to: number): void;
  /** The graceful close of this wire. */
  close(wsi: Wsi, code: number, reason: string): void;
  /** The vhost goes away: what is under way may end, nothing new begins. Without it {@link Role.close} is called, with 1001. */
  drain?(wsi: Wsi): void;
  /** True while it is open which vhost the connection is for. */
  isUndecided?(wsi: Wsi): boolean;
  /** A new connection that there is no room for: says so, and ends it. Without it the connection is dropped. */
  refuse?(wsi: Wsi): void;
  /** A handler has thrown: true if the peer is told by an answer; otherwise the connection is dropped. */
  onFailure?(wsi: Wsi, error: unknown): boolean;
  /** The connection is over: releases what the role holds and tells the protocol. Exactly once. */
  onClosed(wsi: Wsi): void;
}

/** Where bytes come from and go to: a TCP socket, or TLS over one. */
export interface Transport {
  read(into: ArrayBuffer | Uint8Array, from: number, to: number): number;
  write(source: Exclude<Writable, string>, from: number, to: number): number;
  shutdown(): void;
  close(): void;
  /** Closes with a RST where the wire has one, so that the peer can't take what came before for all there was. */
  abort?(): void;
  readonly readable: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly localPort: number;
  /** What goes through it can neither be read nor changed on its way, and who we are has been proved. */
  readonly secure?: boolean;
}
