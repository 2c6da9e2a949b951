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

/**
 * What has become of a request.
 * @typedef {{ status?: number, error?: string, thrown?: string, cancelled?: boolean, received?: number, sum?: string, text?: string,
 *   pieces?: number, header?: string, redirect?: string, bodyLength?: number }} Outcome
 */

/**
 * Lets a device of the image "client" make a request.
 * @param {Device} device
 * @param {object} request with its `url`
 * @param {{ authority?: string, signal?: AbortSignal }} [options] authority: whom it trusts, PEM
 * @returns {Promise<Outcome>}
 */
export async function ask(device, request, { authority = "", signal } = {}) {
  const url = `${device.apUrl(80)}/fetch?${encodeURIComponent(JSON.stringify(request))}`;
  const headers = { Connection: "close" };
  const answer = await fetch(url, { method: "PUT", body: authority, headers, ...(signal && { signal }) });
  return /** @type {Promise<Outcome>} */ (answer.json());
}
