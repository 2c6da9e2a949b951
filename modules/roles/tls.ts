/**
 * TLS as a server (RFC 8446, RFC 5246): the first role of a port's connections. It does the handshake by turns, one turn of one connection at a time,
 * and hands over to the role behind it. Which vhost is meant, and so who we are, is what the client names (SNI, RFC 6066 §3).
 */
import type { Context } from "lws/core/context";
import type { Role } from "lws/core/role";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import type { ByteSource } from "lws/platform/bytes";
import type { TCP } from "lws/platform/sockets";
import { TlsConfig, TlsIdentity, TlsSession } from "lws/tls/tls";
import { TlsTransport } from "./tls-transport";
import { TlsTurns } from "./tls-turns";

/** Milliseconds that an idle connection has for itself before it makes room for a new one, and a handshake while others wait for theirs. */
const grace = 2000;

export interface TlsRoleOptions {
  context: Context;
  /** The role that a connection goes on with. */
  role: Role;
  /** Application protocols (RFC 7301), the preferred one first, with commas between them. Default "http/1.1". */
  alpn?: string;
  /** Sessions at once; more wait, and the longest idle kept connection makes room for them. Default 14. */
  sessions?: number;
  /** Handshakes at once; more wait, and the last place is not for a peer that has one. Each may take 40 kB of native heap. Default 2. */
  handshakes?: number;
  /** Seconds for which a client may resume a session. Default 3600; 0: not at all. */
  tickets?: number;
  /** Answers clients that speak HTTP without TLS: a vhost of no port, with a redirect mount perhaps. Without it they are dropped. */
  plain?: Vhost;
}

export class TlsRole extends TlsTurns implements Role {
  readonly name = "tls";
  private readonly role: Role;
  private readonly config: TlsConfig;
  private readonly limit: number;
  private readonly most: number;
  private readonly plain: Vhost | undefined;
  private readonly waiting: Wsi[] = [];
  /** Sessions, and those of them that are in their handshake. */
  private sessions = 0;
  private handshakes = 0;

  /** Throws what the platform throws where there is no memory for it. */
  constructor(options: TlsRoleOptions) {
    super(options.context);
    this.role = options.role;
    this.limit = options.sessions ?? 14;
    this.most = options.handshakes ?? 2;
    this.plain = options.plain;
    this.config = new TlsConfig({
      server: true,
      alpn: options.alpn ?? "http/1.1",
      tickets: options.tickets ?? 3600,
    });
  }

  /**
   * From now on `vhost` is proved by `chain` and `key`, in PEM or DER; connections that it has keep what they began with. With `authorities`, its clients
   * have to show a certificate that one of them vouches for. Throws Error with a CERT_* or KEY_* code; nothing has changed then.
   */
  static certify(vhost: Vhost, chain: ByteSource, key: ByteSource, authorities?: readonly ByteSource[]): void {
    const identity = new TlsIdentity(chain, key, authorities);
    (vhost.identity as TlsIdentity | undefined)?.close();
    vhost.identity = identity;
    vhost.guarded = authorities !== undefined;
  }

  /** No connection begins with it any more: gives its native memory back. */
  retire(): void {
    this.config.close();
  }

  // --- the role -------------------------------------------------------------------------------------------------------------

  onRx(wsi: Wsi): void {
    if (wsi.transport instanceof TlsTransport) this.ready(wsi.transport);
    else if (this.mayBegin(wsi)) this.begin(wsi);
    else this.wait(wsi);
  }

  /** Whether there is a place for one more session, and one more handshake of this peer. */
  private mayBegin(wsi: Wsi): boolean {
    if (this.sessions >= this.limit || this.handshakes >= this.most) return false;
    if (this.handshakes === 0 || this.handshakes < this.most - 1) return true;
    const { peer } = wsi;
    for (let other = this.context.first; other; other = other.neighbour) {
      if (this.isShaking(other) && other.peer === peer) return false;
    }
    return true;
  }

  private isShaking(wsi: Wsi): boolean {
    return wsi.alive && wsi.role === this && wsi.transport instanceof TlsTransport;
  }

