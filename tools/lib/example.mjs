// @ts-check
/** What an example is powered on with: a new flash chip that knows a network, and the other end. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { assembleFlash, rewritePartition } from "./flash.mjs";
import { imageFile, plans } from "./images.mjs";
import { writeNvs } from "./nvs.mjs";
import { partition, projectPartitions } from "./partitions.mjs";
import { Complaint } from "./run.mjs";

/** Of tools/air/default.air. Its name server is the one that the peer stands in for. */
const NETWORK = { ssid: "Casa Verde", passphrase: "correct horse" };
const SETTINGS = "lws-station";

function exampleNames() {
  return plans().flatMap(({ name }) => (name.startsWith("examples/") ? [name.slice("examples/".length)] : []));
}

/**
 * @param {string} name of the example
 * @param {string} flash file that is made
 */
export function prepareExample(name, flash) {
  const names = exampleNames();
  if (!names.includes(name)) throw new Complaint(`there is no example "${name}"; there are ${names.join(", ")}`);
  const setup = imageFile("factory");
  const factory = existsSync(setup) ? readFileSync(setup) : Buffer.alloc(0);
  const ota_0 = readFileSync(imageFile(`examples/${name}`));
  mkdirSync(dirname(flash), { recursive: true });
  writeFileSync(flash, assembleFlash({ factory, ota_0 }));
  const text = (/** @type {string} */ key, /** @type {string} */ value) => ({
    space: SETTINGS,
    key,
    type: "string",
    value: Buffer.from(value),
  });
  const settings = [text("0ssid", NETWORK.ssid), text("0password", NETWORK.passphrase)];
  rewritePartition(flash, "nvs", writeNvs(settings, partition(projectPartitions(), "nvs").size));
}

/** Starts the other end. */
export async function startPeer() {
  const { Peer } = await import("../../examples/peer/peer.mjs");
  try {
    return await Peer.start({ onLine: (line) => process.stdout.write(`peer: ${line}\n`) });
  } catch (error) {
    const { code, port } = /** @type {NodeJS.ErrnoException & { port?: number }} */ (error);
    if (code === "EADDRINUSE") throw new Complaint(`somebody else is at port ${port}: is there another peer?`);
    throw error;
  }
}
