// @ts-check
/**
 * Where tests that come from outside find their device. LWS_XS_DEVICE says it: nothing, a virtual device of their own; "qemu", perhaps with the name of a
 * chip, an emulator of their own; else the address of a device that runs already, perhaps with what is added to its ports, as in 127.0.0.1:8000.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { imageFolder } from "../../tools/lib/esp32/build.mjs";
import { EMULATED_SETTINGS, emulatedFiles } from "../../tools/lib/esp32/built.mjs";
import { Emulator, findEmulator, flashImage } from "../../tools/lib/esp32/emulator.mjs";
import { targetNamed } from "../../tools/lib/esp32/targets.mjs";
import { assembleFlash } from "../../tools/lib/flash.mjs";
import { planFlash } from "../../tools/lib/flash-plan.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { writeNvs } from "../../tools/lib/nvs.mjs";
import { parseCsv } from "../../tools/lib/nvs-csv.mjs";
import { partition, projectPartitions } from "../../tools/lib/partitions.mjs";
import { fetch } from "./fetch.mjs";

/** The network of an emulator, with loopback behind the router. */
const AIR =
  "ap ssid=qemu bssid=02:00:00:00:00:01 channel=1 rssi=-40 security=open address=10.0.2.15 mask=255.255.255.0 " +
  "gateway=127.0.0.1 dns=127.0.0.1 delay=10";
const WEB = /** @type {const} */ ([
  { protocol: "tcp", port: 80 },
  { protocol: "tcp", port: 443 },
]);
/** What is added to the ports of an emulated chip, unless LWS_XS_PORT_BASE says it. */
const PORT_BASE = 18_000;

/**
 * @typedef {object} Place
 * @property {"virtual" | "qemu" | "running"} kind
 * @property {string} host
 * @property {number} portBase
 * @property {string[]} lines of its console; empty where that is not at hand
 * @property {(pattern: RegExp, options: { timeout: number }) => Promise<RegExpExecArray>} waitForLine
 * @property {(port: number, scheme?: string) => string} url
 * @property {(port: number, scheme?: string) => string} setupUrl of a unit that knows no network
 * @property {Buffer} application what an upload to it may bring
 * @property {() => Promise<void>} close
 */

/** @param {string} host @param {number} portBase */
const urls =
  (host, portBase) =>
  (/** @type {number} */ port, scheme = "http") =>
    `${scheme}://${host}:${portBase + port}`;

/**
 * Powers one on that runs an image, knows the network and finds nothing in the other slot but the setup image.
 * @param {string} image "factory", or what goes into the slot of the application
 * @param {{ forwards?: readonly import("../../tools/lib/esp32/emulator.mjs").Forward[], alone?: boolean, settings?: boolean }} [options] alone: the slot of
 * the setup image is blank; settings: false for a unit that knows no network
 * @returns {Promise<Place>}
 */
export async function openPlace(image, options = {}) {
  const [kind = "", chip] = (process.env["LWS_XS_DEVICE"] ?? "").split(" ");
  if (kind === "") return openVirtual(image, options);
  if (kind === "qemu") return openEmulator(image, chip, options);
  const [, host, base = "0"] = /^(.*?)(?::(\d+))?$/.exec(kind) ?? [];
  const waitForLine = async () => {
    throw new Error("the console of that device is not at hand");
  };
  const url = urls(host, Number(base));
  return {
    kind: "running",
    host,
    portBase: Number(base),
    lines: [],
    waitForLine,
    url,
    setupUrl: url,
    application: Buffer.alloc(0),
    close: async () => {},
  };
}

/** @param {string} image @param {{ alone?: boolean, settings?: boolean }} options @returns {Promise<Place>} */
async function openVirtual(image, { alone = false, settings = true }) {
  const setup = image === "factory";
  const bytes = (/** @type {string} */ name) => readFileSync(imageFile(name));
  const flash = assembleFlash({ ...(!alone && { factory: bytes("factory") }), ...(!setup && { ota_0: bytes(image) }) });
  const { offset, size } = partition(projectPartitions(), "nvs");
  if (settings) writeNvs(parseCsv(readFileSync(EMULATED_SETTINGS, "utf8")), size).copy(flash, offset);
  const device = new Device({ flash, air: AIR });
  await device.powerOn();
  const { apAddress, staAddress: host, portBase } = device;
  return Object.assign(device, {
    kind: /** @type {const} */ ("virtual"),
    host,
    url: urls(host, portBase),
    setupUrl: urls(apAddress, portBase),
    application: bytes("ota"),
  });
}

/** @param {string} image @param {string | undefined} chip @param {NonNullable<Parameters<typeof openPlace>[1]>} options @returns {Promise<Place>} */
async function openEmulator(image, chip, { forwards = WEB, alone = false, settings = true }) {
  const target = targetNamed(chip);
  const program = findEmulator(target);
  const files = emulatedFiles(target, image);
  const plan = planFlash({
    ...files,
    ...(alone && { factory: undefined }),
    ...(settings && { nvs: EMULATED_SETTINGS }),
  });
  const folder = imageFolder(target, true);
  const flash = join(folder, `${image}.flash.bin`);
  mkdirSync(dirname(flash), { recursive: true });
  writeFileSync(flash, flashImage(plan));
  const upload = join(folder, "ota", "xs_esp32.bin");
  const application = image === "factory" && existsSync(upload) ? readFileSync(upload) : Buffer.alloc(0);
  const portBase = Number(process.env["LWS_XS_PORT_BASE"] ?? PORT_BASE);
  const emulator = new Emulator({ target, program, flash, portBase, forwards: [...forwards] });
  // An emulator that can't have its ports ends at once, and somebody else would answer on them.
  await emulator.waitForLine(/./);
  const host = "127.0.0.1";
  const close = emulator.close.bind(emulator);
  return Object.assign(emulator, {
    kind: /** @type {const} */ ("qemu"),
    host,
    portBase,
    url: urls(host, portBase),
    setupUrl: urls(host, portBase),
    application,
    close,
  });
}

/**
 * Resolves with the text of a page, when it is served there and is the one that is wanted.
 * @param {string} url
 * @param {RegExp} wanted
 * @param {number} [patience] milliseconds
 */
export async function served(url, wanted, patience = 60_000) {
  for (const end = Date.now() + patience; ; await delay(100)) {
    let found;
    try {
      const answer = await fetch(url, { headers: { Connection: "close" }, signal: AbortSignal.timeout(10_000) });
      found = await answer.text();
      if (wanted.test(found)) return found;
    } catch (error) {
      found = String(error);
    }
    if (Date.now() > end) throw new Error(`${url} does not serve ${wanted}: ${found.slice(0, 300)}`);
  }
}
