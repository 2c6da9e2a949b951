// @ts-check
/** Chips that images can be built for, by the names that ESP-IDF has for them. */
import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { ROOT } from "../paths.mjs";
import { Complaint } from "../run.mjs";

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {number} id in the header of images
 * @property {string} platform as mcconfig has it, in its `-p` and in the folders of its results
 * @property {string} [emulated] folder with the platform of what runs in QEMU, whose results lie in `esp32/` and its name
 * @property {string} compiler
 * @property {string} [emulator] program of QEMU that has the chip as a machine of this name
 */

const EMULATED = join(ROOT, "modules", "platform", "esp32");

/** @type {Target[]} */
export const TARGETS = [
  {
    ...{ name: "esp32", id: 0, platform: "esp32", compiler: "xtensa-esp32-elf-gcc" },
    ...{ emulated: join(EMULATED, "qemu"), emulator: "qemu-system-xtensa" },
  },
  {
    ...{ name: "esp32c3", id: 5, platform: "esp32/esp32c3", compiler: "riscv32-esp-elf-gcc" },
    ...{ emulated: join(EMULATED, "qemu-c3"), emulator: "qemu-system-riscv32" },
  },
  { name: "esp32s3", id: 9, platform: "esp32/esp32s3", compiler: "xtensa-esp32s3-elf-gcc" },
];

/** @param {string} [name] */
export function targetNamed(name = "esp32") {
  const target = TARGETS.find((each) => each.name === name);
  if (target) return target;
  throw new Complaint(`--chip ${name}: it is one of ${TARGETS.map((each) => each.name).join(", ")}`);
}

/**
 * What mcconfig is told, and where its results then lie.
 * @param {Target} target
 * @param {boolean} qemu
 * @param {string} folder in which mcconfig is run
 * @returns {{ option: string, results: string }}
 */
export function platformOf({ name, platform, emulated }, qemu, folder) {
  if (!qemu) return { option: platform, results: platform };
  if (!emulated || !existsSync(join(emulated, "manifest.json")))
    throw new Complaint(`there is no build of the ${name} for QEMU`);
  // In small letters is how mcconfig takes it: the way from here has none but ours, which are small.
  return { option: `esp32:${relative(folder, emulated)}`, results: join("esp32", basename(emulated)) };
}
