/**
 * A user's name and password for a server that asks for them (401): Digest (RFC 7616) with SHA-256, or with MD5 where the server knows nothing better, else Basic (RFC 7617). One
 * is given with each request that may need it; what the first has learnt spares the next the question.
 */
import Base64 from "base64";
import Hex from "hex";
import { LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { Digest } from "lws/platform/digest";
import type { AnswerHead } from "./answer-head";
import { type Challenge, parseChallenges } from "./challenge";
import type { HttpAide } from "./http-request";
import { md5 } from "./md5";
import { isSameServer, type Url } from "./url";

export interface LoginOptions {
  /** Without a colon, and without control characters. */
  user: string;
  password: string;
  /** False: the password is never sent, so that a server which knows only Basic is not told who we are. Default true. */
  basic?: boolean;
}

/** Algorithms, and the best of them last. */
const enum Rank {
  none,
  basic,
  md5,
  sha256,
}

function encode(text: string): Uint8Array {
  const bytes = new Uint8Array(Bytes.size(text));
  Bytes.put(text, bytes, 0);
  return bytes;
}

function hashOf(text: string, rank: Rank): string {
  let hash: ArrayBuffer;
  if (rank === Rank.md5) hash = md5(text);
  else {
    const digest = new Digest("SHA-256");
    const bytes = encode(text);
    digest.write(bytes, 0, bytes.length);
    hash = digest.close();
  }
  return Hex.toString(hash).toLowerCase();
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** How well a challenge can be answered. */
function rankOf(challenge: Challenge): Rank {
  if (challenge.scheme === "basic") return Rank.basic;
  const { scheme } = challenge;
  const qop = challenge.get("qop");
  if (scheme !== "digest" || challenge.get("realm") === undefined || challenge.get("nonce") === undefined)
    return Rank.none;
  if (qop !== undefined && !/(?:^|,)[ \t]*auth[ \t]*(?:,|$)/i.test(qop)) return Rank.none;
  const algorithm = (challenge.get("algorithm") ?? "MD5").toUpperCase();
  return algorithm === "SHA-256" ? Rank.sha256 : algorithm === "MD5" ? Rank.md5 : Rank.none;
}

export class HttpLogin implements HttpAide {
  /** Who has asked, and how. */
  private server: Url | undefined = undefined;
  private rank = Rank.none;
  private realm = "";
  private nonce = "";
  private opaque: string | undefined = undefined;
  private algorithm: string | undefined = undefined;
  /** An old server: there is no `qop` (RFC 2617 §3.2.2.1). */
  private isOld = false;
  /** Of name, realm and password. */
  private secret = "";
  /** Requests with this nonce. */
  private count = 0;

  /** Throws BAD_OPTION. */
  constructor(private readonly options: LoginOptions) {
    if (/[\x00-\x1f\x7f:]/.test(options.user)) throw new LwsError("BAD_OPTION", "user");
    if (/[\x00-\x1f\x7f]/.test(options.password)) throw new LwsError("BAD_OPTION", "password");
  }

  /** @internal */
  lines(url: Url, method: string): string {
    if (!this.knows(url)) return "";
    const { user, password } = this.options;
    if (this.rank === Rank.basic) return `Authorization: Basic ${Base64.encode(encode(`${user}:${password}`))}\r\n`;
    return `Authorization: Digest ${this.digest(url.target, method)}\r\n`;
  }

  private digest(target: string, method: string): string {
    const { rank, realm, nonce, opaque, secret, isOld, algorithm } = this;
    const request = hashOf(`${method}:${target}`, rank);
    let fields = `username=${quoted(this.options.user)}, realm=${quoted(realm)}, nonce=${quoted(nonce)}, uri="${target}"`;
    if (algorithm !== undefined) fields += `, algorithm=${algorithm}`;
    let middle = nonce;
    if (!isOld) {
      const count = (++this.count).toString(16).padStart(8, "0");
      const own = new Uint8Array(8);
      Chip.random(own, 0, own.length);
      const cnonce = Hex.toString(own).toLowerCase();
      middle += `:${count}:${cnonce}:auth`;
      fields += `, qop=auth, nc=${count}, cnonce="${cnonce}"`;
    }
    fields += `, response="${hashOf(`${secret}:${middle}:${request}`, rank)}"`;
    return opaque === undefined ? fields : `${fields}, opaque=${quoted(opaque)}`;
  }

  /** @internal */
  learn(url: Url, head: AnswerHead, hadLines: boolean): boolean {
    if (head.status === 401) return this.take(url, parseChallenges(head.headers("www-authenticate")), hadLines);
    this.renew(url, head);
    return false;
  }

  private knows(url: Url): boolean {
    return this.server !== undefined && isSameServer(this.server, url);
  }

  /** Takes the best of what is offered. False where that is nothing, or was shown already. */
  private take(url: Url, challenges: readonly Challenge[], wasShown: boolean): boolean {
    const { basic = true } = this.options;
    let best: Challenge | undefined;
    let rank = Rank.none;
    for (const each of challenges) {
      const one = rankOf(each);
      if (one <= rank || (one === Rank.basic && !basic)) continue;
      best = each;
      rank = one;
    }
    const nonce = best?.get("nonce") ?? "";
    const isKnown = this.knows(url) && this.rank === rank && this.nonce === nonce;
    const isRefused = isKnown && wasShown && best?.get("stale")?.toLowerCase() !== "true";
    this.server = best && !isRefused ? url : undefined;
    if (!best || isRefused) return false;
    if (isKnown) return true;
    this.rank = rank;
    this.nonce = nonce;
    this.count = 0;
    this.opaque = best.get("opaque");
    this.algorithm = best.get("algorithm");
    this.isOld = best.get("qop") === undefined;
    this.realm = best.get("realm") ?? "";
    const { user, password } = this.options;
    this.secret = rank === Rank.basic ? "" : hashOf(`${user}:${this.realm}:${password}`, rank);
    return true;
  }

  /** The server names the nonce of the next request (RFC 7616 §3.5). */
  private renew(url: Url, head: AnswerHead): void {
    const info = this.knows(url) ? head.header("authentication-info") : undefined;
    const next = info === undefined ? undefined : parseChallenges([`digest ${info}`])[0]?.get("nextnonce");
    if (next === undefined || this.rank === Rank.basic) return;
    this.nonce = next;
    this.count = 0;
  }
}
