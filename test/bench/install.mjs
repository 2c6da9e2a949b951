// @ts-check
/** What it takes to install an application: heap, byte codes, and CPU time beside a request whose body is thrown away. */
import { request } from "node:https";
import { Device } from "../../tools/lib/device.mjs";
import { application, deviceWith, powerOn, powerOnForUpload, setup } from "../lib/releases.mjs";
import { cpuTime } from "./yardstick.mjs";

const BLOCK = 4096;
/** Bytes that the larger of two images has more. */
const MORE = 128 * BLOCK;
/** Bytes that an image of about the largest size has more. */
const MOST = 480 * BLOCK;
/** The two take turns, so that a busy moment of the machine does not fall to one of them alone. */
const TURNS = 5;

/**
 * Sends a body in a request of its own; resolves with the CPU time, in microseconds, that the device takes from its first byte to the answer.
 * @param {Device} device @param {string} url @param {Buffer} body
 * @returns {Promise<number>}
 */
function put(device, url, body) {
  const clock = () => cpuTime(Number(device.pid));
  return new Promise((resolve, reject) => {
    let start = 0;
    const headers = { "Upload-Id": "0123456789abcdef", "Content-Type": "application/octet-stream" };
    const message = request(url, { method: "PUT", headers, rejectUnauthorized: false, agent: false }, (answer) => {
      const time = clock() - start;
      answer.resume().on("end", () => {
        if (answer.statusCode === 200) resolve(time);
        else reject(new Error(`${url}: ${answer.statusCode}`));
      });
    });
    message.setHeader("Content-Length", body.length);
    message.on("error", reject);
    message.on("socket", (socket) => {
      socket.once("secureConnect", () => {
        start = clock();
        message.end(body);
      });
    });
    // The handshake counts for neither.
    message.flushHeaders();
  });
}

/** Installs an image on a fresh device. @param {Buffer} image */
async function measured(image) {
  const device = new Device({ ...deviceWith({ factory: setup("1.0.0") }), args: [] });
  try {
    const { url } = await powerOnForUpload(device);
    const before = await device.meter();
    const time = await put(device, `${url}/update`, image);
    const { bytecodes, peak, nativePeak, boots } = await device.figures();
    if (boots !== 1) throw new Error("the device has restarted before it was looked at");
    return { time, bytecodes: bytecodes - before, peak: peak + nativePeak };
  } finally {
    await device.close();
  }
}

/** @returns {Promise<Record<string, number>>} */
export async function measureInstall() {
  const small = application("1.0.0");
  const large = application("1.0.0", { more: MORE });
  const [one, other] = [await measured(small), await measured(large)];
  const blocks = (large.length - small.length) / BLOCK;
  return {
    install_peak_bytes: other.peak,
    install_bytecodes_per_4k: Math.round((other.bytecodes - one.bytecodes) / blocks),
  };
}

/** Bytes per second of CPU time: of an update, and of a body of the same length that nobody keeps. */
export async function compareRates() {
  const image = application("1.0.0", { more: MOST });
  const device = new Device({ ...deviceWith({ factory: setup("1.0.0"), ota_0: application("1.0.0") }), args: [] });
  let [installing, discarding] = [0, 0];
  try {
    const { url } = await powerOn(device);
    for (let turn = 0; turn < TURNS; turn++) {
      discarding += await put(device, `${url}/sink`, image);
      installing += (await measured(image)).time;
    }
  } finally {
    await device.close();
  }
  const [install, discard] = [installing, discarding].map((time) => (1e6 * TURNS * image.length) / time);
  return { install, discard, ratio: install / discard };
}
