// @ts-check
/**
 * Mbed TLS for the virtual device: the source package of a newer suite of Debian, because the machine's own may only have a version that knows
 * no TLS 1.3. The archive's signature vouches for it, and no root is needed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findCommand, installDebian } from "./debian.mjs";
import { BUILD } from "./paths.mjs";
import { Complaint, run, step } from "./run.mjs";

const SUITE = "trixie";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const UNPACKED = join(BUILD, "mbedtls");
/** Of 3.6, the release with long-term support: earlier ones can't put a fragmented ClientHello together. */
const OLDEST_PATCH = 4;

const ADVICE =
  "Unpack any release 3.6.4 or later of Mbed TLS 3.6 and name its folder: MBEDTLS=FOLDER npm start " +
  "(2.28, as Debian 12 has it, will not do: it has no TLS 1.3)";

/** @typedef {{ folder: string, version: string }} MbedTls */

/**
 * Sees to it that there are sources.
 * @returns {Promise<MbedTls>}
 */
export async function unpackMbedTls() {
  const named = process.env.MBEDTLS;
  if (named) {
    const folder = resolve(named);
    const version = versionIn(folder);
    if (!version) throw new Complaint(`MBEDTLS: in ${folder} there are no release sources of Mbed TLS 3.6. ${ADVICE}`);
    return { folder, version };
  }
  if (!versionIn(UNPACKED)) await step(`Mbed TLS sources, from Debian ${SUITE}`, download);
  const version = versionIn(UNPACKED);
  if (!version) throw new Complaint(`Debian ${SUITE} has no Mbed TLS that will do. ${ADVICE}`);
  return { folder: UNPACKED, version };
}

/**
 * The version of sources that will do; undefined for all else. A release has files that a checkout has not.
 * @param {string} folder
 */
function versionIn(folder) {
  const header = join(folder, "include", "mbedtls", "build_info.h");
  if (!existsSync(header) || !existsSync(join(folder, "library", "ssl_debug_helpers_generated.c"))) return undefined;
  const version = /MBEDTLS_VERSION_STRING\s+"([^"]+)"/.exec(readFileSync(header, "utf8"))?.[1] ?? "";
  const patch = /^3\.6\.(\d+)$/.exec(version)?.[1];
  return patch !== undefined && Number(patch) >= OLDEST_PATCH ? version : undefined;
}

async function download() {
  if (!findCommand("apt-get")) throw new Complaint(`there is no apt-get to get Mbed TLS with. ${ADVICE}`);
  const cache = join(BUILD, "cache", "apt");
  const list = join(cache, "sources.list");
  const [state, archives, files] = ["state", "cache", "files"].map((name) => join(cache, name));
  rmSync(files, { recursive: true, force: true });
  for (const folder of [join(state, "lists", "partial"), join(archives, "archives", "partial"), files])
    mkdirSync(folder, { recursive: true });
  const signature = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
  writeFileSync(list, `deb-src ${signature}${debianMirror()} ${SUITE} main\n`);
  const settings = [
    ["Dir::Etc::sourcelist", list],
    ["Dir::Etc::sourceparts", "-"],
    ["Dir::State", state],
    ["Dir::Cache", archives],
  ].flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  try {
    await run("apt-get", [...settings, "-qq", "--error-on=any", "update"]);
    await run("apt-get", [...settings, "-qq", "--download-only", "source", "mbedtls"], { cwd: files });
  } catch {
    throw new Complaint(`Mbed TLS could not be had from Debian ${SUITE}. ${ADVICE}`);
  }
  await unpack(files);
  rmSync(cache, { recursive: true, force: true });
}

/**
 * What of the package we compile goes to {@link UNPACKED}.
 * @param {string} files folder of the package
 */
async function unpack(files) {
  const tarball = readdirSync(files).find((name) => /\.orig\.tar\.[a-z0-9]+$/.test(name));
  if (!tarball) throw new Complaint(`Debian's Mbed TLS package has no sources. ${ADVICE}`);
  if (tarball.endsWith(".bz2")) {
    const missing = await installDebian(["bzip2"]);
    if (missing.length > 0) throw new Complaint("bzip2 is needed to unpack Mbed TLS");
  }
  const fresh = `${UNPACKED}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const wanted = ["--wildcards", "--no-wildcards-match-slash", "*/include", "*/library", "*/LICENSE"];
  await run("tar", ["-xf", join(files, tarball), "-C", fresh, "--strip-components=1", ...wanted]);
  rmSync(UNPACKED, { recursive: true, force: true });
  renameSync(fresh, UNPACKED);
}

/** Where this machine gets its packages, from the one-line or the deb822 form of its own list. */
function debianMirror() {
  const parts = "/etc/apt/sources.list.d";
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const files = ["/etc/apt/sources.list", ...names.map((name) => join(parts, name))].filter((file) => existsSync(file));
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    const entries = file.endsWith(".sources") ? blocks(text) : file.endsWith(".list") ? lines(text) : [];
    for (const { uri, suite, components } of entries)
      if (components.includes("main") && !/security/.test(suite) && /^[a-z+]+:\S*debian/.test(uri)) return uri;
  }
  throw new Complaint(`no entry of /etc/apt says where Debian's packages come from. ${ADVICE}`);
}

/**
 * sources.list(5), one-line style.
 * @param {string} text
 */
function lines(text) {
  return Array.from(text.matchAll(/^deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/gm), (match) => ({
    uri: match[1],
    suite: match[2],
    components: match[3].split(/\s+/),
  }));
}

/**
 * sources.list(5), deb822 style.
 * @param {string} text
 */
function blocks(text) {
  return text
    .replace(/^#.*\n/gm, "")
    .split(/\n\s*\n/)
    .filter((block) => !/^Enabled:\s*no/im.test(block))
    .map((block) => {
      const field = (/** @type {string} */ name) =>
        new RegExp(`^${name}:\\s*(.*(?:\\n[ \\t].*)*)`, "im").exec(block)?.[1].trim().split(/\s+/) ?? [];
      return { uri: field("URIs")[0] ?? "", suite: field("Suites")[0] ?? "", components: field("Components") };
    });
}
