// @ts-check
/** Everything that has to be there before a device can start; quick when it is. */

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { installDebian, NGINX, unpackDebian } from "./debian.mjs";
import { buildImages } from "./images.mjs";
import { locked } from "./lock.mjs";
import { unpackMbedTls } from "./mbedtls.mjs";
import { installPackages, unpackEngine } from "./npm.mjs";
import { DEVICE, ROOT } from "./paths.mjs";
import { Complaint, run, say, step, succeeds } from "./run.mjs";
import { filesBelow, hashOf, isStamped, stamp } from "./stamp.mjs";

/** @param {{ tests?: boolean, allowUnsigned?: boolean }} [options] tests: also what only the tests need; for the other see `Trust` */
export async function setUp(options = {}) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major * 100 + minor < 2011) throw new Complaint(`Node 20.11 or later is needed, this is ${process.version}`);
  await locked(async () => {
    await installPackages();
    await unpackEngine();
    await buildDevice();
    if (options.tests) await installForTests();
    await buildImages({ allowUnsigned: options.allowUnsigned });
  });
}

/** The virtual device itself. */
async function buildDevice() {
  const natives = filesBelow([join(ROOT, "modules")], (path) => /\.[ch]$/.test(path));
  const sources = [...filesBelow([join(ROOT, "host")]), ...natives];
  const mbedTls = await unpackMbedTls();
  const hash = hashOf(sources, [mbedTls.folder, mbedTls.version]);
  if (existsSync(DEVICE) && isStamped("device", hash)) return;
  for (const command of ["gcc", "make"]) {
    if (!succeeds(command, ["--version"]))
      throw new Complaint(`${command} is missing. Run as root: apt-get install -y gcc make`);
  }
  const missing = await installDebian(["gcc-multilib"]);
  if (missing.length > 0)
    say("without gcc-multilib the virtual device is a 64-bit program, and its figures are not the chip's");
  await step(`virtual device, with Mbed TLS ${mbedTls.version}`, () =>
    run("make", ["-f", "host/Makefile", "-j", String(availableParallelism()), `MBEDTLS=${mbedTls.folder}`]),
  );
  stamp("device", hash);
}

async function installForTests() {
  const missing = await installDebian(["chromium", "openssl", "curl"]);
  if (!(await unpackDebian("nginx", NGINX))) missing.push("nginx");
  if (missing.length > 0) throw new Complaint(`the tests need ${missing.join(", ")}`);
}
