// @ts-check
/** A device that runs the WebSocket corpus image. */
import { Device } from "../../tools/lib/device.mjs";

/** Ports of the image: what its roles are set to. */
export const PORTS = { small: 80, keeping: 81, large: 82, strict: 83 };

/** Starts one; resolves when it can be reached. @param {string[]} [args] further switches of the device */
export async function startCorpus(args = []) {
  const device = new Device({ factory: null, ota_0: "wscorpus", args });
  try {
    await device.powerOn();
    await device.waitForAddress("access point");
    return device;
  } catch (error) {
    await device.close();
    throw error;
  }
}
