/** Certificates and keys of a policy that is read at run time: base64 or PEM becomes DER in its own place on the tape, and what the firmware can't use is refused. */
import { Bytes } from "lws/platform/bytes";
import { CertificateChain, Fact, Text } from "lws/tls/certificate";
import { definitionOf } from "./policy-sections";
import { Kind, type PolicyTape } from "./policy-tape";

/** Most bytes of one. */
const derLimit = 3072;
/** Fewest bits of a key for RSA. */
const rsaBits = 2048;

const refused = "POLICY_BAD_CERTIFICATE";

/** Value of a digit of base64 (RFC 4648 §4); -1 for anything else. */
function digitOf(c: number): number {
  if (c >= 0x41 && c <= 0x5a) return c - 0x41;
  if (c >= 0x61 && c <= 0x7a) return c - 0x61 + 26;
  if (c >= 0x30 && c <= 0x39) return c - 0x30 + 52;
  return c === 0x2b ? 62 : c === 0x2f ? 63 : -1;
}

/** Decodes `[from, to)`, with blanks between the digits, to `at` and on. Returns where what it has put ends; -1: it is no base64. */
function decode(bytes: Uint8Array, from: number, to: number, at: number): number {
  let out = at;
  let value = 0;
  let bits = 0;
  let digits = 0;
  let pads = 0;
  for (let i = from; i < to; i++) {
    const c = bytes[i] as number;
    if (c === 0x20 || (c >= 0x09 && c <= 0x0d)) continue;
    const digit = digitOf(c);
    if (c === 0x3d) pads++;
    else if (digit < 0 || pads > 0) return -1;
    else {
      digits++;
      value = ((value << 6) | digit) & 0xffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes[out++] = value >> bits;
      }
    }
  }
  const isWhole = (digits + pads) % 4 === 0 && pads <= 2;
  return isWhole ? out : -1;
}

/** Where the base64 of a PEM file (RFC 7468) is, in place of its armour; undefined where there is not one block, or it is protected. */
function bodyOf(bytes: Uint8Array, from: number, to: number): { from: number; to: number } | undefined {
  const begin = Bytes.find(bytes, from, to, "-----BEGIN ");
  if (begin < 0) return Bytes.find(bytes, from, to, "-----") < 0 ? { from, to } : undefined;
  const open = Bytes.find(bytes, begin + 11, to, "-----");
  if (open < 0 || Bytes.find(bytes, from, to, "ENCRYPTED") >= 0) return undefined;
  const close = Bytes.find(bytes, open + 5, to, `-----END ${Bytes.latin1(bytes, begin + 11, open)}-----`);
  if (close < 0 || Bytes.find(bytes, close + 5, to, "-----BEGIN ") >= 0) return undefined;
  return { from: open + 5, to: close };
}

/** `{ "given": true }`: the image has it, under the same name. */
function isGiven(tape: PolicyTape, at: number): boolean {
  const [key, end] = [tape.first(at), tape.end(at)];
  if (tape.kind(at) !== Kind.object || key === end || !tape.holds(key, "given")) return false;
  const value = tape.end(key);
  return tape.kind(value) === Kind.yes && tape.end(value) === end;
}

/** Decodes the certificate or key that is the value at `at`, and looks into it. */
export function readCertificate(tape: PolicyTape, at: number): void {
  if (isGiven(tape, at)) return;
  if (tape.kind(at) !== Kind.text) tape.refuse(at, refused);
  const first = tape.first(at);
  const body = bodyOf(tape.bytes, first, tape.end(at));
  const end = body ? decode(tape.bytes, body.from, body.to, first) : -1;
  if (end <= first) tape.refuse(at, refused);
  if (end - first > derLimit) tape.refuse(at, "POLICY_TOO_LARGE");
  if (sequence(tape.bytes, first, end) < 0) tape.refuse(at, refused);
  tape.shorten(at, end - first, Kind.der);
  if (isCertificate(tape, at)) check(tape, at);
}

/** Where the content begins of a sequence of DER that is all of `[from, to)`; -1: it is none. */
function sequence(bytes: Uint8Array, from: number, to: number): number {
  if (bytes[from] !== 0x30 || to - from < 4) return -1;
  const short = bytes[from + 1] as number;
  const count = short < 0x80 ? 0 : short & 0x7f;
  let size = count === 0 ? short : 0;
  for (let i = 0; i < Math.min(count, 2); i++) size = (size << 8) | (bytes[from + 2 + i] as number);
  const content = from + 2 + count;
  return count <= 2 && content + size === to ? content : -1;
}

/** A certificate (RFC 5280 §4.1) begins with a sequence; a key (RFC 5958 §2, RFC 5915 §3, RFC 8017 §A.1.2) with a version. */
function isCertificate(tape: PolicyTape, at: number): boolean {
  return tape.bytes[sequence(tape.bytes, tape.first(at), tape.end(at))] === 0x30;
}

/** What is thrown for a certificate that can't be used: no memory is no fault of its own. */
function blame(tape: PolicyTape, at: number, error: unknown): never {
  if (error instanceof Error && error.message === "TLS_NO_MEMORY") throw error;
  tape.refuse(at, refused);
}

function check(tape: PolicyTape, at: number): void {
  let chain: CertificateChain;
  try {
    chain = new CertificateChain(tape.view(at));
  } catch (error) {
    blame(tape, at, error);
  }
  const isWeak = chain.text(0, Text.key) === "RSA" && chain.number(0, Fact.bits) < rsaBits;
  chain.close();
  if (isWeak) tape.refuse(at, refused);
}

/** Refuses the name at `at` where it is that of a key: only certificates are trusted. */
export function needCertificate(tape: PolicyTape, at: number): void {
  const trusted = definitionOf(tape, "certs", tape.text(at) as string);
  if (!isGiven(tape, trusted) && !isCertificate(tape, trusted)) tape.refuse(at, refused);
}

/** Refuses what a server of the stream type at `at` can't show: a certificate and its key. */
export function checkPair(tape: PolicyTape, at: number, certificate: string, key: string): void {
  const [shown, secret] = [definitionOf(tape, "certs", certificate), definitionOf(tape, "certs", key)];
  const isKnown = !isGiven(tape, shown);
  if (isKnown && !isCertificate(tape, shown)) tape.refuse(tape.member(at, "server_cert"), refused);
  if (isGiven(tape, secret)) return;
  if (isCertificate(tape, secret)) tape.refuse(tape.member(at, "server_key"), refused);
  if (!isKnown) return;
  try {
    new CertificateChain(tape.view(shown), tape.view(secret)).close();
  } catch (error) {
    blame(tape, tape.member(at, "server_key"), error);
  }
}
