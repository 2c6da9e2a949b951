// @ts-check
/** A device that runs the TLS image, and clients for it. */
import { execFile } from "node:child_process";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { Device } from "../../tools/lib/device.mjs";
import { Raw } from "./raw.mjs";

/** @typedef {import("./pki.mjs").Certificate} Certificate */

/** Starts one; resolves when it can be reached. */
export async function startTls() {
  const device = new Device({ factory: null, ota_0: "tls" });
  try {
    await device.powerOn();
    await device.waitForAddress("access point");
    return device;
  } catch (error) {
    await device.close();
    throw error;
  }
}

/**
 * Gives a vhost its certificate; resolves with "" or what was wrong.
 * @param {Device} device @param {string} vhost @param {{ chain: string, key: string }} pair @param {string} [authorities]
 */
export async function certify(device, vhost, pair, authorities) {
  const parts = [pair.chain, pair.key];
  if (authorities) parts.push(authorities);
  const response = await fetch(new URL(`/admin/${vhost}`, device.apUrl(80)), { method: "PUT", body: parts.join("\0") });
  return response.text();
}

/**
 * A TLS connection as a {@link Raw}.
 * @param {Device} device
 * @param {import("node:tls").ConnectionOptions & { localAddress?: string }} options
 * @returns {Promise<Raw & { tls: import("node:tls").TLSSocket }>}
 */
export function openTls(device, options) {
  const { hostname, port } = new URL(device.apUrl(443));
  return new Promise((resolve, reject) => {
    /** @type {import("node:tls").ConnectionOptions & { allowHalfOpen: boolean }} */
    const all = { host: hostname, port: Number(port), allowHalfOpen: true, ...options };
    const socket = connect(all);
    socket.once("secureConnect", () => {
      socket.off("error", reject);
      resolve(Object.assign(new Raw(socket), { tls: socket }));
    });
    socket.once("error", reject);
  });
}

/** Runs a command; resolves with its output and status, whatever that is. @param {string} command @param {string[]} args @param {string} [input] */
export async function run(command, args, input = "") {
  const child = promisify(execFile)(command, args, { encoding: "utf8", timeout: 20_000 });
  child.child.stdin?.end(input);
  try {
    const { stdout, stderr } = await child;
    return { status: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = /** @type {{ code: number, stdout: string, stderr: string }} */ (error);
    return { status: code, stdout, stderr };
  }
}
