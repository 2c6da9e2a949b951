/**
 * Certificates and keys: making them on the device, and looking into those that somebody has brought. One set of C files over Mbed TLS
 * serves every place. Errors are Errors whose message is a code of the catalogue: CERT_… and KEY_…, or TLS_NO_MEMORY.
 */
import type { ByteSource } from "lws/platform/bytes";

/** Most bytes of a chain and of a key in DER, and of a file that holds either. */
export const enum CertificateLimit {
  chain = 5120,
  key = 2560,
  file = 16384,
}

/** What {@link CertificateChain.text} tells of a certificate. */
export const enum Text {
  /** The distinguished names (RFC 4514). */
  subject,
  issuer,
  /** Their common names, or the whole where there is none. */
  subjectName,
  issuerName,
  /** Hex digits. */
  serial,
  /** Host names and addresses that it is for, separated by spaces. */
  names,
  /** SHA-256 of its DER, as hex digits. */
  fingerprint,
  /** "EC" or "RSA". */
  key,
}

/** What {@link CertificateChain.number} tells of a certificate. */
export const enum Fact {
  /** Seconds since 1970. */
  notBefore,
  notAfter,
  /** Size of its key. */
  bits,
  /** 1: it names itself as its issuer. */
  selfSigned,
  /** 1: it may issue others. */
  authority,
}

/** Certificates that were read: the server's own first, then each the issuer of the one before. */
export class CertificateChain extends Native("lws_chain_destructor") {
  /**
   * Reads PEM (any other text around it is ignored) or DER, one certificate behind the other.
   * With `isServer`, order, signatures, strength and use are checked as for the chain of a server; with a key, that it is the first certificate's.
   */
  constructor(source: ByteSource, key?: ByteSource, isServer?: boolean) {
    super();
    native("lws_chain").call(this, source, key, isServer);
  }
  get count(): number {
    return native("lws_chain_get_count").call(this);
  }
  /** `what` is a {@link Text}. */
  text(index: number, what: number): string {
    return native("lws_chain_text").call(this, index, what);
  }
  /** `what` is a {@link Fact}. */
  number(index: number, what: number): number {
    return native("lws_chain_number").call(this, index, what);
  }
  /** Bytes of all certificates in DER. */
  get chainLength(): number {
    return native("lws_chain_get_chainLength").call(this);
  }
  /** Bytes of the key in DER; 0 where there is none, or none any more. */
  get keyLength(): number {
    return native("lws_chain_get_keyLength").call(this);
  }
  /** Puts the chain and then the key at `at`, both in DER, and forgets the key. */
  put(into: ArrayBuffer | Uint8Array, at: number): void {
    native("lws_chain_put").call(this, into, at);
  }
  /** Gives the memory back, wiped where it held the key. Idempotent. */
  close(): void {
    native("lws_chain_close").call(this);
  }
}

/** Calls of {@link CertificateMaker.step} until all is made. */
export const MAKING_STEPS = 3;

/**
 * Makes a key on P-256 and a certificate that it signs itself: for servers, not for issuing others, with a random serial number of 20 bytes,
 * from 2018 to 2049 (since who makes it may not know the time). Takes up to 7 kB of native heap.
 */
export class CertificateMaker extends Native("lws_maker_destructor") {
  /**
   * `name` (at most 64 bytes) becomes the common name of subject and issuer. `dns` (255) and `addresses` (63, IPv4) are what it is for, separated by
   * single spaces, eight at most. Throws RangeError for longer ones.
   */
  constructor(name: string, dns: string, addresses: string) {
    super();
    native("lws_maker").call(this, name, dns, addresses);
  }
  /** One turn of the work: the key, the certificate, the check of both. Returns how many are done, of {@link MAKING_STEPS}. */
  step(): number {
    return native("lws_maker_step").call(this);
  }
  get chainLength(): number {
    return native("lws_maker_get_chainLength").call(this);
  }
  get keyLength(): number {
    return native("lws_maker_get_keyLength").call(this);
  }
  /** Puts the certificate and then the key at `at`, both in DER, and forgets the key. */
  put(into: ArrayBuffer | Uint8Array, at: number): void {
    native("lws_maker_put").call(this, into, at);
  }
  /** Gives the memory back, wiped. Idempotent. */
  close(): void {
    native("lws_maker_close").call(this);
  }
}

class Pem {
  static of(chain: ByteSource): ArrayBuffer {
    return native("lws_certificate_pem").call(this, chain);
  }
}

/** A chain in DER as PEM text. */
export function toPem(chain: ByteSource): ArrayBuffer {
  return Pem.of(chain);
}

/** What a person or a program wants to know of a server's chain: of its first certificate. */
export interface CertificateFacts {
  /** Common name of the subject and of the issuer. */
  readonly subject: string;
  readonly issuer: string;
  /** Hex digits. */
  readonly serial: string;
  /** Host names and addresses, separated by spaces. */
  readonly names: string;
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** "EC 256" or "RSA 2048". */
  readonly key: string;
  /** 64 hex digits. */
  readonly fingerprint: string;
  readonly selfSigned: boolean;
  /** Certificates in the chain. */
  readonly count: number;
}

export function factsOf(chain: CertificateChain): CertificateFacts {
  return {
    subject: chain.text(0, Text.subjectName),
    issuer: chain.text(0, Text.issuerName),
    serial: chain.text(0, Text.serial),
    names: chain.text(0, Text.names),
    notBefore: chain.number(0, Fact.notBefore),
    notAfter: chain.number(0, Fact.notAfter),
    key: `${chain.text(0, Text.key)} ${chain.number(0, Fact.bits)}`,
    fingerprint: chain.text(0, Text.fingerprint),
    selfSigned: chain.number(0, Fact.selfSigned) === 1,
    count: chain.count,
  };
}

/** Seconds that a clock may be slow: certificates are brought as soon as they have been made elsewhere. */
const SLOW = 300;

/**
 * Checks the dates of all certificates of a chain.
 * @throws Error CERT_EXPIRED or CERT_NOT_YET_VALID.
 */
export function checkDates(chain: CertificateChain, now: number): void {
  const { count } = chain;
  for (let i = 0; i < count; i++) {
    if (now > chain.number(i, Fact.notAfter)) throw new Error("CERT_EXPIRED");
    if (now + SLOW < chain.number(i, Fact.notBefore)) throw new Error("CERT_NOT_YET_VALID");
  }
}
