/**
 * TLS 1.2 and 1.3 (RFC 5246, RFC 8446) without a wire: ciphertext goes in and comes out through buffers, and so does plaintext. One set of C files
 * serves every place. Nothing here blocks: a handshake advances by turns.
 *
 * What goes wrong is thrown as an Error whose message is an ErrorCode; `TlsSession.take` has the alert for the peer then. Every object gives its
 * native memory back when it is closed, or collected; every `close` is idempotent. Any other call on something closed throws Error("closed").
 */
import type { ByteSource } from "../platform/bytes";

export interface TlsConfigOptions {
  /** Which side of its sessions this is. */
  server: boolean;
  /** Application protocols (RFC 7301), the preferred one first, with commas between them. A peer that names only others is refused. */
  alpn?: string | undefined;
  /**
   * Client: who may vouch for servers; PEM or DER, each with up to as many certificates as a chain may have. At least one; checks can't be turned off.
   */
  authorities?: readonly ByteSource[] | undefined;
  /** Client: what to show to a server that asks for a certificate. */
  identity?: TlsIdentity | undefined;
  /**
   * Server: seconds for which a session can be resumed; 0, the default: never. Identities that ask for client certificates never resume. Client: any number
   * but 0 takes tickets, see {@link TlsSession.save}; a session of TLS 1.3 takes some more memory then.
   */
  tickets?: number | undefined;
  /** The newest version to speak: 12 or 13, the default. */
  newest?: number | undefined;
}

/** What a listener, or a set of clients, has in common. */
export class TlsConfig extends Native("lws_tls_config_destructor") {
  /** Throws a CERT_* code for an authority that can't be read, TLS_UNKNOWN_CA for a client without any, TLS_NO_MEMORY. */
  constructor(options: TlsConfigOptions) {
    super();
    native("lws_tls_config").call(this, options);
  }
  /** Sessions that have begun keep what they need of it. */
  close(): void {
    native("lws_tls_config_close").call(this);
  }
}

/** A certificate chain and its key: who a vhost is, or a client. */
export class TlsIdentity extends Native("lws_tls_identity_destructor") {
  /**
   * `chain` (the own certificate first) and `key` are PEM or DER. With `authorities`, clients have to show a certificate that one of them vouches
   * for. Dates are not looked at: a device whose certificate has run out must still be reachable. Throws a CERT_* or KEY_* code, TLS_NO_MEMORY.
   */
  constructor(chain: ByteSource, key: ByteSource, authorities?: readonly ByteSource[]) {
    super();
    native("lws_tls_identity").call(this, chain, key, authorities);
  }
  /** Sessions that have begun with it keep it. */
  close(): void {
    native("lws_tls_identity_close").call(this);
  }
}

/** Chooses the identity of a server's session. */
export interface TlsTarget {
  /**
   * Which identity the client means by `name` (RFC 6066 §3; lower case, "" where it names none). Undefined: unknown, and the handshake ends with
   * TLS_UNKNOWN_NAME. Called once in a handshake, inside of `step`; an exception that it throws comes out of `step`.
   */
  onServerName(name: string): TlsIdentity | undefined;
}

/** What a handshake needs next. */
export const enum TlsStep {
  /** Ciphertext: `feed` what has arrived, then `step` again. */
  read = 0,
  /** Another call, in a later turn, when what came out has been sent: an expensive step is done, or the range was full. */
  more = 1,
  /** Nothing: the session is established. */
  done = 2,
}

/** Bytes of ciphertext that a session keeps beside the record it works on. */
export const keptLimit = 16384;

/** Plaintext that one record takes at most on its way out. */
export const recordLimit = 2048;

