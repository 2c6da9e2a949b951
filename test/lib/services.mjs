// @ts-check
/** A device that runs the services image, and how to reach it. */
import { Device } from "../../tools/lib/device.mjs";

/** @param {string[]} [args] further switches of the device */
export async function startServices(args = []) {
  const device = new Device({ factory: null, ota_0: "services", args });
  await device.powerOn();
  const url = await device.waitForAddress("access point");
  return { device, url: new URL(url).origin };
}
