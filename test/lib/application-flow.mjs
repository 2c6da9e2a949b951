// @ts-check
/** What an application goes through until it has proved itself, wherever it comes from. */
import assert from "node:assert/strict";
import { readOtadata, readState } from "../../tools/lib/otadata.mjs";
import * as releases from "./releases.mjs";

/** @typedef {import("./releases.mjs").Running} Running */
/** @typedef {ReturnType<typeof releases.deviceWith>} Options */

/**
 * Where it comes from.
 * @typedef {object} Source
 * @property {(session: Running, file: Buffer) => Promise<void>} bring resolves when what comes up then answers
 * @property {(images: import("../../tools/lib/flash.mjs").FlashContents) => Options} [options]
 * @property {(session: Running) => Promise<void>} [isReady] resolves when a device that has come up for the update is at rest
 * @property {() => void} [close]
 */

/**
 * @param {string} name @param {(file: Buffer) => Promise<Source>} source of this application
 * @param {{ isFirst?: boolean }} [options] isFirst: there is no application before
 * @returns {import("./cuts.mjs").Flow}
 */
export function applicationFlow(name, source, { isFirst = false } = {}) {
  const prepare = async () => {
    const [factory, old, fresh] = [
      releases.setup("1.0.0"),
      releases.application("1.0.0"),
      releases.application("1.1.0"),
    ];
    const { bring, options = releases.deviceWith, isReady, close } = await source(fresh);

    /** @param {Running["device"]} device */
    const start = async (device) => {
      const session = await releases.powerOnForUpload(device);
      await isReady?.(session);
      return session;
    };

    /** @param {Running} session @returns {Promise<import("./cuts.mjs").State>} */
    const look = async ({ device, running }) => {
      assert.ok(releases.holds(device, "factory", factory));
      const otadata = device.partition("otadata");
      const isSelected = readOtadata(otadata) > 0;
      if (isSelected && releases.holds(device, "ota_0", fresh))
        return readState(otadata) === "valid" ? "new" : "between";
      if (isSelected && !isFirst && releases.holds(device, "ota_0", old)) return "old";
      assert.equal(running, "factory", "neither the old nor the new application");
      return isFirst ? "old" : "between";
    };

    /** @param {Running} session */
    const act = async (session) => {
      if ((await look(session)) === "new") return;
      if (session.running === "factory" || session.version !== "1.1.0") {
        if (!session.isOpen) Object.assign(session, await start(session.device));
        await bring(session, fresh);
      }
      await releases.prove(session);
    };

    return {
      options: options({ factory, ...(!isFirst && { ota_0: old }) }),
      start,
      resume: releases.powerOn,
      act,
      look,
      ...(close && { close }),
    };
  };
  return { name, prepare };
}
