// @ts-check
/** npm packages: our own development tools, and the engine's sources, which are unpacked only. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { BUILD, ENGINE, ROOT } from "./paths.mjs";
import { Complaint, run, step } from "./run.mjs";
import { isStamped, stamp } from "./stamp.mjs";

const PACKAGE = "@agoric/xsnap@0.15.0";
const INTEGRITY = "sha512-ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==";
const TARBALL = "agoric-xsnap-0.15.0.tgz";

/** Installs what package-lock.json names, if that is not what is there. */
export async function installPackages() {
  const lock = join(ROOT, "package-lock.json");
  const installed = join(ROOT, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const hash = createHash("sha256").update(readFileSync(lock)).digest("hex");
  if (existsSync(installed) && isStamped("packages", hash)) return;
  await step("npm packages", () => run("npm", ["ci", "--no-audit", "--no-fund"]));
  stamp("packages", hash);
}

/** Brings the engine's sources to build/xs. */
export async function unpackEngine() {
  if (existsSync(join(ENGINE, "xs", "sources", "xsAll.c")) && isStamped("engine", INTEGRITY)) return;
  await step("engine sources", async () => {
    const tarball = await engineTarball();
    const parent = join(ENGINE, "..");
    const fresh = `${parent}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    await run("tar", ["-xzf", tarball, "-C", fresh, "--strip-components=1", "package/moddable"]);
    rmSync(parent, { recursive: true, force: true });
    renameSync(fresh, parent);
  });
  stamp("engine", INTEGRITY);
}

/** @returns {Promise<string>} the package's file, checked */
async function engineTarball() {
  const folder = join(BUILD, "cache");
  const tarball = join(folder, TARBALL);
  if (existsSync(tarball) && integrityOf(tarball) === INTEGRITY) return tarball;
  mkdirSync(folder, { recursive: true });
  await run("npm", ["pack", PACKAGE, "--pack-destination", folder, "--ignore-scripts"]);
  const found = integrityOf(tarball);
  if (found !== INTEGRITY) {
    rmSync(tarball);
    throw new Complaint(`${PACKAGE} is not what it should be: its integrity is ${found}`);
  }
  return tarball;
}

/** @param {string} file */
function integrityOf(file) {
  return `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
}
