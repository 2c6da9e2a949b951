// @ts-check
/**
 * Drives one virtual device: what tests and benchmarks hold in their hands. Each has a folder, a flash file, a control socket and
 * loopback addresses of its own, so that several run side by side.
 */
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { assembleFlash, readPartition } from "./flash.mjs";
import { imageFile } from "./images.mjs";
import { DEVICE, ROOT } from "./paths.mjs";

/**
 * @typedef {object} DeviceOptions
 * @property {string | Buffer | null} [factory] name of a built image, its bytes, or null for a blank partition; default "factory"
 * @property {string | Buffer} [ota_0] likewise; default blank
 * @property {"factory" | "ota_0"} [boot] what otadata selects; default ota_0 if there is one
 * @property {string | Buffer} [flash] a whole flash file (path or bytes) instead of images
 * @property {string} [air] text of an air description; default: that of `npm start`
 * @property {number} [portBase] default 8000
 * @property {string[]} [args] further switches of the device
 * @property {boolean} [echo] copy the console to standard error; default: LWS_XS_ECHO is set
 */

/**
 * @typedef {object} Figures
 * @property {number} bytecodes since boot
 * @property {number} slots bytes in use @property {number} chunks bytes in use
 * @property {number} slotsBase of a bare machine @property {number} chunksBase of a bare machine
 * @property {number} jsLimit @property {number} peak of slots and chunks above the bare machine
 * @property {number} native @property {number} nativePeak @property {number} nativeLimit
 * @property {number} sockets @property {number} listeners @property {number} watches @property {number} timers
 * @property {number} boots @property {number} uptime ms
 * @property {number} flashOperations blocks written and erased since power on
 */

const AIR = join(ROOT, "tools", "air", "default.air");
const START_TIMEOUT = 20_000;
const CONTROL_TIMEOUT = 10_000;
const ADDRESS_LINE = /^lws-xs: (access point|station)\b.* is at (https?):(\/\/\S+)/;

let instances = 0;
/** @type {Set<Device>} */
const running = new Set();
process.on("exit", () => {
  for (const device of running) device.kill();
});

/** Two loopback addresses that no other live process of ours uses: its id and a count are part of them. */
function freshAddresses() {
  const network = `127.${16 + ((process.pid >> 8) & 0x7f)}.${process.pid & 0xff}`;
  const host = (2 * instances++) % 252;
  return [`${network}.${host + 1}`, `${network}.${host + 2}`];
}

/** @param {string | Buffer | null | undefined} image */
function imageBytes(image) {
  return typeof image === "string" ? readFileSync(imageFile(image)) : (image ?? undefined);
}

export class Device extends EventEmitter {
  /** Console lines since the device was made, over all power cycles. @type {string[]} */
  lines = [];
  /** Exit code of the last run, or the signal that ended it. @type {number | string | undefined} */
  exit = undefined;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;
  /** @type {import("node:net").Socket | undefined} */
  #control;
  /** @type {((line: string) => void)[]} */
  #replies = [];
  /** Where the device last said that it is: "access point" or "station", and the scheme → URL. @type {Map<string, string>} */
  #urls = new Map();
  #args;
  #echo;

  /** @param {DeviceOptions} [options] */
  constructor(options = {}) {
    super();
    this.setMaxListeners(0);
    this.folder = mkdtempSync(join(tmpdir(), "lws-xs-"));
    this.flashFile = join(this.folder, "flash.bin");
    this.airFile = join(this.folder, "air");
    this.controlPath = join(this.folder, "control");
    const [ap, sta] = freshAddresses();
    this.apAddress = ap;
    this.staAddress = sta;
    this.portBase = options.portBase ?? 8000;
    this.#args = options.args ?? [];
    this.#echo = options.echo ?? Boolean(process.env.LWS_XS_ECHO);
    writeFileSync(this.airFile, options.air ?? readFileSync(AIR));
    writeFileSync(this.flashFile, this.#firstFlash(options));
  }

  /** @param {DeviceOptions} options */
  #firstFlash(options) {
    if (options.flash !== undefined)
      return typeof options.flash === "string" ? readFileSync(options.flash) : options.flash;
    const factory = imageBytes(options.factory === undefined ? "factory" : options.factory);
    const ota_0 = imageBytes(options.ota_0);
    return assembleFlash({
      ...(factory && { factory }),
      ...(ota_0 && { ota_0 }),
      ...(options.boot && { boot: options.boot }),
    });
  }

  /** The device's port `port` as its access point offers it. */
  apUrl(port = 80, scheme = "http") {
    return `${scheme}://${this.apAddress}:${this.portBase + port}`;
  }

  /** The device's port `port` as the network that it has joined offers it. */
  staUrl(port = 80, scheme = "http") {
    return `${scheme}://${this.staAddress}:${this.portBase + port}`;
  }

  /** Id of the process, which is the same over resets; undefined while the power is off. */
  get pid() {
    return this.#process?.pid;
  }

  get isOn() {
    return this.#process !== undefined;
  }

