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
