// @ts-check
/** An application that is uploaded, onto an empty slot and over another one, and proves itself. */
import assert from "node:assert/strict";
import { readOtadata, readState } from "../../../tools/lib/otadata.mjs";
import * as releases from "../../lib/releases.mjs";

/** @typedef {import("../../lib/cuts.mjs").Flow} Flow */
/** @typedef {import("../../lib/releases.mjs").Running} Running */

/** @param {string} name @param {boolean} isFirst there is no application before @returns {Flow} */
function flow(name, isFirst) {
  const prepare = async () => {
    const [factory, old, fresh] = [
      releases.setup("1.0.0"),
      releases.application("1.0.0"),
      releases.application("1.1.0"),
    ];

    /** @param {Running} session @returns {Promise<import("../../lib/cuts.mjs").State>} */
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
      if (session.running === "factory" || session.version !== "1.1.0") await releases.upload(session, fresh);
      await releases.prove(session);
    };

    const options = releases.deviceWith({ factory, ...(!isFirst && { ota_0: old }) });
    return { options, start: releases.powerOnForUpload, resume: releases.powerOn, act, look };
  };
  return { name: `upload/${name}`, prepare };
}

/** @type {Flow[]} */
export const UPLOAD_FLOWS = [flow("first", true), flow("replacing", false)];