  /**
   * Powers on; resolves when the control socket answers.
   * @param {string[]} [args] further switches for this time
   * @returns {Promise<this>}
   */
  async powerOn(args = []) {
    if (this.#process) throw new Error("the device is on");
    if (!existsSync(DEVICE)) throw new Error("the virtual device is not built");
    rmSync(this.controlPath, { force: true });
    this.#urls.clear();
    this.exit = undefined;
    const child = spawn(DEVICE, [
      ...["--flash", this.flashFile, "--air", this.airFile, "--control", this.controlPath],
      ...["--ap-address", this.apAddress, "--sta-address", this.staAddress, "--port-base", String(this.portBase)],
      ...this.#args,
      ...args,
    ]);
    this.#process = child;
    running.add(this);
    createInterface({ input: child.stderr }).on("line", (line) => this.#addLine(line));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [, kind, scheme, rest] = ADDRESS_LINE.exec(line) ?? [];
      if (kind) this.#urls.set(`${kind} ${scheme}`, `${scheme}:${rest}`);
      this.#addLine(line);
    });
    child.on("error", (error) => this.#addLine(String(error)));
    child.on("close", (code, signal) => {
      this.exit = signal ?? code ?? undefined;
      this.#process = undefined;
      running.delete(this);
      this.#control?.destroy();
      this.emit("off");
    });
    await this.#connectControl();
    return this;
  }

  /** Alias of {@link powerOn}. @param {string[]} [args] */
  start(args = []) {
    return this.powerOn(args);
  }

  /** @param {string} line */
  #addLine(line) {
    if (this.#echo) process.stderr.write(`${line}\n`);
    this.lines.push(line);
    this.emit("line", line);
  }

  async #connectControl() {
    const end = Date.now() + START_TIMEOUT;
    for (;;) {
      if (!this.#process) throw new Error(`the device did not start (${this.exit}):\n${this.tail()}`);
      const socket = connect(this.controlPath);
      try {
        await once(socket, "connect");
        this.#control = socket;
        break;
      } catch {
        if (Date.now() > end) {
          await this.powerOff();
          throw new Error(`no control socket:\n${this.tail()}`);
        }
        await delay(10);
      }
    }
    const socket = this.#control;
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => this.#replies.shift()?.(line));
    // A device that stops resets the connection: the reader passes that on, and "close" follows.
    lines.on("error", () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      for (const reply of this.#replies.splice(0)) reply('{"error":"power is off"}');
    });
  }

  /**
   * One command to the control socket. Throws when the answer is an error.
   * @param {string} command
   * @returns {Promise<any>}
   */
  async control(command) {
    const socket = this.#control;
    if (!socket || socket.destroyed) throw new Error(`${command}: power is off`);
    /** @type {string} */
    const line = await new Promise((resolve, reject) => {
      // A reset can swallow a command; the answers after it would then be taken for one another's.
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new Error(`${command}: no answer within ${CONTROL_TIMEOUT} ms:\n${this.tail()}`));
      }, CONTROL_TIMEOUT);
      this.#replies.push((text) => {
        clearTimeout(timer);
        resolve(text);
      });
      socket.write(`${command}\n`);
    });
    const reply = JSON.parse(line);
    if (reply.error) throw new Error(`${command}: ${reply.error}`);
    return reply;
  }

  /** Collects garbage and reads all figures. @returns {Promise<Figures>} */
  figures() {
    return this.control("figures");
  }

  /** Byte codes run since boot. @returns {Promise<number>} */
  async meter() {
    return (await this.control("meter")).bytecodes;
  }

  /** Where a later {@link waitForLine} is to begin. */
  mark() {
    return this.lines.length;
  }

  /**
   * Resolves with the match in the first console line since `after` that matches, old or to come.
   * @param {RegExp} pattern
   * @param {{ timeout?: number, after?: number }} [options] `after`: a {@link mark}; default: all lines
   * @returns {Promise<RegExpExecArray>}
   */
  waitForLine(pattern, { timeout = START_TIMEOUT, after = 0 } = {}) {
    return this.#waitFor(
      "line",
      () => {
        for (; after < this.lines.length; after++) {
          const match = pattern.exec(this.lines[after]);
          if (match) return match;
        }
        return undefined;
      },
      `no line ${pattern}`,
      timeout,
    );
  }

  /**
   * Resolves with the URL of an interface, once it is up.
   * @param {"access point" | "station"} kind
   * @param {"http" | "https"} [scheme] https comes later: a certificate has to be there first
   * @param {number} [timeout]
   * @returns {Promise<string>}
   */
  waitForAddress(kind, scheme = "http", timeout = START_TIMEOUT) {
    const look = () => this.#urls.get(`${kind} ${scheme}`);
    return this.#waitFor("line", look, `no ${scheme} address of the ${kind}`, timeout);
  }

  /** Resolves with the exit code when the power has gone. @param {number} [timeout] */
  waitForOff(timeout = START_TIMEOUT) {
    return this.#waitFor("off", () => (this.#process ? undefined : (this.exit ?? 0)), "the device stays on", timeout);
  }

  /**
   * @template T
   * @param {string} event after which to look again
   * @param {() => T | undefined} look
   * @param {string} complaint
   * @param {number} timeout
   * @returns {Promise<T>}
   */
  #waitFor(event, look, complaint, timeout) {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (found === undefined) return false;
        finish();
        resolve(found);
        return true;
      };
      const finish = () => {
        clearTimeout(timer);
        this.off(event, check);
        if (event !== "off") this.off("off", gone);
      };
      /** @param {string} why */
      const fail = (why) => {
        finish();
        reject(new Error(`${complaint} ${why}:\n${this.tail()}`));
      };
      const gone = () => check() || fail(`before the device went off (${this.exit})`);
      const timer = setTimeout(() => fail(`within ${timeout} ms`), timeout);
      this.on(event, check);
      if (event !== "off") this.once("off", gone);
      check();
    });
  }

  /** The last console lines, for messages. */
  tail(count = 40) {
    return this.lines.slice(-count).join("\n");
  }

  /** Image, or whatever else a partition of the flash file holds. @param {string} label */
  partition(label) {
    return readPartition(this.flashFile, label);
  }

  kill() {
    this.#process?.kill("SIGKILL");
  }

  /** Cuts the power; the flash file stays as it is. */
  async powerOff() {
    if (!this.#process) return;
    const off = once(this, "off");
    this.kill();
    await off;
  }

  /** Cuts the power and removes the device's folder. */
  async close() {
    await this.powerOff();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
