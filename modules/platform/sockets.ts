/**
 * Sockets in the shape of ECMA-419, but ours: each end of a connection is reported exactly once, a FIN is told apart from an
 * error, and a write says how much it took instead of throwing. The limits are lwIP's: `Listener.connections` sockets at
 * once, 8192 bytes of window and of send space each.
 *
 * No callback is ever made from inside a call of this module; all come from the event loop. None comes after `close()`.
 */
import type { ByteSource } from "./bytes";

/** Who owns a TCP socket. One object may own many things; a socket calls these on its current target. */
export interface SocketTarget {
  /**
   * Bytes arrived: `count` can be read now. Called once per arrival and not again for bytes left unread, so an owner that stops
   * reading calls `TCP.readable` when it starts again.
   */
  onReadable(count: number): void;
  /** A connect has succeeded, or a write that took less than it was given may be tried again. */
  onWritable(): void;
  /** The peer has sent its FIN and everything before it has been read. Writing still works. */
  onEnd(): void;
  /** The connection is gone without our doing: reset, timed out, refused, or its interface went down. The socket is already closed. */
  onClosed(reason: SocketEnd): void;
}

export type SocketEnd = "reset" | "refused" | "timeout" | "unreachable" | "network down";

export interface TCPOptions {
  /** Dotted IPv4 address of the peer. */
  address: string;
  port: number;
  target: SocketTarget;
}

export class TCP extends Native("lws_tcp_destructor") {
  /** Starts to connect; onWritable says that it has. Throws Error("no network") or Error("no socket"). */
  constructor(options: TCPOptions) {
    super();
    native("lws_tcp").call(this, options);
  }
  /** Reads at most `to - from` bytes into the range; returns how many, 0 when none are there. */
  read(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    return native("lws_tcp_read").call(this, into, from, to);
  }
  /** Copies what fits of the range into the send space; returns how many bytes it took, perhaps 0, and calls onWritable later if that was not all. */
  write(source: ByteSource, from: number, to: number): number {
    return native("lws_tcp_write").call(this, source, from, to);
  }
  /** Sends a FIN after what was written. Reading goes on. */
  shutdown(): void {
    native("lws_tcp_shutdown").call(this);
  }
  /** Closes both directions; what was written is still sent. With unread bytes the stack sends a RST, as lwIP does. Idempotent. */
  close(): void {
    native("lws_tcp_close").call(this);
  }
  /** Closes with a RST: what was written and not yet sent is thrown away. Idempotent. */
  abort(): void {
    native("lws_tcp_abort").call(this);
  }
  /** Bytes that read() would give now. */
  get readable(): number {
    return native("lws_tcp_get_readable").call(this);
  }
  set target(target: SocketTarget) {
    native("lws_tcp_set_target").call(this, target);
  }
  /** Dotted address; still right after the peer has gone. */
  get remoteAddress(): string {
    return native("lws_tcp_get_remoteAddress").call(this);
  }
  get remotePort(): number {
    return native("lws_tcp_get_remotePort").call(this);
  }
  /** The device's own address that the peer reached: tells access point from station. */
  get localAddress(): string {
    return native("lws_tcp_get_localAddress").call(this);
  }
  get localPort(): number {
    return native("lws_tcp_get_localPort").call(this);
  }
}

export interface ListenerTarget {
  /** A connection waits to be accepted. Called once per connection. */
  onConnection(): void;
}

export interface ListenerOptions {
  port: number;
  target: ListenerTarget;
}

/** Listens on every interface that is up, and on those that come up later. */
export class Listener extends Native("lws_listener_destructor") {
  /** Throws Error("port in use") or Error("no socket"). Needs no network: it serves an interface as soon as it is up. */
  constructor(options: ListenerOptions) {
    super();
    native("lws_listener").call(this, options);
  }
  /** The next waiting connection, owned by `target` from now on; undefined when none waits. */
  accept(target: SocketTarget): TCP | undefined {
    return native("lws_listener_accept").call(this, target);
  }
  /** While false, connections wait in the backlog and onConnection is not called. */
  set accepting(on: boolean) {
    native("lws_listener_set_accepting").call(this, on);
  }
  close(): void {
    native("lws_listener_close").call(this);
  }
  get port(): number {
    return native("lws_listener_get_port").call(this);
  }
  /** TCP sockets that the stack can hold at once (lwIP's MEMP_NUM_TCP_PCB). */
  static get connections(): number {
    return native("lws_listener_get_connections").call(this);
  }
}

export interface UDPTarget {
  /** Datagrams wait to be read. */
  onDatagram(): void;
  /** A datagram before this one was dropped because 8 were waiting unread. */
  onDropped?(count: number): void;
}

export interface UDPOptions {
  /** 0 or absent: any free port. */
  port?: number;
  target: UDPTarget;
}

export class UDP extends Native("lws_udp_destructor") {
  constructor(options: UDPOptions) {
    super();
    native("lws_udp").call(this, options);
  }
  /** Reads one datagram into the range, cutting what does not fit; returns its length, or -1 when none waits. Then address and port name its sender. */
  read(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    return native("lws_udp_read").call(this, into, from, to);
  }
  /**
   * Sends one datagram, where it is given by that interface alone; false when the stack has no room for it now. Throws RangeError above
   * 1472 bytes.
   */
  write(
    source: ByteSource,
    from: number,
    to: number,
    address: string,
    port: number,
    by?: InterfaceName | undefined,
  ): boolean {
    return native("lws_udp_write").call(this, source, from, to, address, port, by);
  }
  /** Joins a multicast group on every interface. */
  join(address: string): void {
    native("lws_udp_join").call(this, address);
  }
  close(): void {
    native("lws_udp_close").call(this);
  }
  /** Sender of the datagram that read() gave last. */
  get address(): string {
    return native("lws_udp_get_address").call(this);
  }
  get port(): number {
    return native("lws_udp_get_port").call(this);
  }
  /** By which interface it came. */
  get interface(): InterfaceName {
    return native("lws_udp_get_interface").call(this);
  }
  /** It was sent to a multicast group. */
  get grouped(): boolean {
    return native("lws_udp_get_grouped").call(this);
  }
  /** Its sender has an address of the network of that interface. */
  get near(): boolean {
    return native("lws_udp_get_near").call(this);
  }
}

export type InterfaceName = "station" | "ap";

export interface NetworkAddress {
  address: string;
  mask: string;
  gateway: string;
  dns: string;
}

/** What the SDK's Wi-Fi class does not tell: the addresses of an interface. */
export class Netif {
  /** Undefined while the interface has no address. */
  static address(name: InterfaceName): NetworkAddress | undefined {
    return native("lws_netif_address").call(this, name);
  }
  /** Name sent with DHCP requests; takes effect at the next one. At most 31 characters. */
  static set hostname(name: string) {
    native("lws_netif_set_hostname").call(this, name);
  }
}
