// @ts-check
/** A device that runs the image of files and mounts. */
import { Device } from "../../tools/lib/device.mjs";
import { Raw } from "./raw.mjs";

/**
 * Starts one; resolves when it can be reached.
 * @param {string[]} [args] further switches of the device
 * @returns {Promise<{ device: Device, url: string }>} url without a slash at its end
 */
export async function startFiles(args = []) {
  const device = new Device({ factory: null, ota_0: "files", args });
  try {
    await device.powerOn();
    const url = await device.waitForAddress("access point");
    return { device, url: url.replace(/\/$/, "") };
  } catch (error) {
    await device.close();
    throw error;
  }
}

/**
 * One request on a connection of its own.
 * @param {string} url of the device
 * @param {string} start method and target
 * @param {...string} fields header lines; a Host among them stands in for the usual one
 */
export async function request(url, start, ...fields) {
  const host = fields.some((field) => /^host:/i.test(field)) ? [] : ["Host: files"];
  const raw = await Raw.open(url);
  try {
    raw.write(`${start} HTTP/1.1\r\n${[...host, ...fields].map((field) => `${field}\r\n`).join("")}\r\n`);
    return await raw.response({ head: start.startsWith("HEAD ") });
  } finally {
    raw.close();
  }
}
