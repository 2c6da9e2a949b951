// @ts-check
/** Keys and certificates of every kind, good and bad, made by openssl. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @typedef {{ certificate: Buffer, key: Buffer }} Issued a certificate and its key, in PEM */

/** A folder of files, for one test file. */
export class Openssl {
  folder = mkdtempSync(join(tmpdir(), "lws-openssl-"));
  #count = 0;

  /** Runs openssl. @param {(string | number)[]} args @returns {string} what it prints */
  run(...args) {
    return execFileSync("openssl", args.map(String), { cwd: this.folder, encoding: "utf8", stdio: "pipe" });
  }

  /** Puts content into a file. @param {string | Buffer} content */
  file(content) {
    const path = join(this.folder, `file-${++this.#count}`);
    writeFileSync(path, content);
    return path;
  }

  /** A key in PKCS #8. @param {string} [kind] "rsa:2048", "rsa:8192:4" with so many primes, "ed25519", or the name of a curve */
  key(kind = "P-256") {
    const [algorithm, bits, primes = 2] = kind.split(":");
    const path = this.file("");
    const options =
      algorithm === "rsa"
        ? ["-algorithm", "RSA", "-pkeyopt", `rsa_keygen_bits:${bits}`, "-pkeyopt", `rsa_keygen_primes:${primes}`]
        : algorithm === "ed25519"
          ? ["-algorithm", "ED25519"]
          : ["-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${kind}`, "-pkeyopt", "ec_param_enc:named_curve"];
    this.run("genpkey", ...options, "-out", path);
    return readFileSync(path);
  }

  /**
   * A certificate.
   * @param {string} name common name
   * @param {{ kind?: string, issuer?: Issued, extensions?: string[], days?: number, options?: string[], key?: Buffer }} [wanted] issuer: absent,
   *   it signs itself
   * @returns {Issued}
   */
  issue(name, { kind, issuer, extensions = [], days = 30, options = [], key = this.key(kind) } = {}) {
    const keyFile = this.file(key);
    const request = this.file("");
    this.run("req", "-new", "-key", keyFile, "-subj", `/CN=${name.replaceAll("/", "\\/")}`, "-out", request);
    const signer = issuer
      ? ["-CA", this.file(issuer.certificate), "-CAkey", this.file(issuer.key), "-set_serial", `0x${++this.#count}77`]
      : ["-signkey", keyFile];
    const path = this.file("");
    const extfile = this.file(extensions.join("\n"));
    this.run("x509", "-req", "-in", request, ...signer, "-days", days, "-extfile", extfile, ...options, "-out", path);
    return { certificate: readFileSync(path), key };
  }

  /** An authority. @param {string} name @param {Issued} [issuer] */
  authority(name, issuer) {
    return this.issue(name, { ...(issuer && { issuer }), extensions: ["basicConstraints=critical,CA:TRUE"] });
  }

  /** A certificate in DER. @param {Buffer} pem */
  der(pem) {
    const path = this.file("");
    this.run("x509", "-in", this.file(pem), "-outform", "der", "-out", path);
    return readFileSync(path);
  }

  /** A key in another form. @param {Buffer} pem @param {...string} args */
  convert(pem, ...args) {
    const path = this.file("");
    this.run("pkey", "-in", this.file(pem), ...args, "-out", path);
    return readFileSync(path);
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
