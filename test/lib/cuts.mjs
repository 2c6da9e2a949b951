// @ts-check
/**
 * Cuts the power at one flash operation after the other of a flow. After each cut the device has to reach a working image, to hold what was
 * there before or what was to come, and to let the flow be completed.
 */
import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { Device } from "../../tools/lib/device.mjs";
import { BUILD, shown } from "../../tools/lib/paths.mjs";

/**
 * A device in the middle of a flow, and who talks to it.
 * @typedef {object} Session
 * @property {() => void} [close] lets go of the device
 */

/**
 * What a cut is seen to have left: what was there before, what was to come, or something on the way between that the flow allows for.
 * @typedef {"old" | "new" | "between"} State
 */

/**
 * A flow that is ready to run as often as one likes.
 * @template {Session} [S=any]
 * @typedef {object} Scene
 * @property {import("../../tools/lib/device.mjs").DeviceOptions & { flash: Buffer }} options flash: what the chip holds before
 * @property {(device: Device) => Promise<S>} start powers on; resolves when the flow can begin
 * @property {(session: S) => Promise<void>} act takes the flow to its end
 * @property {(device: Device) => Promise<S>} [resume] powers on after a cut; resolves when a working image answers. Default: start
 * @property {(session: S) => Promise<State>} look what the device holds now; throws where that is a mix or can't be told
 * @property {() => void} [close]
 */

/**
 * @typedef {object} Flow
 * @property {string} name as in `settings/network`; what stands before the slash is the kind of flow
 * @property {() => Promise<Scene>} prepare
 */

/**
 * How one cut ended. state: undefined where the flow was over before.
 * @typedef {{ n: number, state?: State | undefined, error?: Error | undefined }} Outcome
 */

/** Milliseconds that a flow may take, and a device until it is off. */
const PATIENCE = 60_000;
const LAST_MOMENT = 2000;
const BLOCK = 4096;
/** What the board says of a reset that nobody asked for. */
const UNWANTED_RESET = /board: reset: (?!restart)/;

/** Makes a chip what it was: few blocks differ, and disks are slow. @param {string} file @param {Buffer} contents */
function restore(file, contents) {
  const present = readFileSync(file);
  const descriptor = openSync(file, "r+");
  try {
    for (let at = 0; at < contents.length; at += BLOCK) {
      const block = contents.subarray(at, at + BLOCK);
      if (!block.equals(present.subarray(at, at + BLOCK))) writeSync(descriptor, block, 0, BLOCK, at);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The end of the console, without the pictures in it. @param {Device} device */
const shownLines = ({ lines }) =>
  lines
    .filter((line) => !/ join: /.test(line))
    .slice(-50)
    .join("\n");

export class CutMachine {
  /** The chip as the last cut has left it. @type {Buffer | undefined} */
  #after = undefined;

  /** @param {Flow} flow @param {Scene} scene */
  constructor(flow, scene) {
    this.flow = flow;
    this.scene = scene;
    this.device = new Device(scene.options);
  }

  /** Flash operations of a full run. */
  async count() {
    const session = await this.#begin();
    const { flashOperations: before } = await this.device.figures();
    assert.equal(await this.scene.look(session), "old", "the flow is over before it begins");
    await this.scene.act(session);
    const { flashOperations } = await this.device.figures();
    assert.equal(await this.scene.look(session), "new", "the flow does not do what it should");
    await this.#end(session);
    return flashOperations - before;
  }

  /** Cuts the power in the middle of the n-th operation. @param {number} n @returns {Promise<Outcome>} */
  async cut(n) {
    const { device } = this;
    device.lines.length = 0;
    this.#after = undefined;
    try {
      const session = await this.#begin();
      await device.control(`power-cut ${n}`);
      const isCut = await this.#runs(session);
      session.close?.();
      if (!isCut) {
        await device.powerOff();
        return { n };
      }
      this.#after = readFileSync(device.flashFile);
      return { n, state: await this.#recover() };
    } catch (cause) {
      const error = new Error(`${this.#keep(n)}\n${cause}\n${shownLines(device)}`, { cause });
      await device.powerOff();
      return { n, error };
    }
  }

  async close() {
    await this.device.close();
  }

  async #begin() {
    const { device, scene } = this;
    restore(device.flashFile, scene.options.flash);
    return scene.start(device);
  }

  /** @param {Session} session */
  async #end(session) {
    session.close?.();
    await this.device.powerOff();
  }

  /** Runs the flow; resolves with whether the power failed on the way. @param {Session} session */
  async #runs(session) {
    const { device, scene } = this;
    const off = device.waitForOff(PATIENCE);
    off.catch(() => {});
    /** @type {unknown} */ let failure;
    const end = await Promise.race([
      off.then(() => "off"),
      scene.act(session).then(
        () => "done",
        (error) => {
          failure = error;
          return "failed";
        },
      ),
    ]);
    if (end === "done") return false;
    if (end === "failed")
      await device.waitForOff(LAST_MOMENT).catch(() => assert.fail(`it fails by itself: ${failure}`));
    assert.equal(device.exit, 0, "the device has not survived until the cut");
    await device.waitForLine(/flash: power cut during/, { timeout: LAST_MOMENT });
    return true;
  }

  /** Boots, looks, and completes the flow. @returns {Promise<State>} */
  async #recover() {
    const { device, scene } = this;
    const mark = device.mark();
    const session = await (scene.resume ?? scene.start)(device);
    try {
      const state = await scene.look(session);
      const reset = device.lines.slice(mark).find((line) => UNWANTED_RESET.test(line));
      assert.equal(reset, undefined, "the device does not come up at once");
      await scene.act(session);
      assert.equal(await scene.look(session), "new", "the flow can't be completed");
      return state;
    } finally {
      await this.#end(session);
    }
  }

  /** Puts what the cut has left where it stays; says what to do with it. @param {number} n */
  #keep(n) {
    const what = `${this.flow.name}, cut ${n}; again: npm run fault -- --flow ${this.flow.name} --at ${n}`;
    if (!this.#after) return what;
    const file = join(BUILD, "fault", `${this.flow.name.replaceAll("/", "-")}-${n}.bin`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, this.#after);
    return `${what}; the flash as the cut left it: ${shown(file)}`;
  }
}
