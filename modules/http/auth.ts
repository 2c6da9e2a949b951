/**
 * Basic authentication (RFC 7617) from an NVS namespace: key = user, value = a password, or what {@link passwordRecord} made of one.
 * A check takes the same time whether the user exists or not, guessing becomes slow, and what can't be read lets nobody in. Give an
 * instance to the vhost, and name the namespace in a mount (`basicAuth`) or in a protocol's options (`basic-auth`).
 */

import KeyValue from "embedded:storage/key-value";
import Base64 from "base64";
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import type { Wsi } from "lws/core/wsi";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { Digest } from "lws/platform/digest";
import { AuthPeers } from "./auth-peers";
import { replyError } from "./errors";
import type { Authenticator } from "./http-vhost";
import { encode, ITERATIONS, isPassword } from "./password";
import type { Transaction } from "./transaction";

export interface BasicAuthOptions {
  /** What the client's user is told to log in to. Default "lws". */
  realm?: string;
  /** Rounds of PBKDF2 that every check takes; records with more are refused. Default 4096, about 100 ms of a chip. */
  iterations?: number;
}

/** Longest Authorization header, user and namespace, in characters: those of lws and of NVS. */
const headerLimit = 160;
const nameLimit = 15;
/** Logins whose proof is remembered, so that a page of many files costs one check. */
const proofsLimit = 4;

export class BasicAuth implements Authenticator {
  private realm: string;
  private iterations: number;
  private peers = new AuthPeers();
  /** Random bytes of this start of the device. */
  private secret = new ArrayBuffer(16);
  private proofs: ArrayBuffer[] = [];

  constructor(options: BasicAuthOptions = {}) {
    this.realm = options.realm ?? "lws";
    this.iterations = options.iterations ?? ITERATIONS;
    if (/[^ -~]|["\\]/.test(this.realm)) throw new LwsError("BAD_OPTION", "realm");
    Chip.random(this.secret, 0, 16);
  }

  /** Throws BAD_OPTION where `namespace` can't be one. */
  admit(namespace: string): void {
    if (namespace === "" || namespace.length > nameLimit) throw new LwsError("BAD_OPTION", `basic-auth ${namespace}`);
  }

  check(wsi: Wsi, http: Transaction, namespace: string): boolean {
    const header = http.header("authorization");
    const isUpgrade = http.upgrade !== "";
    const scheme = /^basic +/i.exec(header ?? "");
    if (!scheme) return this.challenge(wsi, isUpgrade);
    http.blank("authorization");
    const wait = this.peers.wait(wsi.peer);
    if (wait > 0) {
      replyError(wsi, "TOO_MANY_REQUESTS", isUpgrade, `Retry-After: ${Math.ceil(wait / 1000)}\r\n`);
      return false;
    }
    const credentials = parse(header as string, scheme[0].length);
    const colon = credentials === undefined ? -1 : Bytes.find(credentials, 0, credentials.byteLength, ":");
    const user = colon < 0 ? undefined : Bytes.text(credentials as ArrayBuffer, 0, colon);
    if (user === undefined) {
      replyError(wsi, "FORBIDDEN", isUpgrade);
      return false;
    }
    if (!this.verify(namespace, user, new Uint8Array(credentials as ArrayBuffer), colon + 1)) {
      this.peers.fail(wsi.peer);
      log.notice("auth", `${wsi.peer} is refused`);
      return this.challenge(wsi, isUpgrade);
    }
    this.peers.forget(wsi.peer);
    http.user = user;
    return true;
  }

  private challenge(wsi: Wsi, close: boolean): false {
    replyError(wsi, "UNAUTHORIZED", close, `WWW-Authenticate: Basic realm="${this.realm}", charset="UTF-8"\r\n`);
    return false;
  }

  /** Checks the password that begins at `from` of the credentials, and wipes them. */
  private verify(namespace: string, user: string, credentials: Uint8Array, from: number): boolean {
    const record = readRecord(namespace, user);
    const proof = this.prove(`${namespace}\n${record ?? ""}\n`, credentials);
    let known = false;
    for (const each of this.proofs) known = Digest.equal(each, proof) || known;
    if (record === undefined || !known) {
      known = isPassword(record, credentials.subarray(from), this.iterations, this.secret);
      if (known) {
        if (this.proofs.length === proofsLimit) this.proofs.shift();
        this.proofs.push(proof);
      }
    }
    credentials.fill(0);
    return known;
  }

  /** What remembers a login without its password: a hash that only this start of the device can make. A changed record changes it, too. */
  private prove(context: string, credentials: Uint8Array): ArrayBuffer {
    const digest = new Digest("SHA-256");
    const bytes = encode(context);
    digest.write(this.secret, 0, this.secret.byteLength);
    digest.write(bytes, 0, bytes.length);
    digest.write(credentials, 0, credentials.length);
    return digest.close();
  }
}

/** The bytes of `user:password`; undefined for what RFC 7617 §2 does not allow. */
function parse(header: string, from: number): ArrayBuffer | undefined {
  const text = header.slice(from);
  if (header.length > headerLimit || text.length % 4 > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Base64.decode(text);
  const decoded = Bytes.text(bytes, 0, bytes.byteLength);
  return decoded === undefined || /[\x01-\x1f\x7f]/.test(decoded) ? undefined : bytes;
}

/** What the namespace holds for `user`. A namespace that can't be read holds nothing. */
function readRecord(namespace: string, user: string): string | undefined {
  if (user === "" || user.length > nameLimit) return undefined;
  try {
    const storage = KeyValue.open({ path: namespace, format: "string", mode: "r" });
    try {
      return storage.read(user);
    } finally {
      storage.close();
    }
  } catch (error) {
    log.err("auth", `${namespace} can't be read: ${error}`);
    return undefined;
  }
}