/** One connection, from either side. */
export class TlsSession extends Native("lws_tls_session_destructor") {
  /**
   * `target` is a {@link TlsTarget} on a server, and on a client the host name or dotted address that the server has to prove. `resume` is what
   * {@link TlsSession.save} of an earlier session gave: it is ignored if it does not fit. Throws TLS_NO_MEMORY.
   */
  constructor(config: TlsConfig, target: TlsTarget | string, resume?: ArrayBuffer | undefined) {
    super();
    native("lws_tls_session").call(this, config, target, resume);
  }
  /**
   * Takes ciphertext for the handshake. Throws RangeError where {@link keptLimit} bytes wait already: feed only when `step` has asked for it. Bytes of a
   * handshake that has failed are dropped.
   */
  feed(source: ByteSource, from: number, to: number): void {
    native("lws_tls_feed").call(this, source, from, to);
  }
  /** One turn of the handshake. Ciphertext to be sent is put into `[from, to)`. Returns 8 times the number of bytes put, plus a {@link TlsStep}. */
  step(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    return native("lws_tls_step").call(this, into, from, to);
  }
  /**
   * Established: takes all ciphertext in `[from, to)`, puts plaintext into `[at, end)`. Returns how many bytes it put; 0: a record is not complete;
   * -1: the peer has sent its close_notify, and nothing more is to come. While {@link TlsSession.pending}, call {@link TlsSession.read} instead (RangeError
   * as in {@link TlsSession.feed}).
   */
  receive(
    cipher: ByteSource,
    from: number,
    to: number,
    into: ArrayBuffer | Uint8Array,
    at: number,
    end: number,
  ): number {
    return native("lws_tls_receive").call(this, cipher, from, to, into, at, end);
  }
  /** Plaintext that is there without more ciphertext, as {@link TlsSession.receive}. */
  read(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    return native("lws_tls_read").call(this, into, from, to);
  }
  /**
   * Makes one record of the plaintext in `[from, to)`, or of what fits: {@link recordLimit}, the peer's own limit (RFC 6066 §4), and the room, of which
   * 64 bytes are the record's. Returns 65536 times the number of bytes taken, plus that of bytes put into `[at, end)`.
   */
  write(source: ByteSource, from: number, to: number, into: ArrayBuffer | Uint8Array, at: number, end: number): number {
    return native("lws_tls_write").call(this, source, from, to, into, at, end);
  }
  /** Says that nothing more will be written (close_notify). Returns how many bytes it put; if the range was full, `take` has the rest. */
  end(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    return native("lws_tls_end").call(this, into, from, to);
  }
  /** Ciphertext that has come up otherwise: an alert, above all. Returns how many bytes it put. Works after an error, when nothing else does. */
  take(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    return native("lws_tls_take").call(this, into, from, to);
  }
  /** Whether `read` may have plaintext, or news, without more ciphertext. */
  get pending(): boolean {
    return native("lws_tls_get_pending").call(this);
  }
  /** "TLSv1.2" or "TLSv1.3"; undefined before it is settled, as the next two. After an error: what was settled until then. */
  get version(): string | undefined {
    return native("lws_tls_get_version").call(this);
  }
  /** The cipher suite, by the name that the library has for it. */
  get cipher(): string | undefined {
    return native("lws_tls_get_cipher").call(this);
  }
  /** The application protocol that was agreed on; undefined if none was. */
  get alpn(): string | undefined {
    return native("lws_tls_get_alpn").call(this);
  }
  /** Whether an earlier session was resumed. */
  get resumed(): boolean {
    return native("lws_tls_get_resumed").call(this);
  }
  /** Whom the peer's verified certificate names, as "C=…, O=…, CN=…"; undefined where none was shown, or the session was resumed. */
  get peer(): string | undefined {
    return native("lws_tls_get_peer").call(this);
  }
  /**
   * Client: what a later session for the same name, with the same authorities, resumes with. It has secrets. Undefined as long as the server has given no
   * ticket (with TLS 1.3 it comes with what is read), and when it was saved already.
   */
  save(): ArrayBuffer | undefined {
    return native("lws_tls_save").call(this);
  }
  /** Forgets all, secrets included. Says nothing to the peer. */
  close(): void {
    native("lws_tls_session_close").call(this);
  }
}
