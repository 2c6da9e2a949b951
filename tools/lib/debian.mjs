// @ts-check
/** Packages of the system, installed where we may. */
import { existsSync } from "node:fs";
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
  "nginx-light": () => findCommand("nginx") || existsSync("/usr/sbin/nginx"),
};

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
