// @ts-check
/** A device on a network that asks others: the image test/images/client. */
import { Device } from "../../tools/lib/device.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { settingsWith } from "./nvs.mjs";
import { accessPoint, OPEN } from "./radio.mjs";

/** The network that it joins. */
export const NETWORK = OPEN;

/** Starts one; resolves when it is on its network. @param {string[]} args @param {string} [image] */
export async function startClient(args, image = "client") {
  const device = new Device({ factory: null, ota_0: image, air: accessPoint(NETWORK, 1), args });
  rewritePartition(device.flashFile, "nvs", settingsWith([NETWORK]));
  try {
    await device.powerOn();
    await device.waitForAddress("station");
    return device;
  } catch (error) {
    await device.close();
    throw error;
  }
}
