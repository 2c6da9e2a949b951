// @ts-check
/** Authorities and certificates of all kinds, with the dates that one likes. */
import { readFileSync } from "node:fs";
import { Openssl } from "./openssl.mjs";

/**
 * @typedef {object} CertificateOptions
 * @property {string} [name] common name
 * @property {string[]} [names] subject alternative names, as "DNS:a.lan" or "IP:127.0.0.1"; default: the common name
 * @property {string} [usage] extended key usage; default serverAuth
 * @property {"ec" | "rsa" | "p384"} [key] default ec: P-256
 * @property {boolean} [authority]
 * @property {string} [from] begin, as YYYYMMDDHHMMSSZ
 * @property {string} [to] end
 * @typedef {{ name: string, cert: string, key: string, certFile: string, keyFile: string, chain: string }} Certificate chain: without the root
 */

/** Kinds of key, as {@link Openssl} calls them. */
const KINDS = { ec: "P-256", p384: "P-384", rsa: "rsa:2048" };

export class Pki extends Openssl {
  #count = 0;

  /**
   * A certificate that `issuer` has signed, or that is signed by itself.
   * @param {CertificateOptions} options @param {Certificate} [issuer] @returns {Certificate}
   */
  make(options, issuer) {
    const { name = `c${this.#count++}`, authority = false, key = "ec", usage = "serverAuth", from, to } = options;
    const keyFile = this.file(this.key(KINDS[key]));
    const names = options.names ?? (authority ? [] : [`DNS:${name}`]);
    const lines = [
      "[ca]\ndefault_ca = d\n[d]",
      `dir = ${this.folder}\ndatabase = ${this.file("")}\nnew_certs_dir = ${this.folder}\nrand_serial = yes\ndefault_md = sha256`,
      "policy = p\nunique_subject = no\n[p]\ncommonName = supplied\n[e]",
      `basicConstraints = critical,CA:${authority ? "TRUE" : "FALSE"}`,
      `keyUsage = critical,${authority ? "keyCertSign,cRLSign" : "digitalSignature"}`,
      "subjectKeyIdentifier = hash",
    ];
    if (!authority) lines.push(`extendedKeyUsage = ${usage}`);
    if (names.length > 0) lines.push(`subjectAltName = ${names.join(",")}`);
    const config = this.file(`${lines.join("\n")}\n`);
    const [request, certFile] = [this.file(""), this.file("")];
    this.run("req", "-new", "-key", keyFile, "-subj", `/CN=${name}`, "-out", request);
    const dates = ["-startdate", from ?? "20200101000000Z", "-enddate", to ?? "20491231235959Z"];
    const by = issuer ? ["-cert", issuer.certFile, "-keyfile", issuer.keyFile] : ["-selfsign", "-keyfile", keyFile];
    this.run(
      ...["ca", "-batch", "-notext", "-config", config, "-extensions", "e", ...dates, ...by],
      ...["-in", request, "-out", certFile],
    );
    const cert = readFileSync(certFile, "utf8");
    const chain = issuer ? cert + issuer.chain : authority ? "" : cert;
    return { name, cert, key: readFileSync(keyFile, "utf8"), certFile, keyFile, chain };
  }
}
