// @ts-check
/** Authorities and certificates of all kinds, made by openssl in a folder of their own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

const KEYS = {
  ec: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  p384: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
  rsa: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
};

export class Pki {
  folder = mkdtempSync(join(tmpdir(), "lws-xs-pki-"));
  #count = 0;

  /** @param {string[]} args */
  #openssl(...args) {
    return execFileSync("openssl", args, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
  }

  /**
   * A certificate that `issuer` has signed, or that is signed by itself.
   * @param {CertificateOptions} options @param {Certificate} [issuer] @returns {Certificate}
   */
  make(options, issuer) {
    const id = `c${this.#count++}`;
    const { name = id, authority = false, key = "ec", usage = "serverAuth", from, to } = options;
    const path = (/** @type {string} */ end) => join(this.folder, `${id}.${end}`);
    this.#openssl("genpkey", ...KEYS[key], "-out", path("key"));
    const names = options.names ?? (authority ? [] : [`DNS:${name}`]);
    const lines = [
      "[ca]\ndefault_ca = d\n[d]",
      `dir = ${this.folder}\ndatabase = ${path("db")}\nnew_certs_dir = ${this.folder}\nrand_serial = yes\ndefault_md = sha256`,
      "policy = p\nunique_subject = no\n[p]\ncommonName = supplied\n[e]",
      `basicConstraints = critical,CA:${authority ? "TRUE" : "FALSE"}`,
      `keyUsage = critical,${authority ? "keyCertSign,cRLSign" : "digitalSignature"}`,
      "subjectKeyIdentifier = hash",
    ];
    if (!authority) lines.push(`extendedKeyUsage = ${usage}`);
    if (names.length > 0) lines.push(`subjectAltName = ${names.join(",")}`);
    writeFileSync(path("cnf"), `${lines.join("\n")}\n`);
    writeFileSync(path("db"), "");
    this.#openssl("req", "-new", "-key", path("key"), "-subj", `/CN=${name}`, "-out", path("csr"));
    const dates = ["-startdate", from ?? "20200101000000Z", "-enddate", to ?? "20491231235959Z"];
    const by = issuer ? ["-cert", issuer.certFile, "-keyfile", issuer.keyFile] : ["-selfsign", "-keyfile", path("key")];
    this.#openssl(
      ...["ca", "-batch", "-notext", "-config", path("cnf"), "-extensions", "e", ...dates, ...by],
      ...["-in", path("csr"), "-out", path("crt")],
    );
    const cert = readFileSync(path("crt"), "utf8");
    return {
      name,
      cert,
      key: readFileSync(path("key"), "utf8"),
      certFile: path("crt"),
      keyFile: path("key"),
      chain: issuer && issuer.chain !== "" ? cert + issuer.chain : issuer ? cert : authority ? "" : cert,
    };
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
