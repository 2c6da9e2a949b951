/** TLS over a socket: what a role reads and writes is plaintext, what the socket sees is not. */
import { LogLevel, log } from "lws/core/log";
import type { Transport } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import type { ByteSource } from "lws/platform/bytes";
import type { SocketEnd, SocketTarget, TCP } from "lws/platform/sockets";
import type { TlsSession } from "lws/tls/tls";
import { TlsStep } from "lws/tls/tls";

/** Who counts the sessions. */
export interface TlsKeeper {
  /** Holds ciphertext on its way in or out, inside of one call. */
  readonly cipher: Uint8Array;
  /** Another turn of the handshake of `transport` is due. */
  ready(transport: TlsTransport): void;
  /** The session is about to close; once. */
  left(transport: TlsTransport): void;
}

export class TlsTransport implements Transport, SocketTarget {
  readonly secure = true;
  /** @internal Next of those whose handshake has a turn due. */
  link: TlsTransport | undefined = undefined;
  /** @internal In the list of those. */
  isReady = false;
  isEstablished = false;
  /** Who the peer is and where, where we are the client. */
  place: string | undefined = undefined;
  /** Ciphertext that the socket has not taken. */
  private rest: ArrayBuffer | undefined = undefined;
  /** The session may have plaintext that was not read. */
  private held = false;
  private isEnded = false;
  private isClosing = false;
  private isClosed = false;

  constructor(
    readonly wsi: Wsi,
    private readonly socket: TCP,
    readonly session: TlsSession,
    private readonly keeper: TlsKeeper,
  ) {
    socket.target = this;
  }

  // --- the handshake --------------------------------------------------------------------------------------------------------

  /** Ciphertext that was read before the session was made. */
  feed(source: ByteSource, from: number, to: number): void {
    this.session.feed(source, from, to);
  }

  /** One turn. Throws what the session throws, after its alert has gone out. */
  step(): void {
    if (this.rest && !this.flush()) return;
    const { cipher } = this.keeper;
    let made = 0;
    try {
      made = this.session.step(cipher, 0, cipher.length);
    } catch (error) {
      this.alert();
      throw error;
    }
    this.put(made >> 3);
    const need = made & 7;
    if (need === TlsStep.done) {
      // What came behind the last message of the handshake is in the session already.
      this.isEstablished = true;
      this.held = this.session.pending;
    } else if (need === TlsStep.more) this.keeper.ready(this);
    else {
      const count = this.socket.read(cipher, 0, cipher.length);
      if (count === 0) return;
      this.session.feed(cipher, 0, count);
      this.keeper.ready(this);
    }
  }

  // --- what a role calls ----------------------------------------------------------------------------------------------------

  read(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    const { session, socket } = this;
    const { cipher } = this.keeper;
    let at = from;
    try {
      while (at < to) {
        let count = 0;
        if (this.held) {
          count = session.read(into, at, to);
          this.held = count > 0;
        } else {
          const length = socket.read(cipher, 0, cipher.length);
          if (length === 0) break;
          count = session.receive(cipher, 0, length, into, at, to);
          this.held = session.pending;
        }
        if (count < 0) {
          this.held = false;
          this.onEnd();
          break;
        }
        at += count;
      }
    } catch (error) {
      this.failed(error);
      return 0;
    }
    return at - from;
  }

  write(source: ByteSource, from: number, to: number): number {
    const { cipher } = this.keeper;
    let at = from;
    while (at < to && (!this.rest || this.flush())) {
      const made = this.session.write(source, at, to, cipher, 0, cipher.length);
      at += made >> 16;
      this.put(made & 0xffff);
    }
    return at - from;
  }

  shutdown(): void {
    this.isClosing = true;
    if (!this.rest) this.sayEnd();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.rest = undefined;
    this.keeper.left(this);
    this.session.close();
    this.socket.close();
  }

  get readable(): number {
    return this.held ? 1 : this.socket.readable;
  }
  get remoteAddress(): string {
    return this.socket.remoteAddress;
  }
  get localAddress(): string {
    return this.socket.localAddress;
  }
  get localPort(): number {
    return this.socket.localPort;
  }

  // --- what the socket calls ------------------------------------------------------------------------------------------------

  onReadable(): void {
    if (this.isEstablished) this.wsi.onReadable();
    else this.keeper.ready(this);
  }

  onWritable(): void {
    if (this.rest && !this.flush()) return;
    if (this.isEstablished) this.wsi.onWritable();
    else this.keeper.ready(this);
  }

  /** The peer's close_notify, or its FIN, whichever comes first. */
  onEnd(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.wsi.onEnd();
  }

  onClosed(reason: SocketEnd): void {
    this.wsi.onClosed(reason);
  }

  // --- ciphertext on its way out --------------------------------------------------------------------------------------------

  /** Sends what stands at the beginning of the keeper's buffer, and keeps what the socket does not take. */
  private put(length: number): void {
    if (length === 0) return;
    const { cipher } = this.keeper;
    const sent = this.socket.write(cipher, 0, length);
    if (sent < length) this.rest = cipher.slice(sent, length).buffer as ArrayBuffer;
  }

  /** True when nothing is kept any more. */
  private flush(): boolean {
    const rest = this.rest as ArrayBuffer;
    const sent = this.socket.write(rest, 0, rest.byteLength);
    this.rest = sent < rest.byteLength ? rest.slice(sent) : undefined;
    if (this.rest) return false;
    if (this.isClosing) this.sayEnd();
    return !this.rest;
  }

  private sayEnd(): void {
    const { cipher } = this.keeper;
    this.isClosing = false;
    try {
      if (this.isEstablished) this.put(this.session.end(cipher, 0, cipher.length));
    } catch (error) {
      log.info("tls", String(error));
    }
    this.socket.shutdown();
  }

  /** Tells the peer what was wrong with what it sent, as far as the socket takes that at once. */
  private alert(): void {
    const { cipher } = this.keeper;
    const length = this.session.take(cipher, 0, cipher.length);
    if (!this.rest && length > 0) this.socket.write(cipher, 0, length);
  }

  private failed(error: unknown): void {
    this.alert();
    if (log.level & LogLevel.info) log.info("tls", `${this.remoteAddress}: ${error}`);
    this.wsi.drop();
  }
}

/** The TLS session of a connection: what was agreed on, and who the peer has proved to be. Undefined without TLS. */
export function sessionOf(wsi: Wsi): TlsSession | undefined {
  return wsi.transport instanceof TlsTransport ? wsi.transport.session : undefined;
}
