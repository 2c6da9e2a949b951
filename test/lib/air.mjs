// @ts-check
/** Radios that change while a device listens to them. */
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { settingsWith } from "./nvs.mjs";
import { accessPoint } from "./radio.mjs";
import { ScanClient } from "./scan-client.mjs";

/** @typedef {import("./radio.mjs").Network} Network */

/** Hardware address of access point `number`. @param {number} number */
export const bssid = (number) => `02:00:00:00:02:${number.toString(16).padStart(2, "0")}`;

export class AirDevice extends Device {
  /**
   * @param {Network[]} slots @param {string[]} air lines
   * @param {import("../../tools/lib/device.mjs").DeviceOptions & { speed?: number }} [options] speed: how many times as fast as the world's its time is
   */
  constructor(slots, air, { speed = 1, args = [], ...options } = {}) {
    super({ air: air.join("\n"), args: ["--speed", String(speed), ...args], ...options });
    this.speed = speed;
    // A unit that is in use takes changes only from who stands in front of it; an application would be passed over by the button.
    this.held = options.ota_0 === undefined ? ["--button", "down"] : [];
    if (slots.length) rewritePartition(this.flashFile, "nvs", settingsWith(slots));
  }

  /** Adds an access point, or changes it. @param {Network} network @param {number} number @param {string} [more] */
  set(network, number, more) {
    return this.control(`air set ${accessPoint(network, number, more)}`);
  }

  /** @param {number} number */
  vanish(number) {
    return this.control(`air remove ${bssid(number)}`);
  }

  /** Resolves when so many milliseconds of the device's time have passed. @param {number} ms */
  pass(ms) {
    return delay(ms / this.speed);
  }

  /**
   * Resolves when the station has this address, with the seconds of the device's time that it took.
   * @param {string} address @param {number} [seconds] most
   */
  async at(address, seconds = 25) {
    const start = Date.now();
    for (;;) {
      const { address: now } = await this.control("status");
      const took = ((Date.now() - start) * this.speed) / 1000;
      if (now === address) return took;
      if (took > seconds)
        throw new Error(`after ${seconds} s the station is at "${now}", not ${address}:\n${this.tail()}`);
      await delay(50 / this.speed);
    }
  }

  /** A client of the setup page. */
  async page() {
    const page = await ScanClient.open(await this.waitForAddress("access point", "https"));
    await page.state();
    return page;
  }
}

/**
 * Powers a device on, does the work, and puts it away.
 * @template T
 * @param {AirDevice} device
 * @param {(device: AirDevice) => Promise<T>} work
 */
export async function withAir(device, work) {
  try {
    await device.powerOn(device.held);
    return await work(device);
  } finally {
    await device.close();
  }
}

/** Resolves when the page is told that a try of the slot failed for this reason. @param {ScanClient} page @param {string} slot @param {string} reason @param {number} [after] */
export const failedFor = (page, slot, reason, after) =>
  page.next(({ join }) => join?.state === "failed" && join.slot === slot && join.reason === reason, after);
