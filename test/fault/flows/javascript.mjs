// @ts-check
/** A JavaScript part that is uploaded, over the bare application and over an earlier part, and proves itself. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { withDevice } from "../../lib/chip.mjs";
import * as releases from "../../lib/releases.mjs";

/** @typedef {import("../../lib/cuts.mjs").Flow} Flow */
/** @typedef {import("../../lib/releases.mjs").Running} Running */

/** Offset of the two areas from the end of the slot, of the record in each, and of the word in it that, once it is no longer blank, says that the part is to stay. */
const AREAS = [0xc0000, 0x60000];
const RECORD = 0x5f000;
const VALID = 20;

/** @param {string} name @param {string} before version of the part that is there; "1.0.0": none @returns {Flow} */
function flow(name, before) {
  const prepare = async () => {
    const [factory, application] = [releases.setup("1.0.0"), releases.application("1.0.0")];
    const [earlier, fresh] = [releases.part(application, "1.1.0"), releases.part(application, "1.2.0")];
    const options = releases.deviceWith({ factory, ota_0: application });
    if (before === "1.1.0") {
      options.flash = await withDevice(options, async (device) => {
        const session = await releases.powerOnForUpload(device);
        await releases.upload(session, earlier);
        await releases.prove(session);
        return readFileSync(device.flashFile);
      });
    }

    /** @param {Running} session @returns {Promise<import("../../lib/cuts.mjs").State>} */
    const look = async ({ device, running, version }) => {
      assert.ok(releases.holds(device, "factory", factory) && releases.holds(device, "ota_0", application));
      if (running === "factory") return isValid(device, fresh) ? "new" : "old";
      if (version === before) return "old";
      assert.equal(version, "1.2.0");
      return isValid(device, fresh) ? "new" : "between";
    };

    /** @param {Running} session */
    const act = async (session) => {
      const state = await look(session);
      if (state === "new") return;
      if (state === "old") await releases.upload(session, fresh);
      await releases.prove(session);
    };

    return { options, start: releases.powerOnForUpload, resume: releases.powerOn, act, look };
  };
  return { name: `javascript/${name}`, prepare };
}

/** One of the areas holds this part, which has proved itself. @param {Running["device"]} device @param {Buffer} part */
function isValid(device, part) {
  const slot = device.partition("ota_0");
  return AREAS.some((fromEnd) => {
    const area = slot.subarray(slot.length - fromEnd);
    return area.subarray(0, part.length).equals(part) && area.readUInt32LE(RECORD + VALID) !== 0xffffffff;
  });
}

/** @type {Flow[]} */
export const JAVASCRIPT_FLOWS = [flow("first", "1.0.0"), flow("second", "1.1.0")];
