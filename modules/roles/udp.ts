/**
 * Datagrams: one socket, many peers. A protocol is bound to the socket as long as it is open; each datagram is a whole message to it, and
 * `wsi.peer` and `wsi.port` say who sent it. What it writes goes to whoever these name then.
 */
import { LwsError } from "lws/core/errors";
import { LogLevel, log } from "lws/core/log";
import type { Writable } from "lws/core/protocol";
import { Piece } from "lws/core/protocol";
import type { Role, Transport } from "lws/core/role";
import type { Vhost } from "lws/core/vhost";
import { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import type { UDPTarget } from "lws/platform/sockets";
import { UDP } from "lws/platform/sockets";

export interface DatagramsOptions {
  port: number;
  /** Name of a protocol of the vhost. */
  protocol: string;
}

/** The socket as the core knows it: something that can be closed. Datagrams are no stream, and go past it. */
class UdpTransport implements Transport {
  constructor(private readonly socket: UDP) {}
  read(): number {
    return 0;
  }
  write(): number {
    return 0;
  }
  shutdown(): void {}
  close(): void {
    this.socket.close();
  }
  readonly readable = 0;
  readonly remoteAddress = "";
  readonly localAddress = "";
  readonly localPort = 0;
}

class UdpRole implements Role {
  readonly name = "udp";

  /** One datagram a turn. */
  onRx(wsi: Wsi): void {
    const { buffer } = wsi.vhost.context;
    const count = (wsi as Datagrams).receive(buffer);
    if (count < 0) return;
    wsi.flags |= Flag.rx;
    wsi.protocol?.onReceive(wsi, buffer, 0, count, Piece.whole | Piece.binary);
  }
  onWriteable(wsi: Wsi): void {
    wsi.protocol?.onWriteable(wsi);
  }
  onEnd(): void {}
  onTimeout(): void {}
  write(wsi: Wsi, data: Writable, _how: number, from: number, to: number): void {
    let source: ByteSource;
    let end = to;
    if (typeof data === "string") {
      source = new ArrayBuffer(Bytes.size(data));
      end = Bytes.put(data, source, 0);
    } else source = data;
    (wsi as Datagrams).send(source, from, end);
  }
  close(wsi: Wsi): void {
    wsi.drop();
  }
  /** What one peer has caused is nothing to the others. */
  onFailure(): boolean {
    return true;
  }
  onClosed(wsi: Wsi): void {
    const { protocol } = wsi;
    wsi.protocol = undefined;
    protocol?.onClosed(wsi);
    wsi.pss = undefined;
  }
}

export class Datagrams extends Wsi implements UDPTarget {
  private readonly socket: UDP;
  /** Whom the next write goes to; a datagram that arrives sets both. */
  private address = "";
  port = 0;

  /** Throws NO_PROTOCOL, and what the platform's UDP throws. */
  constructor(vhost: Vhost, options: DatagramsOptions) {
    super(vhost, new UdpRole());
    const protocol = vhost.protocol(options.protocol);
    if (!protocol) throw new LwsError("NO_PROTOCOL", options.protocol);
    this.socket = new UDP({ port: options.port, target: this });
    this.transport = new UdpTransport(this.socket);
    this.protocol = protocol;
    vhost.context.adopt(this);
    this.pss = protocol.open(this);
    protocol.onEstablished(this);
  }

  /** The address of the peer. */
  override get peer(): string {
    return this.address;
  }

  /** Names the peer of the next write. */
  to(address: string, port: number): void {
    this.address = address;
    this.port = port;
  }

  /** @internal Sends a datagram, or loses it where the stack has no room. Throws RangeError where it is too long to be one. */
  override send(source: ByteSource, from: number, to: number): void {
    this.socket.write(source, from, to, this.address, this.port);
    this.flags |= Flag.wrote;
  }

  /** @internal */
  receive(into: Uint8Array): number {
    const count = this.socket.read(into, 0, into.length);
    if (count >= 0) this.to(this.socket.address, this.socket.port);
    return count;
  }

  /** @internal */
  onDatagram(): void {
    this.onReadable();
  }

  /** @internal */
  onDropped(count: number): void {
    if (log.level & LogLevel.info) log.info("udp", `${count} datagrams are lost`);
  }
}
