// @ts-check
/** What builds for a chip have left: the files that a flash is made of. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT, shown } from "../paths.mjs";
import { Complaint } from "../run.mjs";
import { IMAGE, imageFolder } from "./build.mjs";

/** Leaves the slot of the application as it is. */
const NONE = "none";

/** @typedef {import("../flash-plan.mjs").FlashFiles} FlashFiles */
/** @typedef {import("./targets.mjs").Target} Target */

/** Settings of a unit in the emulator, whose cable is a network of this name. */
export const EMULATED_SETTINGS = join(ROOT, "tools", "air", "qemu.csv");

/** @param {Target} target @param {string} name @param {string} file @param {{ qemu?: boolean, out?: string }} where */
function place(target, name, file, { qemu, out }) {
  const path = join(imageFolder(target, qemu, out), name, file);
  if (existsSync(path)) return path;
  const chip = target.name === "esp32" ? "" : ` --chip ${target.name}`;
  throw new Complaint(
    `there is no ${shown(path)}: npm run build:esp32 --${chip}${qemu ? " --qemu" : ""} --image ${name} makes it`,
  );
}

/**
 * What goes onto a board: both images.
 * @param {Target} target
 * @param {{ image?: string, boot?: string, out?: string }} [choice] image: for the slot of the application, default ota; boot: what starts,
 * "factory" (as it is by default) or that image
 * @returns {FlashFiles}
 */
export function builtFiles(target, { image = "ota", boot = "factory", out } = {}) {
  const built = (/** @type {string} */ name, file = IMAGE) => place(target, name, file, { out });
  if (boot !== "factory" && (boot !== image || image === NONE))
    throw new Complaint(`--boot ${boot}: it is factory${image === NONE ? "" : ` or ${image}`}`);
  return {
    bootloader: built("factory", "bootloader.bin"),
    partitions: built("factory", "partition-table.bin"),
    factory: built("factory"),
    ...(image !== NONE && { app: built(image) }),
    boot: boot === "factory" ? "factory" : "ota_0",
  };
}

/**
 * What the emulator starts with: the image that boots, and the setup image beside it if that is built.
 * @param {Target} target
 * @param {string} image
 * @param {{ qemu?: boolean, out?: string }} [where] qemu: false for an image that was linked for boards
 * @returns {FlashFiles}
 */
export function emulatedFiles(target, image, { qemu = true, out } = {}) {
  const built = (/** @type {string} */ name, file = IMAGE) => place(target, name, file, { qemu, out });
  const isSetup = image === "factory";
  const setup = join(imageFolder(target, qemu, out), "factory", IMAGE);
  return {
    bootloader: built(image, "bootloader.bin"),
    partitions: built(image, "partition-table.bin"),
    ...((isSetup || existsSync(setup)) && { factory: built("factory") }),
    ...(!isSetup && { app: built(image) }),
    boot: isSetup ? "factory" : "ota_0",
  };
}
