// @ts-check
/** Certificates and keys of a policy, in any form, to DER; refused where the firmware would refuse them. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LIMITS } from "./fields.mjs";

/**
 * @typedef {import("./json.mjs").Json} Json
 * @typedef {import("./report.mjs").Report} Report
 * @typedef {{ place: Json, der: Buffer, certificate?: X509Certificate, key?: import("node:crypto").KeyObject, isUsed: boolean, isGiven?: true }} Cert
 */

const ARMOUR = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const CURVES = new Set(["prime256v1", "secp384r1"]);
const RSA_BITS = 2048;

/** @param {string} text @returns {Buffer | string} or what is wrong */
function fromText(text) {
  const blocks = Array.from(text.matchAll(ARMOUR));
  if (blocks.length > 1) return "holds more than one certificate or key: give each a name of its own";
  if (blocks.length === 0 && text.includes("-----")) return "is no whole PEM file";
  if (/ENCRYPTED/.test(text)) return "is a key that is protected by a password";
  const body = (blocks[0]?.[2] ?? text).replace(/\s/g, "");
  if (body === "") return "is empty";
  return BASE64.test(body) ? Buffer.from(body, "base64") : "is no base64";
}

/** @param {Json} node @param {string} policy file that it stands in @returns {Buffer | string} bytes of a certificate, or what is wrong */
function bytesOf(node, policy) {
  if (node.kind === "string") return fromText(node.value);
  const [member, ...others] = node.kind === "object" ? node.members : [];
  if (member?.key !== "file" || others.length > 0 || member.value.kind !== "string") {
    return 'is neither a text in base64 or PEM, nor { "file": NAME }';
  }
  const file = resolve(dirname(policy), member.value.value);
  try {
    const bytes = readFileSync(file);
    return bytes[0] === 0x30 ? bytes : fromText(bytes.toString("latin1"));
  } catch (error) {
    return `can't be read: ${error instanceof Error && "code" in error ? error.code : error}`;
  }
}

/** `{ "given": true }`: the image gives it to its streams when it runs, and nothing of it is known here. @param {Json} node */
function isGiven(node) {
  const [member, ...others] = node.kind === "object" ? node.members : [];
  return member?.key === "given" && others.length === 0 && member.value.kind === "boolean" && member.value.value;
}

/** What is wrong with a key, private or public. @param {import("node:crypto").KeyObject} key */
function weakness({ asymmetricKeyType: type, asymmetricKeyDetails: details }) {
  if (type === "rsa" || type === "rsa-pss") {
    const bits = details?.modulusLength ?? 0;
    return bits < RSA_BITS ? `is weak: RSA with ${bits} bits, where ${RSA_BITS} are the least` : undefined;
  }
  const curve = type === "ec" ? (details?.namedCurve ?? "") : type;
  return CURVES.has(curve ?? "") ? undefined : `has a key that the firmware does not know: ${curve}`;
}

/** @param {Buffer} der @returns {import("node:crypto").KeyObject | undefined} */
function privateKey(der) {
  for (const type of /** @type {const} */ (["pkcs8", "sec1", "pkcs1"])) {
    try {
      return createPrivateKey({ key: der, format: "der", type });
    } catch {}
  }
  return undefined;
}

/** @param {Buffer} der @returns {X509Certificate | undefined} */
function x509(der) {
  try {
    const certificate = new X509Certificate(der);
    // The key is read when it is asked for, and may be damaged by itself.
    return certificate.raw.length === der.length && certificate.publicKey ? certificate : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {Report} report @param {Json} node @param {string} policy its file
 * @returns {Cert | undefined}
 */
export function readCertificate(report, node, policy) {
  if (isGiven(node)) return { place: node, der: Buffer.alloc(0), isUsed: false, isGiven: true };
  const der = bytesOf(node, policy);
  if (typeof der === "string") {
    report.error(node, `the certificate ${der}`);
    return undefined;
  }
  if (der.length > LIMITS.der) {
    report.error(node, `the certificate has more than ${LIMITS.der} bytes`);
    return undefined;
  }
  const certificate = x509(der);
  const key = certificate ? undefined : privateKey(der);
  if (!certificate && !key) {
    report.error(node, "this is neither a certificate (X.509) nor a private key");
    return undefined;
  }
  const weak = weakness(certificate?.publicKey ?? /** @type {import("node:crypto").KeyObject} */ (key));
  if (weak) {
    report.error(node, `the ${certificate ? "certificate" : "key"} ${weak}`);
    return undefined;
  }
  return { place: node, der, isUsed: false, ...(certificate && { certificate }), ...(key && { key }) };
}

/** Complains where a certificate can't vouch for others, or can't now. @param {Report} report @param {Json} place @param {string} name @param {Cert} cert */
export function checkAuthority(report, place, name, { certificate, isGiven }) {
  if (isGiven) return;
  if (!certificate) {
    report.error(place, `"${name}" is a key, not a certificate`);
    return;
  }
  if (!certificate.ca)
    report.warn(place, `"${name}" is the certificate of no authority: only servers that show it are trusted`);
  if (Date.parse(certificate.validTo) < Date.now()) {
    report.warn(place, `"${name}" has run out on ${certificate.validTo}: no server will be trusted by it`);
  }
}
