// @ts-check
/** What a unit in setup needs at most while it is used: access point and station are up, a page is open over TLS, and the radio scans. */
import { setTimeout as delay } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { AirDevice } from "../lib/air.mjs";
import { settingsWith } from "../lib/nvs.mjs";
import { HOSTILE, LONGEST, OPEN, PLAIN, twelve } from "../lib/radio.mjs";
import { ScanClient } from "../lib/scan-client.mjs";

/** Connections that a browser loads the page with. */
const CONNECTIONS = 2;
const SCANS = 2;

/** Loads the page with all that it names, as a browser does: the connections stay open. @param {string} url @param {Agent} agent */
async function load(url, agent) {
  const get = async (/** @type {string} */ path) => {
    const answer = await fetch(url + path, { dispatcher: agent, headers: { "Accept-Encoding": "gzip" } });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    return answer.text();
  };
  const page = await get("/");
  const named = [...page.matchAll(/ (?:src|href)="([\w-]+\.\w+)"/g)].map(([, name]) => name);
  if (named.length < 3) throw new Error(`the page names ${named}`);
  await Promise.all(named.map((name) => get(`/${name}`)));
}

/** Peaks of both heaps since power on. @returns {Promise<Record<string, number>>} */
export async function measureSetup() {
  const device = new AirDevice([], [twelve()]);
  rewritePartition(device.flashFile, "nvs", settingsWith([HOSTILE, PLAIN, LONGEST, OPEN]));
  const agent = new Agent({ connections: CONNECTIONS, connect: { rejectUnauthorized: false } });
  try {
    await device.powerOn(device.held);
    const url = new URL(await device.waitForAddress("access point", "https")).origin;
    await device.waitForAddress("station");
    await load(url, agent);
    const page = await ScanClient.open(url);
    await page.next((message) => message.aps?.length === 12);
    const scans = async () => (await device.control("status")).scans;
    const before = await scans();
    for (let wanted = before + 1; wanted <= before + SCANS; wanted++) {
      page.send({ scan: "1" });
      while ((await scans()) < wanted) await delay(50);
      await page.next((message) => message.aps?.length === 12, page.mark());
    }
    const { peak, nativePeak } = await device.figures();
    page.close();
    return { setup_open_js_bytes: peak, setup_open_native_bytes: nativePeak };
  } finally {
    await agent.close();
    await device.close();
  }
}
