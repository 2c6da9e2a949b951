// @ts-check
/** A Moddable SDK and an ESP-IDF of which nothing is there but what a build looks for, and a mcconfig that makes small images. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../../tools/lib/paths.mjs";

const LIB = join(ROOT, "tools", "lib");
/** What has to be on PATH beside mcconfig. */
export const PROGRAMS = ["idf.py", "xtensa-esp32-elf-gcc", "riscv32-esp-elf-gcc", "make", "cmake", "ninja", "python"];

/** Does what mcconfig does that is seen from outside; FAKE_MCCONFIG says what goes wrong. */
const MCCONFIG = `#!${process.execPath}
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ESP32_CHIP, wrapSegments } from "${join(LIB, "image.mjs")}";
import { writeOtadata } from "${join(LIB, "otadata.mjs")}";
import { projectPartitions, writeTable } from "${join(LIB, "partitions.mjs")}";
const args = process.argv.slice(2);
const after = (name) => args[args.indexOf(name) + 1];
const { FAKE_MCCONFIG: mode = "", FAKE_LOG: log } = process.env;
appendFileSync(log, JSON.stringify({ args, cwd: process.cwd(), idf: process.env.IDF_PATH }) + "\\n");
if (mode === "fails") {
  console.error("lwip.c:1: error: no such thing");
  process.exit(2);
}
const [, way] = after("-p").split(":");
const platform = way ? "esp32/" + basename(way) : after("-p");
const place = (kind) => join(after("-o"), kind, platform, "release", basename(process.cwd()));
const chip = /c3$/.test(platform) ? "esp32c3" : "esp32";
if (way && !existsSync(join(way, "manifest.json"))) throw new Error("no " + way);
const build = join(place("tmp"), "xsProj-" + chip, "build");
for (const folder of [place("bin"), build]) mkdirSync(folder, { recursive: true });
const data = Buffer.alloc(mode === "large" ? 0x210000 : 4096, 7);
data.fill(0, 0, 384);
data.writeUInt32LE(0xabcd5432, 0);
data.write("xs_esp32", 48);
if (mode !== "old") data.writeUInt32LE(0x4453574c, 256);
const id = mode === "other chip" ? 9 : chip === "esp32c3" ? 5 : ESP32_CHIP;
const image = wrapSegments(id, [{ address: 0x3f400020, data }, { address: 0x40080000, data: Buffer.alloc(64, 9) }]);
if (mode !== "silent") writeFileSync(join(place("bin"), "xs_esp32.bin"), image);
const boot = wrapSegments(id, [{ address: 0x3fff0000, data: Buffer.alloc(0x4000, 7) }]);
writeFileSync(join(place("bin"), "bootloader.bin"), boot);
writeFileSync(join(place("bin"), "partition-table.bin"), writeTable(projectPartitions()).subarray(0, 0xc00));
writeFileSync(join(place("bin"), "ota_data_initial.bin"), writeOtadata());
writeFileSync(join(build, "xs_esp32.map"), process.env.FAKE_MAP ?? "");
`;

export class FakeSdk {
  folder = mkdtempSync(join(tmpdir(), "lws-xs-sdk-"));
  moddable = join(this.folder, "moddable");
  idf = join(this.folder, "esp-idf");
  bin = join(this.folder, "bin");
  log = join(this.folder, "log");
  /** Where builds with it go. */
  out = join(this.folder, "out");

  constructor() {
    mkdirSync(join(this.moddable, "build", "devices", "esp32"), { recursive: true });
    this.write("moddable/typings/package.json", '{ "version": "8.2.3" }');
    this.write(
      "esp-idf/tools/cmake/version.cmake",
      "set(IDF_VERSION_MAJOR 6)\nset(IDF_VERSION_MINOR 0)\nset(IDF_VERSION_PATCH 1)\n",
    );
    for (const name of PROGRAMS) this.program(name, "#!/bin/sh\n");
    this.program("package.json", '{ "type": "module" }');
    this.program("mcconfig", MCCONFIG);
    this.write("log", "");
  }

  /** @param {string} path @param {string} text */
  write(path, text) {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** @param {string} name @param {string} text */
  program(name, text) {
    chmodSync(this.write(join("bin", name), text), 0o755);
  }

  /** @param {NodeJS.ProcessEnv} [more] @returns {NodeJS.ProcessEnv} nothing of this machine is in it */
  env(more = {}) {
    return { MODDABLE: this.moddable, IDF_PATH: this.idf, PATH: this.bin, FAKE_LOG: this.log, ...more };
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
