// @ts-check
/** A test image on whatever LWS_XS_DEVICE says (see {@link openPlace}), for tests that need no more of it than its ports. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { openPlace, served } from "./place.mjs";

/** How an ESP32's ROM reports each start. */
const START = /^rst:0x/;

/**
 * @typedef {object} Anywhere
 * @property {string} url of port 80, without a slash at its end
 * @property {(port: number) => string} urlOf
 * @property {string[]} lines of its console; none where that is not at hand
 * @property {() => Promise<void>} checkWell fails if it has restarted since it was opened, or keeps connections that nobody has any more; the latter, and an
 * earlier restart of a device that ran already, can't be seen from outside
 * @property {() => Promise<void>} close
 */

/** @param {string} image @returns {Promise<Anywhere>} */
async function openVirtual(image) {
  const device = new Device({ factory: null, ota_0: image });
  const urlOf = (/** @type {number} */ port) => device.apUrl(port).replace(/\/$/, "");
  try {
    await device.powerOn();
    await device.waitForAddress("access point");
  } catch (error) {
    await device.close();
    throw error;
  }
  const checkWell = async () => {
    for (let tries = 0; (await device.figures()).sockets > 0; tries++) {
      assert.ok(tries < 100, "sockets left");
      await delay(100);
    }
    assert.equal((await device.figures()).boots, 1, device.tail());
  };
  return { url: urlOf(80), urlOf, lines: device.lines, checkWell, close: () => device.close() };
}

/**
 * Powers one on; resolves when it serves.
 * @param {string} image
 * @param {readonly number[]} [ports] that are asked for
 * @returns {Promise<Anywhere>}
 */
export async function openAnywhere(image, ports = [80]) {
  if (!process.env["LWS_XS_DEVICE"]) return openVirtual(image);
  const forwards = ports.map((port) => ({ protocol: /** @type {const} */ ("tcp"), port }));
  const place = await openPlace(image, { alone: true, forwards });
  try {
    await served(place.url(80), /^/);
  } catch (error) {
    await place.close();
    throw error;
  }
  const checkWell = async () => {
    await served(place.url(80), /^/);
    assert.ok(place.lines.filter((line) => START.test(line)).length < 2, place.lines.slice(-20).join("\n"));
  };
  return { url: place.url(80), urlOf: place.url, lines: place.lines, checkWell, close: place.close };
}
