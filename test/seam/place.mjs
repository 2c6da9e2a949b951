// @ts-check
/** Where the suite of the seam runs: on the virtual device, or in QEMU where LWS_XS_PLACE is "qemu" and the name of a chip. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Device } from "../../tools/lib/device.mjs";
import { imageFolder } from "../../tools/lib/esp32/build.mjs";
import { emulatedFiles } from "../../tools/lib/esp32/built.mjs";
import { Emulator, findEmulator, flashImage } from "../../tools/lib/esp32/emulator.mjs";
import { targetNamed } from "../../tools/lib/esp32/targets.mjs";
import { planFlash } from "../../tools/lib/flash-plan.mjs";
import { FORWARDS } from "./peer.mjs";

/** Loopback is what is behind the router: there the peer listens. */
const AIR =
  "ap ssid=seam bssid=02:00:00:00:00:01 channel=1 rssi=-40 security=open address=10.0.2.15 mask=255.255.255.0 gateway=127.0.0.1 dns=127.0.0.1 delay=10";
/** What is added to the chip's ports, unless LWS_XS_PORT_BASE says it. */
const PORT_BASE = 18_000;

/**
 * @typedef {object} Place
 * @property {string} host
 * @property {number} portBase
 * @property {string[]} lines of its console
 * @property {(pattern: RegExp, options: { timeout: number }) => Promise<RegExpExecArray>} waitForLine
 * @property {() => Promise<void>} close
 */

/** Powers a place on that runs the image. @param {string} image @returns {Promise<Place>} */
export async function openPlace(image) {
  const [kind, chip] = (process.env["LWS_XS_PLACE"] ?? "").split(" ");
  if (kind === "qemu") return openEmulator(image, chip);
  const device = new Device({ factory: null, ota_0: image, air: AIR });
  await device.powerOn();
  return Object.assign(device, { host: device.staAddress });
}

/** @param {string} image @param {string} [chip] */
function openEmulator(image, chip) {
  const target = targetNamed(chip);
  const program = findEmulator(target);
  // The suite writes to the slot of the setup image, which is to be as blank as on the virtual device.
  const plan = planFlash({ ...emulatedFiles(target, image), factory: undefined });
  const flash = join(imageFolder(target, true), `${image}.flash.bin`);
  mkdirSync(dirname(flash), { recursive: true });
  writeFileSync(flash, flashImage(plan));
  const portBase = Number(process.env["LWS_XS_PORT_BASE"] ?? PORT_BASE);
  const emulator = new Emulator({ target, program, flash, portBase, forwards: [...FORWARDS] });
  return Object.assign(emulator, { host: "127.0.0.1", portBase });
}
