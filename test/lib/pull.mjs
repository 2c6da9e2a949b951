// @ts-check
/** Devices that look for updates: the image test/images/pull in the place of setup. */
import { Device } from "../../tools/lib/device.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { NETWORK } from "./client.mjs";
import { NvsWriter, SETTINGS, settingsWith } from "./nvs.mjs";
import { accessPoint } from "./radio.mjs";
import { FOLDER } from "./update-server.mjs";

/** Name of the update server. */
export const SERVER = "updates.example";

/**
 * @typedef {object} PullOptions
 * @property {import("./name-server.mjs").NameServer} [names] @property {{ port: number }} server @property {string} authority in PEM
 * @property {object} [options] of `Updates` @property {boolean} [auto] @property {Buffer | string} [application] that is installed
 * @property {string} [host] name or address of the server @property {string[]} [args] switches of the device @property {string} [image] default "pull"
 * @property {"factory" | "ota_0"} [boot] where it starts; default "factory" @property {Buffer} [pair] the certificate that it has, with its key
 * @property {string} [floor] the oldest version of an application that it takes
 */

/** A device, still off. @param {PullOptions} wanted */
export function pullDevice({
  names,
  server,
  authority,
  options,
  auto,
  application,
  args = [],
  image = "pull",
  host = SERVER,
  boot = "factory",
  pair,
  floor,
}) {
  const device = new Device({
    factory: image,
    ...(application && { ota_0: application }),
    air: accessPoint(NETWORK, 1),
    args: [...(names?.switchFor(NETWORK) ?? []), "--clock", "real", ...args],
  });
  const writer = new NvsWriter()
    .add(SETTINGS, "update-url", `https://${host}:${server.port}${FOLDER}`)
    .add(SETTINGS, "update-ca", Buffer.from(authority));
  if (options) writer.add(SETTINGS, "opts", JSON.stringify(options));
  if (pair) writer.add(SETTINGS, "ap-self.pair", pair);
  if (floor) writer.add("lws-update", "floor-app", floor);
  if (auto) writer.add(SETTINGS, "update-auto", "1");
  rewritePartition(device.flashFile, "nvs", settingsWith([NETWORK], writer));
  return application && boot === "factory" ? startingInSetup(device) : device;
}

/** The button leads into setup, though there is an application. @param {Device} device */
function startingInSetup(device) {
  const powerOn = device.powerOn.bind(device);
  device.powerOn = async (args = []) => {
    await powerOn([...args, "--button", "down"]);
    await device.control("button up");
    return device;
  };
  return device;
}

/** What the device says of updates; asks first. @param {Device} device @param {string} [what] @returns {Promise<Record<string, any>>} */
export async function pull(device, what = "") {
  const answer = await fetch(`${device.apUrl(80)}/${what}`, { headers: { Connection: "close" } });
  return /** @type {Promise<Record<string, any>>} */ (answer.json());
}
