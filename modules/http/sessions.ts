/** Who has logged in, in memory only: a restart forgets everybody. What proves it is a cookie (RFC 6265) that no script and no other site gets. */
import Base64 from "base64";
import { Chip } from "lws/platform/chip";
import { Digest } from "lws/platform/digest";
import Time from "time";
import type { Transaction } from "./transaction";

export interface SessionsOptions {
  /** Milliseconds without a request after which a session is over. Default 15 minutes. */
  idle?: number;
  /** Milliseconds after its login that a session is over, whatever is done in it. Default 12 hours. */
  absolute?: number;
  /** Sessions at a time; another login ends the one that was used least recently. Default 4. */
  most?: number;
}

/** The prefix lets a browser take it only by TLS, from this host, for all paths. */
const NAME = "__Host-session";
const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict";
/** Random bytes of a cookie. */
const SIZE = 16;

export class Session {
  /** Time.ticks of the login and of the last use. */
  readonly opened = Time.ticks;
  used = this.opened;

  constructor(readonly id: ArrayBuffer) {}
}

export class Sessions {
  private readonly idle: number;
  private readonly absolute: number;
  private readonly most: number;
  private sessions: Session[] = [];

  constructor(options: SessionsOptions = {}) {
    this.idle = options.idle ?? 900_000;
    this.absolute = options.absolute ?? 43_200_000;
    this.most = options.most ?? 4;
  }

  /** Begins a session; returns the header line that gives it to the client. */
  open(): string {
    const id = new ArrayBuffer(SIZE);
    Chip.random(id, 0, SIZE);
    if (this.sessions.length >= this.most) {
      let last = this.sessions[0] as Session;
      for (const each of this.sessions) if (((each.used - last.used) | 0) < 0) last = each;
      this.close(last);
    }
    this.sessions.push(new Session(id));
    return `Set-Cookie: ${NAME}=${Base64.encode(id)}; ${ATTRIBUTES}\r\n`;
  }

  /** Header line that makes a client forget its session. */
  get farewell(): string {
    return `Set-Cookie: ${NAME}=; Max-Age=0; ${ATTRIBUTES}\r\n`;
  }

  /** The session that a request belongs to. How long that takes says nothing of the ids. */
  of(http: Transaction): Session | undefined {
    const cookie = /(?:^|;) *__Host-session=([A-Za-z0-9+/]{22}==) *(?:;|$)/.exec(http.header("cookie") ?? "");
    if (!cookie) return undefined;
    const id = Base64.decode(cookie[1] as string);
    let found: Session | undefined;
    for (const each of this.sessions) if (Digest.equal(each.id, id)) found = each;
    return this.lasts(found) ? found : undefined;
  }

  /** True while `session` is one and its time is not over. */
  lasts(session: Session | undefined): boolean {
    if (!session || !this.sessions.includes(session)) return false;
    if (age(session.used) < this.idle && age(session.opened) < this.absolute) return true;
    this.close(session);
    return false;
  }

  /** The person behind `session` has done something. */
  touch(session: Session | undefined): void {
    if (session) session.used = Time.ticks;
  }

  close(session: Session | undefined): void {
    this.sessions = this.sessions.filter((each) => each !== session);
  }

  /** Ends all sessions but one. */
  closeOthers(session?: Session): void {
    this.sessions = this.sessions.filter((each) => each === session);
  }
}

/** Milliseconds since `ticks`. */
function age(ticks: number): number {
  return (Time.ticks - ticks) >>> 0;
}
