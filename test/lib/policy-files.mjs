// @ts-check
/** Certificates and keys for policies, good and bad, in a folder of their own. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Pki } from "./pki.mjs";

/** Makes them. @returns {Pki} whose folder they are in */
export function policyFiles() {
  const pki = new Pki();
  const put = (/** @type {string} */ name, /** @type {string | Buffer} */ bytes) =>
    writeFileSync(join(pki.folder, name), bytes);
  const openssl = (/** @type {string} */ command) =>
    execFileSync("openssl", command.split(" "), { cwd: pki.folder, stdio: ["ignore", "pipe", "pipe"] });
  const root = pki.make({ name: "Root", authority: true });
  const own = pki.make({ name: "own.lan" }, root);
  const names = Array.from({ length: 180 }, (_, i) => `DNS:name-${i}.example.lan`);
  put("root.pem", root.cert);
  put("own.pem", own.cert);
  put("own.key", own.key);
  put("other.key", pki.make({ name: "other.lan" }).key);
  put("old.pem", pki.make({ name: "Old Root", authority: true, to: "20210101000000Z" }).cert);
  put("large.pem", pki.make({ name: "large.lan", names }, root).cert);
  put("two.pem", root.cert + own.cert);
  openssl("x509 -in root.pem -outform der -out root.der");
  const der = readFileSync(join(pki.folder, "root.der"));
  const damaged = Buffer.from(der);
  // The point of the key, behind its curve, is none any more.
  damaged[damaged.indexOf(Buffer.from("034200", "hex")) + 3] = 5;
  put("damaged.der", damaged);
  put("cut.der", der.subarray(0, -1));
  put("more.der", Buffer.concat([der, Buffer.from([0])]));
  for (const [name, kind] of [
    ["weak", "rsa:1024"],
    ["ed25519", "ed25519"],
  ]) {
    openssl(`req -x509 -newkey ${kind} -nodes -keyout ${name}.key -out ${name}.pem -subj /CN=${name} -days 30`);
  }
  openssl("pkcs8 -topk8 -in own.key -passout pass:secret -out encrypted.pem");
  return pki;
}
