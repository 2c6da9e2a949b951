// @ts-check
/** An application on its first boot that does not prove itself, and is rolled back. */
import assert from "node:assert/strict";
import { readState, writeOtadata } from "../../../tools/lib/otadata.mjs";
import { partition, projectPartitions } from "../../../tools/lib/partitions.mjs";
import * as releases from "../../lib/releases.mjs";
import { readState as readPage } from "../../lib/scan-client.mjs";

/** @typedef {import("../../lib/cuts.mjs").Flow} Flow */
/** @typedef {import("../../../tools/lib/device.mjs").Device} Device */
/** @typedef {import("../../lib/releases.mjs").Running} Running */

/** Whatever the application does until then, setup is what comes in the end. @param {Device} device @param {number} mark in the console */
async function setupAfter(device, mark) {
  await device.waitForLine(/vhost ap: listens on port 443/, { after: mark });
  return releases.answers(device, device.mark());
}

/** @param {Device} device */
async function resume(device) {
  const mark = device.mark();
  await device.powerOn();
  return setupAfter(device, mark);
}

/** @param {string} failure of the application @param {RegExp} reasons what the page may say of it @returns {Flow} */
function flow(failure, reasons) {
  const prepare = async () => {
    const [factory, ota_0] = [releases.setup("1.0.0"), releases.application("1.1.0", { failure })];

    /** @param {Running} session @returns {Promise<import("../../lib/cuts.mjs").State>} */
    const look = async ({ device, url, running }) => {
      for (const [label, file] of /** @type {const} */ ([
        ["factory", factory],
        ["ota_0", ota_0],
      ]))
        assert.ok(releases.holds(device, label, file));
      const state = readState(device.partition("otadata"));
      if (state === "new") return "old";
      assert.equal(running, "factory");
      // A boot loader changes a state by erasing and writing its sector: in between there is none, and setup comes up without a word.
      if (state === "") return "new";
      assert.match(state, /^(?:aborted|invalid)$/);
      const { rolled } = await readPage(url);
      assert.equal(rolled.version, "1.1.0");
      assert.match(rolled.reason, reasons);
      return "new";
    };

    /** @param {Running} session */
    const act = async (session) => {
      if ((await look(session)) !== "old") return;
      const mark = session.device.mark();
      await session.device.control("restart");
      Object.assign(session, await setupAfter(session.device, mark));
    };

    const options = releases.deviceWith({ factory, ota_0 });
    const { offset } = partition(projectPartitions(), "otadata");
    writeOtadata(1, "new").copy(options.flash, offset);
    return { options, start: releases.powerOnForUpload, resume, act, look };
  };
  return { name: `rollback/${failure}`, prepare };
}

/** @type {Flow[]} */
export const ROLLBACK_FLOWS = [flow("start", /^(?:exception|power on)$/), flow("health", /^(?:health|power on)$/)];