  /** All places are taken: this client waits, which is not its fault. */
  private wait(wsi: Wsi): void {
    wsi.hold(Flag.rxHeldByRole | Flag.rx);
    wsi.setTimeout(Timeout.turn, wsi.vhost.keepAlive);
    this.waiting.push(wsi);
    if (this.sessions >= this.limit) this.makeRoom();
    for (let other = this.context.first; other; other = other.neighbour) if (this.isShaking(other)) other.hasten(grace);
  }

  /** Ends the wait of the longest idle of our connections. */
  private makeRoom(): void {
    let found: Wsi | undefined;
    for (let wsi = this.context.first; wsi; wsi = wsi.neighbour) {
      if (wsi.reason !== Timeout.keepAlive || !(wsi.transport instanceof TlsTransport)) continue;
      if (!found || ((wsi.since - found.since) | 0) <= 0) found = wsi;
    }
    found?.hasten(grace);
  }

  private begin(wsi: Wsi): void {
    const { cipher } = this;
    const socket = wsi.transport as TCP;
    const count = socket.read(cipher, 0, cipher.length);
    if (count === 0) return;
    const first = cipher[0] as number;
    // A capital letter begins a method, and no record.
    if (this.plain && first >= 0x41 && first <= 0x5a) {
      this.speakPlainly(wsi, this.plain, count);
      return;
    }
    const session = new TlsSession(this.config, { onServerName: (name) => this.identify(wsi, name) });
    const transport = new TlsTransport(wsi, socket, session, this);
    wsi.transport = transport;
    this.sessions++;
    this.handshakes++;
    if (this.waiting.length > 0) wsi.hasten(grace);
    transport.feed(cipher, 0, count);
    this.ready(transport);
  }

  /** The vhost that the client names, and who it is. */
  private identify(wsi: Wsi, name: string): TlsIdentity | undefined {
    const vhost = name === "" ? wsi.vhost : wsi.vhost.port?.select(name);
    if (vhost) wsi.bind(vhost);
    return vhost?.identity as TlsIdentity | undefined;
  }

  /** What came first is no TLS. */
  private speakPlainly(wsi: Wsi, plain: Vhost, count: number): void {
    wsi.bind(plain);
    wsi.unread(this.cipher, 0, count);
    this.handOver(wsi);
  }

  private handOver(wsi: Wsi): void {
    wsi.role = this.role;
    wsi.setTimeout(Timeout.headers, wsi.vhost.timeout);
    wsi.flags |= Flag.rx;
    this.context.enqueue(wsi);
  }

  onWriteable(): void {}

  onEnd(wsi: Wsi): void {
    wsi.drop();
  }

  onTimeout(wsi: Wsi): void {
    wsi.drop();
  }

  write(): void {}

  close(wsi: Wsi): void {
    wsi.drop();
  }

  isUndecided(): boolean {
    return true;
  }

  drain(wsi: Wsi): void {
    wsi.drop();
  }

  onClosed(wsi: Wsi): void {
    const at = this.waiting.indexOf(wsi);
    if (at >= 0) this.waiting.splice(at, 1);
    // It may be the one that has just been let go on.
    else this.next();
  }

  // --- the keeper of sessions -----------------------------------------------------------------------------------------------

  protected override established({ wsi }: TlsTransport): void {
    this.handshakes--;
    this.handOver(wsi);
    this.next();
  }

  protected override refused(): void {}

  /** @internal */
  override left(transport: TlsTransport): void {
    this.sessions--;
    if (!transport.isEstablished) this.handshakes--;
    this.next();
  }

  /** Lets the one go on that has waited longest. */
  private next(): void {
    const at = this.waiting.findIndex((wsi) => wsi.alive && this.mayBegin(wsi));
    const [wsi] = at < 0 ? [] : this.waiting.splice(at, 1);
    if (!wsi) return;
    wsi.setTimeout(Timeout.headers, wsi.vhost.timeout);
    wsi.release(Flag.rxHeldByRole);
  }
}
