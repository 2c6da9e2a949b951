/**
 * Tokens that expire: a stream of the type that the policy names fetches a new one when there is none, when it has run out, and when a server has refused it. Streams
 * that need it wait meanwhile.
 */
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import type { Blobs } from "lws/system/blobs";
import { secret } from "lws/system/blobs";
import { isShallow } from "lws/system/shallow-json";
import Time from "time";
import { type AuthProvider, Readiness } from "./auth";
import { Part, Ret, type Room, type StreamHandlers } from "./handlers";
import type { AuthScheme } from "./policy";
import { StreamState } from "./states";
import type { Stream } from "./stream";
import type { Streams } from "./streams";

/** Bytes of an answer that has a token. */
const LONGEST = 2048;
const DEEPEST = 4;
/** Milliseconds before its end that a token counts as one that has run out. */
const MARGIN = 30_000;
/** Longest life of a token, so that the count of milliseconds does not come round. */
const DAY = 86_400;

export interface TokensOptions {
  /** Makes the streams that fetch tokens. Asked when one is needed. */
  streams: () => Streams;
  /** Where tokens are put, for the headers of requests. */
  blobs: Blobs;
  /** Sets values of a stream that is to fetch a token. */
  values?: (stream: Stream, auth: AuthScheme) => void;
  /** Body of the request for a token, such as `grant_type=client_credentials`. Default: none. */
  body?: (auth: AuthScheme) => string;
}

/** The token of one authorization. */
class Token implements StreamHandlers {
  /** Streams that wait for it. */
  private waiting: Stream[] = [];
  private stream: Stream | undefined = undefined;
  private answer: Uint8Array | undefined = undefined;
  private length = 0;
  /** What there is counts until so many milliseconds after `since`; 0: it does not count; -1: until a server refuses it. */
  private life = -1;
  private since = 0;
  private isRefused = false;

  constructor(
    readonly auth: AuthScheme,
    private readonly options: TokensOptions,
  ) {}

  private get isFresh(): boolean {
    if (this.options.blobs.auth(this.auth.blob) === undefined) return false;
    return this.life < 0 || Time.delta(this.since) >>> 0 < this.life;
  }

  prepare(stream: Stream): Readiness {
    if (this.isFresh) return Readiness.ready;
    if (this.isRefused) {
      // Told once; whoever tries again may have reasons to.
      this.isRefused = false;
      return Readiness.fail;
    }
    const { stream: type } = this.auth;
    if (type === undefined) return Readiness.fail;
    if (!this.stream) this.fetch(type);
    if (!this.waiting.includes(stream)) this.waiting.push(stream);
    return Readiness.wait;
  }

  spoil(): void {
    this.life = 0;
  }

  private fetch(type: string): void {
    const { auth, options } = this;
    try {
      this.stream = options.streams().create(type, this, { user: undefined });
      options.values?.(this.stream, auth);
      this.stream.requestTx(Bytes.size(options.body?.(auth) ?? ""));
    } catch (error) {
      log.warn("tokens", `${auth.name}: ${error}`);
    }
  }

  // --- the stream that fetches it -------------------------------------------------------------------------------------------------

  state(stream: Stream, state: number): Ret {
    switch (state) {
      case StreamState.connected:
        this.length = 0;
        this.answer = new Uint8Array(LONGEST);
        return Ret.ok;
      case StreamState.authFailed:
        this.isRefused = true;
        return Ret.destroy;
      case StreamState.qosAckRemote:
        this.take();
        return Ret.destroy;
      case StreamState.qosNackRemote:
      case StreamState.allRetriesFailed:
      case StreamState.timeout:
        log.warn("tokens", `${this.auth.name}: no token, ${stream.failure ?? stream.status ?? ""}`);
        return Ret.destroy;
      case StreamState.destroying:
        this.over();
    }
    return Ret.ok;
  }

  rx(_stream: Stream, bytes: Uint8Array, from: number, to: number): Ret {
    const { answer, length } = this;
    if (!answer || length + to - from > LONGEST) {
      this.length = 0;
      this.answer = undefined;
    } else this.length = Bytes.copy(bytes, from, to, answer, length);
    return Ret.ok;
  }

  tx(_stream: Stream, _ordinal: number, room: Room): Ret {
    room.put(this.options.body?.(this.auth) ?? "");
    room.flags |= Part.eom;
    return Ret.ok;
  }

  private take(): void {
    const { answer, length, auth, options } = this;
    const text = answer && Bytes.text(answer, 0, length);
    const found = text === undefined ? undefined : readToken(text);
    if (!found) {
      log.warn("tokens", `${auth.name}: the answer has no token`);
      return;
    }
    options.blobs.set(secret(auth.blob), found.token);
    this.since = Time.ticks;
    const life = 1000 * Math.min(found.seconds, DAY);
    this.life = found.seconds < 0 ? -1 : Math.max(life - MARGIN, life / 2);
  }

  /** Whoever has waited goes on, with a token or without. */
  private over(): void {
    const { waiting } = this;
    this.stream = this.answer = undefined;
    this.waiting = [];
    if (!this.isFresh) return;
    for (const each of waiting) if (each.alive) each.connect();
  }
}

/** A token, as text or as an answer to OAuth (RFC 6749 §5.1), with the seconds that it lives; -1: that is not said. */
function readToken(text: string): { token: string; seconds: number } | undefined {
  let token: unknown = text.trim();
  let seconds = -1;
  if (text.startsWith("{")) {
    if (!isShallow(text, DEEPEST)) return undefined;
    try {
      const { access_token, expires_in } = JSON.parse(text) as Readonly<Record<string, unknown>>;
      token = access_token;
      if (typeof expires_in === "number" && expires_in > 0) seconds = expires_in;
    } catch {
      return undefined;
    }
  }
  return typeof token === "string" && /^[!-~]+$/.test(token) ? { token, seconds } : undefined;
}

export class Tokens implements AuthProvider {
  private readonly tokens: Token[] = [];

  constructor(private readonly options: TokensOptions) {}

  prepare(stream: Stream, auth: AuthScheme): Readiness {
    return this.tokenOf(auth).prepare(stream);
  }

  refused(_stream: Stream, auth: AuthScheme): void {
    this.tokenOf(auth).spoil();
  }

  private tokenOf(auth: AuthScheme): Token {
    const found = this.tokens.find((each) => each.auth.name === auth.name);
    if (found) return found;
    const token = new Token(auth, this.options);
    this.tokens.push(token);
    return token;
  }
}
