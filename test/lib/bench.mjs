// @ts-check
/** A device that runs the bench image. */
import { Device } from "../../tools/lib/device.mjs";

/**
 * Starts one; resolves when it can be reached.
 * @param {{ args?: string[] }} [options] further switches of the device
 * @returns {Promise<{ device: Device, url: string }>} url without a slash at its end
 */
export async function startBench(options = {}) {
  const device = new Device({ factory: null, ota_0: "bench", ...options });
  try {
    await device.powerOn();
    const url = await device.waitForAddress("access point");
    return { device, url: url.replace(/\/$/, "") };
  } catch (error) {
    await device.close();
    throw error;
  }
}

/** A request head. @param {string} start method and target @param {string[]} fields */
export function head(start, ...fields) {
  return `${start} HTTP/1.1\r\nHost: bench\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`;
}

/** What /sink answers to a body. @param {Buffer} body */
export function tally(body) {
  return JSON.stringify({ length: body.length, sum: body.reduce((sum, byte) => sum + byte, 0) });
}
