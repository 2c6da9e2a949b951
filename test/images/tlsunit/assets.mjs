// @ts-check
/** Certificates, good and bad. They are made once by openssl and kept; without openssl, which only tests need, there are none. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUILD } from "../../../tools/lib/paths.mjs";
import { succeeds } from "../../../tools/lib/run.mjs";
import { hashOf } from "../../../tools/lib/stamp.mjs";
import { Pki } from "../../lib/pki.mjs";

const RECIPE = ["./assets.mjs", "../../lib/pki.mjs", "../../lib/openssl.mjs"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

export function assets() {
  const folder = join(BUILD, "cache", `pki-${hashOf(RECIPE).slice(0, 16)}`);
  if (!existsSync(folder)) {
    if (!succeeds("openssl", ["version"])) return {};
    const fresh = `${folder}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    for (const [name, text] of Object.entries(issue())) writeFileSync(join(fresh, name), text);
    renameSync(fresh, folder);
  }
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

/** @returns {Record<string, string>} NAME.pem: a chain without its root; NAME.key */
function issue() {
  const pki = new Pki();
  try {
    const root = pki.make({ name: "Test Root", authority: true });
    const middle = pki.make({ name: "Test Middle", authority: true, key: "p384" }, root);
    const stranger = pki.make({ name: "Strange Root", authority: true });
    const clients = pki.make({ name: "Client Root", authority: true });
    const many = Array.from({ length: 180 }, (_, i) => `DNS:name-${i}.example.lan`);
    const issued = {
      first: pki.make({ name: "first.lan", names: ["DNS:first.lan", "IP:192.168.4.1"] }, root),
      second: pki.make({ name: "second.lan", key: "rsa" }, middle),
      large: pki.make({ name: "large.lan", names: ["DNS:large.lan", ...many], key: "rsa" }, root),
      own: pki.make({ name: "first.lan" }),
      strange: pki.make({ name: "first.lan" }, stranger),
      expired: pki.make({ name: "first.lan", to: "20210101000000Z" }, root),
      future: pki.make({ name: "first.lan", from: "20400101000000Z" }, root),
      usage: pki.make({ name: "first.lan", usage: "clientAuth" }, root),
      misused: pki.make({ name: "Client Two", usage: "serverAuth" }, clients),
      client: pki.make({ name: "Client One", usage: "clientAuth" }, clients),
    };
    /** @type {Record<string, string>} */
    const files = { "root.pem": root.cert, "clients.pem": clients.cert };
    for (const [name, { chain, key }] of Object.entries(issued)) {
      files[`${name}.pem`] = chain;
      files[`${name}.key`] = key;
    }
    return files;
  } finally {
    pki.close();
  }
}
