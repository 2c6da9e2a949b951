// @ts-check
/** An application that the device fetches from a server, and that proves itself. */
import { applicationFlow } from "../../lib/application-flow.mjs";
import { fetchUpdate, Published } from "../../lib/pulled.mjs";

/** @param {Buffer} app @returns {Promise<import("../../lib/application-flow.mjs").Source>} */
async function source(app) {
  const published = await Published.start();
  published.publish({ app });
  return {
    bring: (session) => fetchUpdate(session, "ota"),
    options: (images) => published.device(images),
    isReady: async ({ device }) => {
      await device.waitForAddress("station");
    },
    close: () => published.close(),
  };
}

/** @type {import("../../lib/cuts.mjs").Flow} */
export const PULL_FLOW = applicationFlow("pull", source);
