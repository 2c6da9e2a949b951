/** What is checked before a certificate is stored, and what a stored one is asked for. */
import { knownTime } from "lws/core/clock";
import { type ErrorCode, LwsError } from "lws/core/errors";
import type { ByteSource } from "lws/platform/bytes";
import { CertificateChain, type CertificateFacts, checkDates, Fact, factsOf } from "./certificate";
import { packPair, unpackPair } from "./pair";

/** An error as the catalogue has it: natives throw only its codes. */
export function toLwsError(error: unknown): LwsError {
  if (error instanceof LwsError) return error;
  const code = error instanceof Error ? error.message : "";
  return new LwsError(/^(CERT|KEY|TLS)_[A-Z_]+$/.test(code) ? (code as ErrorCode) : "INTERNAL");
}

/** A chain and its key for a server, PEM or DER: what it says, and both as one value. Throws CERT_…, KEY_… or TLS_NO_MEMORY. */
export function checkedPair(chain: ByteSource, key: ByteSource): { facts: CertificateFacts; bytes: ArrayBuffer } {
  const read = new CertificateChain(chain, key, true);
  try {
    checkNow(read);
    return { facts: factsOf(read), bytes: packPair(read) };
  } finally {
    read.close();
  }
}

/** Certificates of authorities, PEM or DER: in DER. Throws CERT_… or TLS_NO_MEMORY. */
export function checkedAuthorities(source: ByteSource): ArrayBuffer {
  const read = new CertificateChain(source);
  try {
    checkNow(read);
    const { count } = read;
    for (let i = 0; i < count; i++) if (read.number(i, Fact.authority) !== 1) throw new LwsError("CERT_WRONG_USAGE");
    const bytes = new ArrayBuffer(read.chainLength);
    read.put(bytes, 0);
    return bytes;
  } finally {
    read.close();
  }
}

/** Throws CERT_… or TLS_NO_MEMORY where stored certificates of authorities can't be read. */
export function checkStored(authorities: ByteSource): void {
  new CertificateChain(authorities).close();
}

/** What a stored pair says. Throws CERT_… or KEY_… for one that is damaged. */
export function factsOfPair(bytes: ArrayBuffer): CertificateFacts {
  const pair = unpackPair(bytes);
  if (!pair) throw new LwsError("CERT_MALFORMED");
  const read = new CertificateChain(pair.chain, pair.key);
  try {
    return factsOf(read);
  } finally {
    read.close();
  }
}

/** Dates count only for a unit that knows the time. */
function checkNow(read: CertificateChain): void {
  const now = knownTime();
  if (now !== undefined) checkDates(read, now);
}
