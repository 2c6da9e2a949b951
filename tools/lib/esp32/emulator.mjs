// @ts-check
/** An ESP32 in QEMU: its flash and fuses as files, its serial line as lines of text, its ports on loopback. */
import { spawn, spawnSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { FLASH_SIZE } from "../partitions.mjs";
import { Complaint } from "../run.mjs";
import { findProgram } from "./toolchain.mjs";

/**
 * The fuses that say which revision the chip is, by offset, in a file of so many bytes: revision 3 of the ESP32, 0.3 of the ESP32-C3. Blank fuses would be of
 * a chip that ESP-IDF's boot loader takes for too old.
 */
const FUSES = /** @type {Record<string, { size: number, bytes: [number, number][] }>} */ ({
  esp32: {
    size: 124,
    bytes: [
      [13, 0x80],
      [22, 0x10],
    ],
  },
  esp32c3: { size: 1024, bytes: [[38, 0x0c]] },
});
/** More than the longest line that a chip has to say. */
const ERRORS_KEPT = 4000;

/** Milliseconds that an end may take. */
const PATIENCE = 3000;

/** @typedef {{ protocol: "tcp" | "udp", port: number }} Forward a port of the chip that is to be reached */

/**
 * The program that emulates a chip.
 * @param {import("./targets.mjs").Target} target
 * @param {string} [given] file to be taken instead of what is on PATH
 */
export function findEmulator(target, given = process.env["LWS_XS_QEMU"]) {
  const { emulator, name } = target;
  if (!emulator) throw new Complaint(`there is no emulator of the ${name}`);
  const cure =
    `that of Espressif is needed: \`python $IDF_PATH/tools/idf_tools.py install ${emulator.replace("-system", "")}\` ` +
    "installs it, and ESP-IDF's export.sh puts it on PATH";
  const program = given ?? findProgram(emulator);
  if (!program) throw new Complaint(`${emulator} is not on PATH; ${cure}`);
  const { status, stdout } = spawnSync(program, ["-machine", "help"], { encoding: "utf8" });
  if (status !== 0) throw new Complaint(`${program} can't be run; ${cure}`);
  if (!new RegExp(`^${name}\\s`, "m").test(stdout)) throw new Complaint(`${program} has no machine ${name}; ${cure}`);
  return program;
}

/** The whole flash with the parts of a plan. @param {import("../flash-plan.mjs").FlashPlan} plan */
export function flashImage({ parts, end }) {
  if (end > FLASH_SIZE) throw new Complaint(`the partitions need ${end} bytes, the flash has ${FLASH_SIZE}`);
  const flash = Buffer.alloc(FLASH_SIZE, 0xff);
  for (const { address, data } of parts) data.copy(flash, address);
  return flash;
}

/** @param {import("./targets.mjs").Target} target */
function fuses({ name }) {
  const { size, bytes } = FUSES[name];
  const file = Buffer.alloc(size);
  for (const [at, value] of bytes) file[at] = value;
  return file;
}

/**
 * @typedef {object} EmulatorOptions
 * @property {import("./targets.mjs").Target} target
 * @property {string} program see {@link findEmulator}
 * @property {string} flash file of 4 MB, which the chip changes
 * @property {number} portBase what is added to a port of the chip
 * @property {Forward[]} forwards
 * @property {string[]} [more] arguments of QEMU
 */

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Emits "line" for each line of the serial line, "off" at the end. */
export class Emulator extends EventEmitter {
  /** @type {string[]} */
  lines = [];
  /** Exit code or signal; undefined while it runs. @type {number | string | undefined} */
  exit = undefined;
  #errors = "";
  #child;
  #portBase;

  /** Powers on. @param {EmulatorOptions} options */
  constructor({ target, program, flash, portBase, forwards, more = [] }) {
    super();
    this.#portBase = portBase;
    const efuse = `${flash}.efuse`;
    mkdirSync(dirname(flash), { recursive: true });
    writeFileSync(efuse, fuses(target));
    const rules = forwards.map(({ protocol, port }) => `hostfwd=${protocol}:127.0.0.1:${portBase + port}-:${port}`);
    this.#child = spawn(
      program,
      [
        ...["-machine", target.name, ...(target.name === "esp32" ? ["-m", "4M"] : [])],
        ...["-drive", `file=${flash},if=mtd,format=raw`],
        ...["-drive", `file=${efuse},if=none,format=raw,id=efuse`],
        ...["-global", `driver=nvram.${target.name}.efuse,property=drive,value=efuse`],
        // Emulated time is not that of the computing: the watchdog would bite on a busy machine.
        ...["-global", `driver=timer.${target.name}.timg,property=wdt_disable,value=true`],
        ...["-nic", ["user", "model=open_eth", ...rules].join(",")],
        "-nographic",
        ...more,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    running.add(this.#child);
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.lines.push(line);
      this.emit("line", line);
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#errors = (this.#errors + text).slice(-ERRORS_KEPT);
    });
    this.#child.on("error", (error) => {
      this.#errors += error.message;
    });
    this.#child.on("close", (code, signal) => {
      this.exit = signal ?? code ?? 1;
      running.delete(this.#child);
      this.emit("off");
    });
  }

  /** The last thing that QEMU itself had to say. */
  get complaint() {
    return this.#errors.trim().split("\n").at(-1) ?? "";
  }

  /** @param {number} port of the chip @param {string} [scheme] */
  url(port, scheme = "http") {
    return `${scheme}://127.0.0.1:${this.#portBase + port}`;
  }

  /**
   * Resolves with the match in the first line from `after` on that matches.
   * @param {RegExp} pattern
   * @param {{ timeout?: number, after?: number }} [options]
   * @returns {Promise<RegExpExecArray>}
   */
  waitForLine(pattern, { timeout = 60_000, after = 0 } = {}) {
    return new Promise((resolve, reject) => {
      const tail = () => this.lines.slice(-20).join("\n");
      const end = (/** @type {() => void} */ work) => {
        clearTimeout(timer);
        this.off("line", look).off("off", gone);
        work();
      };
      const look = () => {
        for (; after < this.lines.length; after++) {
          const match = pattern.exec(this.lines[after]);
          if (match) return end(() => resolve(match));
        }
      };
      const gone = () =>
        end(() => reject(new Error(`no line ${pattern} before QEMU ended: ${this.complaint}\n${tail()}`)));
      const timer = setTimeout(
        () => end(() => reject(new Error(`no line ${pattern} within ${timeout} ms:\n${tail()}`))),
        timeout,
      );
      this.on("line", look).on("off", gone);
      look();
      if (this.exit !== undefined) gone();
    });
  }

  /** Ends it; resolves when the flash file is as the chip left it. */
  async close() {
    if (this.exit !== undefined) return;
    const off = new Promise((resolve) => this.once("off", resolve));
    this.#child.kill("SIGTERM");
    const hard = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    await off;
    clearTimeout(hard);
  }
}
