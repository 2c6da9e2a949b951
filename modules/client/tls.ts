/**
 * TLS as a client: connections to servers that prove their name with a certificate which one of our authorities vouches for. Neither that check nor the
 * one of dates can be switched off, so nobody is dialled before the time is known.
 */
import type { Context } from "lws/core/context";
import type { ErrorCode } from "lws/core/errors";
import type { Role } from "lws/core/role";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import type { ByteSource } from "lws/platform/bytes";
import type { TCP } from "lws/platform/sockets";
import { TlsTransport } from "lws/roles/tls-transport";
import { TlsTurns } from "lws/roles/tls-turns";
import type { TlsIdentity } from "lws/tls/tls";
import { TlsConfig, TlsSession } from "lws/tls/tls";
import type { Caller } from "./connect";
import type { Place } from "./endpoint";
import { Dial } from "./tls-dial";
import { Resumable, wipe } from "./tls-resume";

export interface TlsClientOptions {
  context: Context;
  /** Who may vouch for servers: certificates in PEM (any number in each) or DER; at least one. */
  authorities: readonly ByteSource[];
  /** Application protocols (RFC 7301), the preferred one first, with commas between them. */
  alpn?: string;
  /** What to show to servers that ask for a certificate. */
  identity?: TlsIdentity;
  /** Servers whose last session is kept, to resume it. Default 2; 0: none. */
  resumable?: number;
}

export class TlsClient extends TlsTurns implements Role {
  readonly name = "tls";
  private options: TlsClientOptions;
  private readonly config: TlsConfig;
  /** For servers of TLS 1.2 that prefer RSA-PSS: Mbed TLS offers it for TLS 1.3, and refuses it then (its versions 3.6.6 and 4.x). */
  private older: TlsConfig | undefined = undefined;
  private readonly sessions: Resumable;

  /** Throws Error with a CERT_* code for an authority that can't be read, and TLS_UNKNOWN_CA without any. */
  constructor(options: TlsClientOptions) {
    super(options.context);
    this.options = options;
    this.sessions = new Resumable(options.resumable ?? 2);
    this.config = this.makeConfig(13);
  }

  /** The same authorities from elsewhere: where they came from is needed no more. */
  movedTo(authorities: readonly ByteSource[]): void {
    this.options = { ...this.options, authorities };
  }

  private makeConfig(newest: number): TlsConfig {
    const { authorities, alpn, identity, resumable } = this.options;
    return new TlsConfig({ server: false, authorities, alpn, identity, tickets: resumable ?? 2, newest });
  }

  /**
   * Connects to `endpoint`, which has to prove that it is `name` (a host name, or a dotted address), within `timeout` milliseconds from when the time is known:
   * until then it waits. The caller is not called after `Dial.cancel`.
   */
  dial(vhost: Vhost, endpoint: Place, name: string, caller: Caller, timeout: number): Dial {
    return new Dial(this, vhost, endpoint, name, caller, timeout);
  }

  /** Connections that there are go on; none is made any more. Secrets of sessions are forgotten. */
  close(): void;
  /** @internal The role's. */
  close(wsi: Wsi): void;
  close(wsi?: Wsi): void {
    if (wsi) {
      wsi.drop();
      return;
    }
    this.config.close();
    this.older?.close();
    this.sessions.clear();
  }

  /** @internal The socket stands: begins the handshake. */
  begin(wsi: Wsi, dial: Dial): void {
    const { name, place } = dial;
    wsi.role = this;
    wsi.state = dial;
    wsi.setTimeout(Timeout.connect, dial.timeout);
    const saved = this.sessions.take(place);
    if (dial.isOlder) this.older ??= this.makeConfig(12);
    const session = new TlsSession((dial.isOlder && this.older) || this.config, name, saved);
    wipe(saved);
    const transport = new TlsTransport(wsi, wsi.transport as TCP, session, this);
    transport.place = place;
    wsi.transport = transport;
    this.ready(transport);
  }

  protected override established({ wsi }: TlsTransport): void {
    const dial = wsi.state as Dial;
    wsi.state = undefined;
    wsi.setTimeout(Timeout.none);
    dial.established(wsi);
    wsi.flags |= Flag.rx;
    this.context.enqueue(wsi);
  }

  protected override refused({ wsi, session }: TlsTransport, error: unknown): void {
    const code = (error as Error).message as ErrorCode;
    (wsi.state as Dial).refused(code, code === "TLS_PROTOCOL" && session.version === "TLSv1.2");
  }

  /** @internal */
  override left({ place, session, isEstablished }: TlsTransport): void {
    if (isEstablished && place !== undefined) this.sessions.put(place, session.save());
  }

  // --- the role, during the handshake -----------------------------------------------------------------------------------------

  onRx(wsi: Wsi): void {
    this.ready(wsi.transport as TlsTransport);
  }
  onWriteable(): void {}
  onEnd(wsi: Wsi): void {
    (wsi.state as Dial).failure ??= "CONNECTION_LOST";
    wsi.drop();
  }
  onTimeout(wsi: Wsi): void {
    (wsi.state as Dial).failure ??= "CONNECT_TIMEOUT";
    wsi.drop();
  }
  write(): void {}
  /** What it is for is under way, and may still end. */
  drain(): void {}
  onClosed(wsi: Wsi): void {
    const dial = wsi.state as Dial | undefined;
    wsi.state = undefined;
    dial?.lost();
  }
}
