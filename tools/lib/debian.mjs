// @ts-check
/** Packages of the system, installed where we may. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BUILD } from "./paths.mjs";
import { output, run, say, step, succeeds } from "./run.mjs";

/** Package → a file or command that shows that it is there, however it came. */
/** @type {Record<string, () => boolean>} */
const PRESENT = {
  "gcc-multilib": () =>
    existsSync("/usr/include/asm/errno.h") && existsSync(output("gcc", ["-m32", "-print-libgcc-file-name"]) ?? ""),
  chromium: () => findCommand("chromium"),
  openssl: () => findCommand("openssl"),
  curl: () => findCommand("curl"),
  bzip2: () => findCommand("bzip2"),
};

/** Where nginx lies in its package. */
export const NGINX = "usr/sbin/nginx";

/** @param {string} name */
export function findCommand(name) {
  return (process.env.PATH ?? "").split(":").some((folder) => existsSync(`${folder}/${name}`));
}

/**
 * @param {string[]} names packages of {@link PRESENT}
 * @returns {Promise<string[]>} those that are still missing; one line has said what to do about them
 */
export async function installDebian(names) {
  const missing = names.filter((name) => !PRESENT[name]());
  if (missing.length === 0) return [];
  const prefix = privilege();
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  if (!prefix) {
    say(`missing: ${missing.join(", ")}. Run as root: ${command}`);
    return missing;
  }
  try {
    await step(`Debian packages ${missing.join(", ")}`, async () => {
      const install = ["install", "-y", "-qq", "--no-install-recommends", ...missing];
      const known = missing.every((name) => /Candidate: [^(]/.test(output("apt-cache", ["policy", name]) ?? ""));
      if (!known || !(await apt(prefix, install, true))) {
        await apt(prefix, ["update", "-qq"], false);
        await apt(prefix, install, false);
      }
    });
  } catch {
    say(`could not be installed: ${missing.join(", ")}. Run as root: apt-get update && ${command}`);
  }
  return missing.filter((name) => !PRESENT[name]());
}

/**
 * A server of Debian's, out of its package and not installed, since one that is installed is also started. It needs no root.
 * @param {string} name of the package @param {string} path of the server in it
 * @returns {Promise<string | undefined>} where it lies; undefined where it can't be had, after one line has said so
 */
export async function unpackDebian(name, path) {
  if (existsSync(join("/", path))) return join("/", path);
  const folder = join(BUILD, "debian", name);
  const command = join(folder, path);
  if (existsSync(command)) return command;
  try {
    await step(`Debian package ${name}, unpacked`, async () => {
      mkdirSync(folder, { recursive: true });
      const download = () => run("apt-get", ["download", "-qq", name], { cwd: folder });
      const prefix = privilege();
      await download().catch(async (error) => {
        if (!prefix) throw error;
        await apt(prefix, ["update", "-qq"], false);
        await download();
      });
      const [file] = readdirSync(folder).filter((each) => each.endsWith(".deb"));
      await run("dpkg-deb", ["--extract", join(folder, file), folder]);
    });
  } catch {
    say(`the package ${name} could not be had. Run: apt-get update && apt-get download ${name}`);
  }
  return existsSync(command) ? command : undefined;
}

/**
 * @param {string[]} prefix
 * @param {string[]} args
 * @param {boolean} quiet
 * @returns {Promise<boolean>} false when it failed and that was to be quiet
 */
async function apt(prefix, args, quiet) {
  const [command, ...rest] = [...prefix, "apt-get", ...args];
  try {
    await run(command, rest, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, quiet });
    return true;
  } catch (error) {
    if (quiet) return false;
    throw error;
  }
}

/** What to put before apt-get, or undefined where we may not run it. */
function privilege() {
  if (!findCommand("apt-get")) return undefined;
  if (process.getuid?.() === 0) return [];
  return findCommand("sudo") && succeeds("sudo", ["-n", "true"]) ? ["sudo", "-n"] : undefined;
}
