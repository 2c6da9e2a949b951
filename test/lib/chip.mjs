// @ts-check
/** Devices for tests that change the flash chip between two runs. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { Device } from "../../tools/lib/device.mjs";
import { assembleFlash } from "../../tools/lib/flash.mjs";
import { partition, projectPartitions } from "../../tools/lib/partitions.mjs";
import { fetch } from "./fetch.mjs";
import { image } from "./upload.mjs";

const partitions = projectPartitions();

/** Address of a byte in a partition. @param {string} label @param {number} [at] */
export const address = (label, at = 0) => partition(partitions, label).offset + at;

/** A chip with the setup image and these settings. @param {Buffer} [nvs] the partition's bytes */
export function setupFlash(nvs) {
  const flash = assembleFlash({ factory: image("factory") });
  nvs?.copy(flash, address("nvs"));
  return flash;
}

/**
 * @template T
 * @param {import("../../tools/lib/device.mjs").DeviceOptions} options
 * @param {(device: Device) => Promise<T>} work with a device that is still off
 */
export async function withDevice(options, work) {
  const device = new Device(options);
  try {
    return await work(device);
  } finally {
    await device.close();
  }
}

/** Whole contents of a device's chip. @param {Device} device */
export const readChip = (device) => readFileSync(device.flashFile);

/** Puts contents back while the device is off. @param {Device} device @param {Buffer} flash */
export function writeChip(device, flash) {
  assert.equal(device.isOn, false);
  writeFileSync(device.flashFile, flash);
}

/**
 * Resolves with the address of the setup page when it is served: not before line `after` of the console.
 * @param {Device} device
 * @param {number} [after]
 */
export async function servedSetup(device, after = 0) {
  const [, url] = await device.waitForLine(/^lws-xs: access point .* is at (https:\S+)\/$/, { after });
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /data-page="setup"/);
  return url;
}

/**
 * Powers on with the button held, so that everything may be set; resolves with the address of the setup page when it is served.
 * @param {Device} device @param {string[]} [args]
 */
export async function powerOnSetup(device, args = ["--button", "down"]) {
  const mark = device.mark();
  await device.powerOn(args);
  return servedSetup(device, mark);
}
