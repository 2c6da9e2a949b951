// @ts-check
/** Images for a chip: mcconfig links them, and here they get their description and their trailer. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { message } from "../options.mjs";
import { partition, projectPartitions } from "../partitions.mjs";
import { BUILD, shown } from "../paths.mjs";
import { Complaint, run, say, step } from "../run.mjs";
import { signImage } from "../trailer.mjs";
import { describeImage } from "./describe.mjs";
import { writeNeeded } from "./needed.mjs";
import { checkSize, sizeReport } from "./size-report.mjs";
import { platformOf } from "./targets.mjs";

/** What flashing an image takes, in the names that the SDK has for it. */
export const IMAGE = "xs_esp32.bin";
const PARTS = ["bootloader.bin", "partition-table.bin", "ota_data_initial.bin"];
/** What runs in QEMU is linked with other modules, and lies beside what runs on a board. */
const EMULATED = "-qemu";

/**
 * @typedef {object} ChipBuild
 * @property {import("./targets.mjs").Target} target
 * @property {boolean} [qemu] for the emulator, which has Ethernet instead of Wi-Fi
 * @property {import("../images.mjs").Prepared} prepared
 * @property {string} [out] folder for everything; default build/esp32
 * @property {(line: string) => void} [print] takes the size reports
 */

/** Where images for a chip lie: each has a folder of its own. @param {import("./targets.mjs").Target} target @param {boolean} [qemu] @param {string} [out] */
export function imageFolder(target, qemu = false, out = join(BUILD, "esp32")) {
  return join(out, `${target.name}${qemu ? EMULATED : ""}`);
}

/** @param {import("../images.mjs").ImagePlan} plan */
export function checkManifest(plan) {
  const manifest = join(plan.folder, "manifest.json");
  if (!existsSync(manifest))
    throw new Complaint(`the image ${plan.name} can't be built for a chip: there is no ${shown(manifest)}`);
}

/**
 * @param {import("./toolchain.mjs").Toolchain} toolchain
 * @param {import("../images.mjs").ImagePlan} plan
 * @param {ChipBuild} build
 * @returns {Promise<string>} folder of the results
 */
export async function buildForChip(toolchain, plan, build) {
  const {
    target,
    qemu = false,
    out = join(BUILD, "esp32"),
    print = (line) => process.stdout.write(`${line}\n`),
  } = build;
  checkManifest(plan);
  const sdk = join(out, "sdk");
  const own = join(out, "manifest", plan.name);
  const { option, results } = platformOf(target, qemu, own);
  const folder = join(imageFolder(target, qemu, out), plan.name);
  // mcconfig calls an image by the folder that it runs in.
  const place = (/** @type {string} */ kind) => join(sdk, kind, results, "release", basename(own));
  const linked = join(place("tmp"), `xsProj-${target.name}`, "build", "xs_esp32");
  mkdirSync(sdk, { recursive: true });
  // The SDK's makefile goes on when ESP-IDF's build fails, and then hands out what an earlier one has left.
  for (const suffix of [".bin", ".elf"]) rmSync(`${linked}${suffix}`, { force: true });
  for (const file of [IMAGE, ...PARTS]) rmSync(join(place("bin"), file), { force: true });
  rmSync(folder, { recursive: true, force: true });
  const left = writeNeeded(join(plan.folder, "manifest.json"), own);
  const args = ["-m", "-p", option, "-t", "build", "-o", sdk];
  await step(
    `${plan.name} for ${target.name}${qemu ? " in QEMU" : ""}, without ${left} modules that it does not import`,
    () => run("mcconfig", args, { cwd: own, env: toolchain.env }),
  );
  const missing = [IMAGE, ...PARTS].filter((file) => !existsSync(join(place("bin"), file)));
  if (missing.length > 0)
    throw new Complaint(
      `mcconfig has linked no ${missing.join(" and no ")} for ${plan.name}; in ${shown(own)}, \`mcconfig ${args.join(" ")}\` tells why`,
    );
  const slot = partition(projectPartitions(), plan.slot);
  const image = finished(readFileSync(join(place("bin"), IMAGE)), plan, build);
  print(sizeReport(`${plan.name} for ${target.name}`, image.length, slot, `${linked}.map`));
  checkSize(plan.name, image.length, slot);
  mkdirSync(folder, { recursive: true });
  for (const file of PARTS) copyFileSync(join(place("bin"), file), join(folder, file));
  writeFileSync(join(folder, IMAGE), image);
  say(
    `${shown(join(folder, IMAGE))}: version ${build.prepared.from.version}, ${signed(build) ? "signed" : "not signed"}`,
  );
  return folder;
}

/** @param {ChipBuild} build */
const signed = ({ prepared }) => prepared.key !== undefined;

/** @param {Buffer} linked @param {import("../images.mjs").ImagePlan} plan @param {ChipBuild} build */
function finished(linked, { name, app, kind }, { target, prepared: { from, key } }) {
  try {
    return signImage(describeImage(linked, { ...from, app, kind, chip: target.id }), { key });
  } catch (error) {
    throw new Complaint(`${name}: ${message(error)}`);
  }
}
