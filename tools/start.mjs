// @ts-check
/** npm start: sets everything up, makes a flash file and powers a virtual device on. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { prepareExample, startPeer } from "./lib/example.mjs";
import { assembleFlash, rewritePartition } from "./lib/flash.mjs";
import { imageFile, plans } from "./lib/images.mjs";
import { writeOtadata } from "./lib/otadata.mjs";
import { BUILD, DEVICE, ROOT, shown } from "./lib/paths.mjs";
import { Complaint, main, say } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

const HELP = `npm start -- [switches]

Builds what has changed, then powers a virtual device on. Switches of its own:

  --image NAME       put the image NAME (ota, or one of test/images) into the application slot and boot it
  --example NAME     boot an example (docs/examples.md) on a flash chip of its own, with the other end that it talks to
  --fresh            begin with a new flash chip: no settings, no application
  --allow-unsigned   the images take others that nobody has signed; for development only
  --build-only       stop before power on
  --help             this text

If not given: --flash build/device/flash.bin, --air tools/air/default.air, --control build/device/control.
All other switches are those of the device itself:

`;

/** @param {string[]} args */
function parse(args) {
  const own = {
    help: false,
    fresh: false,
    buildOnly: false,
    allowUnsigned: false,
    image: /** @type {string | undefined} */ (undefined),
    example: /** @type {string | undefined} */ (undefined),
  };
  /** @type {string[]} */
  const device = [];
  const words = args.flatMap((arg) => {
    const match = /^(--[a-z-]+)=(.*)$/s.exec(arg);
    return match ? [match[1], match[2]] : [arg];
  });
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--help" || words[i] === "-h") own.help = true;
    else if (words[i] === "--fresh") own.fresh = true;
    else if (words[i] === "--build-only") own.buildOnly = true;
    else if (words[i] === "--allow-unsigned") own.allowUnsigned = true;
    else if (words[i] === "--image") own.image = words[++i] ?? "";
    else if (words[i] === "--example") own.example = words[++i] ?? "";
    else device.push(words[i]);
  }
  return { own, device };
}

/**
 * The value of a switch of the device, which is added when it is missing.
 * @param {string[]} args
 * @param {string} name
 * @param {string} fallback
 */
function switchValue(args, name, fallback) {
  const at = args.indexOf(name);
  if (at < 0) args.push(name, fallback);
  return at < 0 ? fallback : (args[at + 1] ?? "");
}

/**
 * @param {string} name
 * @returns {Buffer}
 */
function image(name) {
  const known = plans().map((plan) => plan.name);
  if (!known.includes(name)) throw new Complaint(`there is no image "${name}"; there are ${known.join(", ")}`);
  return readFileSync(imageFile(name));
}

/**
 * Makes the flash file, or brings its factory image up to date.
 * @param {string} file
 * @param {boolean} fresh
 * @param {string | undefined} application
 */
function prepareFlash(file, fresh, application) {
  const factory = plans().some((plan) => plan.name === "factory") ? image("factory") : Buffer.alloc(0);
  if (fresh || !existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, assembleFlash({ factory }));
    say(`${shown(file)}: new flash chip with the setup image`);
  } else if (rewritePartition(file, "factory", factory)) {
    say(`${shown(file)}: the setup image has changed and was written again; all else is as it was`);
  }
  if (application !== undefined) {
    rewritePartition(file, "ota_0", image(application));
    rewritePartition(file, "otadata", writeOtadata(1));
    say(`${shown(file)}: ${application} is in the application slot`);
  }
}

/**
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
function powerOn(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(DEVICE, args, { stdio: ["inherit", "pipe", "inherit"] });
    const told = new Set();
    createInterface({ input: child.stdout }).on("line", (line) => {
      process.stdout.write(`${line}\n`);
      const [, kind, url] = /^lws-xs: (access point|station)\b.* is at (http:\S+)/.exec(line) ?? [];
      if (!kind || told.has(url)) return;
      told.add(url);
      process.stdout.write(`\n  ${kind === "station" ? "On its network" : "Setup page"}: ${url}\n\n`);
    });
    /** @type {NodeJS.Signals[]} */
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" || signal === "SIGTERM" ? 0 : 1)));
  });
}

main(async () => {
  const { own, device } = parse(process.argv.slice(2));
  if (own.help) {
    process.stdout.write(HELP);
    if (!existsSync(DEVICE)) await setUp();
    process.stdout.write(spawnSync(DEVICE, ["--help"], { encoding: "utf8" }).stdout);
    return 0;
  }
  await setUp({ allowUnsigned: own.allowUnsigned });
  const { example } = own;
  const chip = example === undefined ? "flash.bin" : "example.bin";
  const flash = switchValue(device, "--flash", join(BUILD, "device", chip));
  switchValue(device, "--air", join(ROOT, "tools", "air", "default.air"));
  const control = switchValue(device, "--control", join(BUILD, "device", "control"));
  for (const file of [flash, control]) mkdirSync(dirname(file), { recursive: true });
  if (example === undefined) prepareFlash(flash, own.fresh, own.image);
  else prepareExample(example, flash);
  if (own.buildOnly) return 0;
  if (example === undefined) return powerOn(device);
  const peer = await startPeer();
  try {
    return await powerOn([...device, ...peer.switches]);
  } finally {
    peer.close();
  }
});
