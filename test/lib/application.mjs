// @ts-check
/** A device that runs the application on a network. */
import { Device } from "../../tools/lib/device.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { settingsWith } from "./nvs.mjs";
import { accessPoint, OPEN } from "./radio.mjs";

/** Starts one that knows an open network; resolves when it has joined it. */
export async function startApplication() {
  const device = new Device({ ota_0: "ota", air: accessPoint(OPEN, 1) });
  rewritePartition(device.flashFile, "nvs", settingsWith([OPEN]));
  try {
    await device.powerOn();
    return { device, url: new URL(await device.waitForAddress("station", "https")).origin };
  } catch (error) {
    await device.close();
    throw error;
  }
}
