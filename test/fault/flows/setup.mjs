// @ts-check
/** A setup image that is uploaded, and copies itself to where it belongs. */
import assert from "node:assert/strict";
import { verifyImage } from "../../../tools/lib/image.mjs";
import { readOtadata } from "../../../tools/lib/otadata.mjs";
import * as releases from "../../lib/releases.mjs";

/** @typedef {import("../../lib/releases.mjs").Running} Running */

/** @type {import("../../lib/cuts.mjs").Flow} */
export const SETUP_FLOW = {
  name: "setup",
  prepare: async () => {
    // Blocks that are the same need not be copied: none is.
    const [factory, fresh] = [releases.setup("1.0.0"), releases.setup("1.1.0", { shift: 100 })];
    const application = releases.application("1.0.0");

    /** @param {Running} session @returns {Promise<import("../../lib/cuts.mjs").State>} */
    const look = async ({ device, running, version }) => {
      const isSelected = readOtadata(device.partition("otadata")) > 0;
      if (running === "factory" && version === "1.1.0") {
        assert.ok(releases.holds(device, "factory", fresh));
        assert.deepEqual([verifyImage(device.partition("ota_0")).problem, isSelected], ["empty", false]);
        return "new";
      }
      assert.ok(releases.holds(device, "factory", factory), "a copy is left half done");
      if (isSelected && releases.holds(device, "ota_0", application)) return "old";
      assert.equal(running, "factory");
      return "between";
    };

    /** @param {Running} session */
    const act = async (session) => {
      if ((await look(session)) !== "new") await releases.upload(session, fresh);
    };

    const options = releases.deviceWith({ factory, ota_0: application });
    return { options, start: releases.powerOnForUpload, resume: releases.powerOn, act, look };
  },
};
