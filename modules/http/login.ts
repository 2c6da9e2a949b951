/**
 * Login with one password and a form, for a site that has one user. Without a session things can be read while no password is set, and changed
 * while somebody is present: what that means is the image's affair. Give an instance to the vhost and name any place in its mounts (`basicAuth`).
 */
import { statusOf } from "lws/core/error-status";
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import type { Wsi } from "lws/core/wsi";
import { Chip } from "lws/platform/chip";
import { AuthPeers } from "./auth-peers";
import type { Authenticator } from "./http-vhost";
import { encode, ITERATIONS, isPassword } from "./password";
import { type Session, Sessions, type SessionsOptions } from "./sessions";
import { reply, type Transaction } from "./transaction";

/** What a login guards. */
export interface Guarded {
  /** The stored password, as `passwordRecord` made it; "" where none is set. */
  readonly passwordRecord: string;
  /** True while everybody who reaches the site may change what it offers. */
  readonly present: boolean;
}

/** Told to those who may not change anything, and can't log in for want of a password. */
const HINT = "hold the button while switching on, then try again";

export class Login implements Authenticator {
  readonly sessions: Sessions;
  /** Who has tried; made with the first try. */
  private peers: AuthPeers | undefined = undefined;

  constructor(
    private readonly site: Guarded,
    options?: SessionsOptions,
  ) {
    this.sessions = new Sessions(options);
  }

  /** Any place will do: there is one password for all. */
  admit(): void {}

  /** A GET reads, also one that opens a WebSocket, whose messages are looked at one by one; everything else changes something. */
  check(wsi: Wsi, http: Transaction): boolean {
    const session = this.sessions.of(http);
    const isRead = http.method === "GET" || http.method === "HEAD";
    if (isRead ? this.mayRead(session) : this.mayChange(session)) {
      this.sessions.touch(session);
      return true;
    }
    if (http.upgrade !== "") http.keepAlive = false;
    replyFailure(wsi, this.refusal());
    return false;
  }

  get isProtected(): boolean {
    return this.site.passwordRecord !== "";
  }

  mayRead(session: Session | undefined): boolean {
    return this.site.present || this.sessions.lasts(session) || !this.isProtected;
  }

  mayChange(session: Session | undefined): boolean {
    return this.site.present || this.sessions.lasts(session);
  }

  /** Why somebody who may not is refused. */
  refusal(): LwsError {
    return this.isProtected ? new LwsError("LOGIN_REQUIRED") : new LwsError("FORBIDDEN", HINT);
  }

  /** Seconds that a peer has to wait before its next try. */
  wait(peer: string): number {
    return Math.ceil((this.peers?.wait(peer) ?? 0) / 1000);
  }

  /**
   * Logs `peer` in; returns the header line that proves it from now on.
   * @throws LwsError TOO_MANY_REQUESTS or WRONG_PASSWORD.
   */
  enter(peer: string, password: string): string {
    this.peers ??= new AuthPeers();
    if (this.peers.wait(peer) > 0) throw new LwsError("TOO_MANY_REQUESTS");
    const record = this.site.passwordRecord;
    const bytes = encode(password);
    const secret = new ArrayBuffer(16);
    Chip.random(secret, 0, 16);
    const isRight = isPassword(record === "" ? undefined : record, bytes, ITERATIONS, secret);
    bytes.fill(0);
    if (!isRight) {
      this.peers.fail(peer);
      log.notice("login", `${peer} is refused`);
      throw new LwsError("WRONG_PASSWORD");
    }
    this.peers.forget(peer);
    return this.sessions.open();
  }
}

/** Answers with an error as a JSON text that a page can show. `headers` are further header lines. */
export function replyFailure(wsi: Wsi, error: LwsError, headers = ""): void {
  const { code, message } = error;
  const text = JSON.stringify({ error: code, text: message });
  reply(wsi, statusOf(code), "application/json", text, `Cache-Control: no-store\r\n${headers}`);
}
